"""Who may: every question about patient records is answered here."""

from django.db.models import QuerySet

from accounts.enums import UserKind
from accounts.models import User
from patients.models import Patient


def visible_patients(user: User) -> QuerySet[Patient]:
    """The records a professional may open: those of their organisation, whose scope must be open."""
    if user.kind != UserKind.PROFESSIONAL:
        return Patient.objects.none()
    return Patient.objects.filter(organisation_id=user.organisation_id)
