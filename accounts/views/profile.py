"""What patients read of the organisation, for its administrators to change."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.forms_staff import ProfileForm
from accounts.models import Organisation
from accounts.services.profile import change_profile
from accounts.staff import administrator_page
from doctolib.hosts import address


@administrator_page
def profile(request: HttpRequest) -> HttpResponse:
    organisation = get_object_or_404(Organisation, pk=request.user.organisation_id)
    form = ProfileForm(request.POST or None, instance=organisation)
    if request.method == "POST" and form.is_valid():
        change_profile(form.instance)
        messages.success(request, _("The profile is saved and published."))
        return HttpResponseRedirect(reverse("clinic-profile"))
    context = {
        "form": form,
        "public_address": address("www", f"/{organisation.slug}/"),
        "section": "settings",
        "organisation": request.user.organisation,
    }
    return render(request, "pro/profile.html", context, status=422 if form.is_bound else 200)
