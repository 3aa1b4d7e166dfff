"""Move and resize: one transaction, the old time is freed only if the new one is taken."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from appointments.enums import ChangeKind
from appointments.models import Appointment, AppointmentChange, Occupancy
from appointments.selectors.slots import Slot
from appointments.services.booking import occupy_for
from appointments.services.eligibility import new_times
from appointments.services.taking import claim_resources, current_organisation
from doctolib import audit
from doctolib.tenancy.scopes import require_scope

from .booking import record_overbooking
from .changes import locked, note_change, states_of
from .messages import tell
from .places import Place, find_place, refusals_with_times, same_length
from .refusals import TimeOver

PLACED = ("calendar", "starts_at", "ends_at", "is_outside", "is_overbooked", "moves", "timed_at", "version")


def move(
    *,
    appointment: Appointment,
    slot: Slot,
    version: int,
    user_id: UUID,
    now: datetime,
    allow: Collection[str] = (),
) -> tuple[Appointment, AppointmentChange]:
    """To another time, calendar, length or room; the slot's reason is the appointment's own.

    Raises StaleEdit, IsCancelled, StaffRefusal (with the nearest free times), AtTheSameTime. Then nothing has changed.
    """
    scope = require_scope("organisation")
    slot = same_length(slot, appointment)
    with refusals_with_times(slot, now=now), transaction.atomic(using=scope.database):
        current = locked(appointment, version=version)
        if current.ends_at <= now:
            raise TimeOver
        before = states_of([current])[current.pk]
        place = replace_visit(current, slot, now=now, allow=allow, rooms=before["rooms"])
        kind = _kind(current, before)
        if kind == ChangeKind.MOVED:
            current.moves += 1
            current.timed_at = now
            _tell(current, before, now)
        current.version += 1
        current.save(update_fields=PLACED)
        audit.record(f"appointment.{kind}", current, about=current.patient)
        rooms = place.fit.resource_ids[1:]
        return current, note_change(kind, current, before=before, user_id=user_id, now=now, rooms=rooms)


def replace_visit(
    current: Appointment, slot: Slot, *, now: datetime, allow: Collection[str], rooms: Sequence[int] = ()
) -> Place:
    """Give a locked appointment another time, in these rooms and with these devices where they are free. The caller
    saves it."""
    claim_resources(calendar_id=slot.calendar_id, reason_id=slot.reason_id, starts_at=slot.starts_at, now=now)
    # Its own old time must not stand in its way: freed after the lock, before looking again, in this transaction.
    Occupancy.objects.filter(appointment=current).delete()
    place = find_place(slot, now=now, allow=allow, besides=current.pk, rooms=rooms)
    if refusal := new_times(current, zone=current_organisation().zone, now=now, waiting=True).refusal(place.fit):
        raise refusal
    current.calendar_id, current.starts_at, current.ends_at = slot.calendar_id, place.fit.starts_at, place.fit.ends_at
    current.is_outside, current.is_overbooked = place.is_outside, place.is_overbooked
    occupy_for(current, place.fit)
    record_overbooking(current, place)
    return place


def _kind(current: Appointment, before: dict) -> ChangeKind:
    if _elsewhere(current, before):
        return ChangeKind.MOVED
    same_length = current.ends_at == datetime.fromisoformat(before["ends_at"])
    return ChangeKind.ROOM if same_length else ChangeKind.RESIZED


def _elsewhere(current: Appointment, before: dict) -> bool:
    return (current.calendar_id, current.starts_at.isoformat()) != (
        before["calendar_id"],
        datetime.fromisoformat(before["starts_at"]).astimezone(current.starts_at.tzinfo).isoformat(),
    )


def _tell(current: Appointment, before: dict, now: datetime) -> None:
    tell("appointment.moved", current, now, {"calendar": before["calendar_id"], "starts_at": before["starts_at"]})
