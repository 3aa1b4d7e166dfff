"""Book for a patient."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction

from appointments.enums import ChangeKind, Origin
from appointments.models import Appointment, AppointmentChange, VisitReason
from appointments.selectors.slots import Slot
from appointments.services.booking import write_booking
from appointments.services.eligibility import STAFF_RULES, read_wish, record_refusal
from appointments.services.taking import claim_resources, current_organisation
from doctolib import audit
from doctolib.tenancy.scopes import require_scope
from patients.models import Patient

from .changes import note_change
from .messages import tell
from .places import Place, find_place, refusals_with_times


def book(
    *,
    slot: Slot,
    patient: Patient,
    user_id: UUID,
    now: datetime,
    note: str = "",
    allow: Collection[str] = (),
) -> tuple[Appointment, AppointmentChange]:
    """A new appointment at a time that need not be on any grid, with a length of its own if wished.

    Raises StaffRefusal (with the nearest free times), AtTheSameTime, NoAgreement.
    """
    scope = require_scope("organisation")
    with refusals_with_times(slot, now=now), transaction.atomic(using=scope.database):
        claim_resources(calendar_id=slot.calendar_id, reason_id=slot.reason_id, starts_at=slot.starts_at, now=now)
        place = find_place(slot, now=now, allow=allow)
        _refuse_two_places(patient, slot, place, now)
        appointment = Appointment(
            calendar_id=slot.calendar_id,
            reason_id=slot.reason_id,
            patient=patient,
            person_id=patient.person_id,
            starts_at=place.fit.starts_at,
            ends_at=place.fit.ends_at,
            origin=Origin.STAFF,
            timed_at=now,
            is_outside=place.is_outside,
            is_overbooked=place.is_overbooked,
            details={"note": note} if note else None,
            has_note=bool(note),
        )
        write_booking(appointment, place.fit)
        tell("appointment.confirmed", appointment, now)
        record_overbooking(appointment, place)
        return appointment, note_change(ChangeKind.CREATED, appointment, before=None, user_id=user_id, now=now)


def record_overbooking(appointment: Appointment, place: Place) -> None:
    """Never by accident, never without a trace."""
    if place.is_overbooked:
        audit.record("appointment.overbooked", appointment, about=appointment.patient)


def _refuse_two_places(patient: Patient, slot: Slot, place: Place, now: datetime) -> None:
    reason = VisitReason.objects.get(pk=slot.reason_id)
    wish = read_wish(patient, reason, place.fit, zone=current_organisation().zone, now=now)
    if refusal := record_refusal(wish, STAFF_RULES):
        raise refusal
