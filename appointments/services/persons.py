"""What appointments know of a patient account's persons; registered with accounts.links."""

from datetime import datetime
from uuid import UUID

from django.utils import timezone

from appointments.models import Appointment, Occupancy
from appointments.selectors.patient import AHEAD
from doctolib import audit

from .taking import current_organisation
from .waiting import forget_person


def unlink_person(person_id: UUID) -> None:
    """Appointments stay in the clinic's calendar and lose the tie to an account; it waits for nothing any more.

    Runs in an organisation scope.
    """
    for appointment in Appointment.objects.filter(person_id=person_id).select_related("patient"):
        Appointment.objects.filter(pk=appointment.pk).update(person_id=None)
        audit.record("appointment.unlinked", appointment, about=appointment.patient)
    Occupancy.objects.filter(person_id=person_id).update(person_id=None)
    forget_person(current_organisation(), person_id, now=timezone.now())


def has_coming(person_id: UUID, now: datetime) -> bool:
    """Runs in the person's patient scope."""
    return Appointment.objects.filter(person_id=person_id, ends_at__gt=now, status__in=AHEAD).exists()
