"""The patient's card."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.staff import staff_page
from doctolib import audit
from patients.selectors import card_sections, patient_view, visible_patients


@staff_page
@require_safe
def card(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    patient = get_object_or_404(visible_patients(request.user), pk=patient_id)
    audit.record("patient.viewed", patient, about=patient)
    context = {
        "patient": patient_view(patient, today=timezone.localdate()),
        "sections": card_sections(request, patient),
        "section": "patients",
        "organisation": request.user.organisation,
    }
    return render(request, "pro/patient.html", context)
