"""A visit on its day: status and note; and cancelling."""

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from appointments.enums import AppointmentStatus, CancelledBy, ChangeKind
from appointments.models import Appointment, AppointmentChange
from appointments.services.booking import cancel_locked
from appointments.services.taking import current_organisation
from doctolib import audit
from doctolib.tenancy.scopes import require_scope

from .changes import locked, note_change, state_of, states_of
from .messages import tell
from .refusals import NotYet, TimeOver

STATUSES = tuple(status for status in AppointmentStatus if status != AppointmentStatus.CANCELLED)
HAS_COME = (AppointmentStatus.ARRIVED, AppointmentStatus.IN_TREATMENT, AppointmentStatus.DONE)


def set_status(
    *, appointment: Appointment, status: AppointmentStatus, version: int, user_id: UUID, now: datetime
) -> tuple[Appointment, AppointmentChange | None]:
    """Say how far the visit is. Setting what is set already changes nothing and leaves no change.

    Raises StaleEdit, IsCancelled, and NotYet before the day of the visit.
    """
    assert status in STATUSES  # cancelling is another act
    with transaction.atomic(using=require_scope("organisation").database):
        current = locked(appointment, version=version)
        if current.status == status:
            return current, None
        before = state_of(current)
        put_status(current, status, zone=current_organisation().zone, now=now)
        return current, note_change(ChangeKind.STATUS, current, before=before, user_id=user_id, now=now)


def day_has_come(appointment: Appointment, *, zone: ZoneInfo, now: datetime) -> bool:
    """Whether it may be said how far the visit is."""
    return appointment.starts_at.astimezone(zone).date() <= now.astimezone(zone).date()


def put_status(current: Appointment, status: AppointmentStatus, *, zone: ZoneInfo, now: datetime) -> None:
    """Another status for a locked appointment. Raises NotYet."""
    if status != AppointmentStatus.BOOKED and not day_has_come(current, zone=zone, now=now):
        raise NotYet(current.starts_at)
    _set(current, status, now)
    current.version += 1
    current.save(update_fields=["status", "arrived_at", "started_at", "version"])
    audit.record(f"appointment.{status}", current, about=current.patient)


def _set(current: Appointment, status: AppointmentStatus, now: datetime) -> None:
    """The moments of arriving and starting stay as they were first, as long as they are still true."""
    current.status = status
    has_come, has_begun = status in HAS_COME, status in HAS_COME[1:]
    current.arrived_at = (current.arrived_at or now) if has_come else None
    current.started_at = (current.started_at or now) if has_begun else None


def set_note(*, appointment: Appointment, note: str, version: int) -> Appointment:
    """The clinic's note; empty takes it away. Raises StaleEdit, IsCancelled."""
    with transaction.atomic(using=require_scope("organisation").database):
        current = locked(appointment, version=version)
        details: dict[str, Any] = {**(current.details or {}), "note": note}
        if not note:
            details.pop("note")
        current.details, current.has_note = details or None, bool(note)
        current.version += 1
        current.save(update_fields=["details", "has_note", "version"])
        audit.record("appointment.noted", current, about=current.patient)
    return current


def cancel(
    *, appointment: Appointment, version: int | None, user_id: UUID, now: datetime, reason: str = ""
) -> tuple[Appointment, AppointmentChange]:
    """Cancel for the clinic; the time is free at once. Raises StaleEdit, IsCancelled, TimeOver."""
    with transaction.atomic(using=require_scope("organisation").database):
        current = locked(appointment, version=version)
        if current.ends_at <= now:
            raise TimeOver
        before = states_of([current])[current.pk]
        cancel_locked(current, now=now, reason=reason, by=CancelledBy.STAFF)
        tell("appointment.cancelled", current, now)
        return current, note_change(ChangeKind.CANCELLED, current, before=before, user_id=user_id, now=now)
