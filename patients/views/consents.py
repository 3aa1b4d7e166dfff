"""What a patient told the staff that they allow."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.staff import staff_page
from patients.enums import ConsentSource
from patients.forms import ConsentForm
from patients.selectors import patient_view, visible_patients
from patients.selectors_consents import consents_of
from patients.services.consents import set_consents


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def consents(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    patient = get_object_or_404(visible_patients(request.user), pk=patient_id)
    form = ConsentForm(request.POST if request.method == "POST" else None, given=consents_of(patient.pk))
    if form.is_valid():
        set_consents(patient=patient, wanted=form.wanted(), source=ConsentSource.STAFF, now=timezone.now())
        messages.success(request, _("Saved."))
        return HttpResponseRedirect(reverse("patient-card", args=[patient_id]), status=303)
    context = {
        "patient": patient_view(patient, today=timezone.localdate()),
        "form": form,
        "section": "patients",
        "organisation": request.user.organisation,
    }
    return render(request, "pro/consents.html", context, status=422 if form.errors else 200)
