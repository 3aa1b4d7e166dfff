"""How the organisation is called and reached, for its administrators to change."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.forms_staff import ContactForm
from accounts.models import Organisation
from accounts.services.profile import change_contact
from accounts.staff import administrator_page


@administrator_page
@require_http_methods(["GET", "HEAD", "POST"])
def contact(request: HttpRequest) -> HttpResponse:
    """Saved at once, as opposed to a profile: a wrong number must not wait for a draft."""
    organisation = get_object_or_404(Organisation, pk=request.user.organisation_id)
    form = ContactForm(request.POST if request.method == "POST" else None, instance=organisation)
    if form.is_valid():
        if form.has_changed():
            change_contact(form.instance)
        messages.success(request, _("Saved. Patients see it at once."))
        return HttpResponseRedirect(reverse("clinic-profile"), status=303)
    context = {"form": form, "section": "settings", "organisation": request.user.organisation}
    return render(request, "pro/contact.html", context, status=422 if form.is_bound else 200)
