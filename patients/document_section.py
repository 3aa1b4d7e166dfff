"""Documents on the patient's card."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from patients.models import Patient
from patients.selectors import Section, register_section
from patients.selectors_documents import documents_of_patient


def _documents(request: HttpRequest, patient: Patient) -> dict[str, Any]:
    return {"documents": documents_of_patient(patient)}


def register() -> None:
    register_section(Section("documents", _("Documents"), "pro/_patient_documents.html", _documents, position=10))
