"""Consent to reminders on the patient's card."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from patients.models import Patient
from patients.selectors import Section, register_section
from patients.selectors_consents import in_force


def _consents(request: HttpRequest, patient: Patient) -> dict[str, Any]:
    return {"consents": in_force(patient=patient).order_by("-purpose", "channel"), "patient_id": patient.pk}


def register() -> None:
    register_section(Section("consents", _("Reminders"), "pro/_patient_consents.html", _consents, position=20))
