"""The rows from which "undo" and "last changes" are made."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from appointments.enums import AppointmentStatus, ChangeKind, Whole
from appointments.models import Appointment, AppointmentChange
from appointments.selectors.calendar import room_ids
from doctolib import prepared

from .refusals import IsCancelled, StaleEdit

TIMES = ("starts_at", "ends_at", "arrived_at", "started_at")
PLAIN = ("calendar_id", "status", "is_outside", "is_overbooked", "moves")


def locked(appointment: Appointment, *, version: int | None) -> Appointment:
    """The row, locked and looked at again. Raises StaleEdit when it is not the version seen, IsCancelled."""
    row = Appointment.objects.select_for_update(of=("self",), no_key=True).select_related("calendar", "reason")
    current = row.get(pk=appointment.pk)
    if version is not None and current.version != version:
        raise StaleEdit(current)
    if current.status == AppointmentStatus.CANCELLED:
        raise IsCancelled
    return current


def state_of(appointment: Appointment) -> dict[str, Any]:
    """All that an undo needs to bring back; nothing about the patient."""
    moments = {name: getattr(appointment, name) for name in TIMES}
    return {name: getattr(appointment, name) for name in PLAIN} | {
        name: moment.isoformat() if moment else None for name, moment in moments.items()
    }


def read_state(state: dict[str, Any]) -> dict[str, Any]:
    """The values of the appointment's columns from what ``state_of`` kept."""
    return {name: state[name] for name in PLAIN} | {
        name: datetime.fromisoformat(state[name]) if state[name] else None for name in TIMES
    }


def note_change(
    kind: ChangeKind,
    appointment: Appointment,
    *,
    before: dict[str, Any] | None,
    user_id: UUID,
    now: datetime,
    rooms: Sequence[int] | None = None,
    **together: Any,
) -> AppointmentChange:
    """Beside the change, in its transaction. ``rooms``: in which rooms and with which devices it now is, where the
    change may be about them. ``together``: action, whole and part, of one of several that are undone together."""
    change = _change(kind, appointment, before=before, user_id=user_id, now=now, **together)
    if rooms is not None:
        change.after["rooms"] = list(rooms)
    prepared.insert(change)
    return change


def note_changes(
    kind: ChangeKind,
    appointments: Sequence[Appointment],
    *,
    whole: Whole,
    before: Mapping[UUID, dict[str, Any]] | None = None,
    user_id: UUID,
    now: datetime,
) -> AppointmentChange:
    """One action on all of these, in order of time: they are undone together. Returns the row that stands for all."""
    action = uuid4()
    made = AppointmentChange.objects.bulk_create(
        _change(
            kind,
            appointment,
            before=before[appointment.pk] if before else None,
            user_id=user_id,
            now=now,
            action=action,
            whole=whole,
            part=part,
        )
        for part, appointment in enumerate(appointments)
    )
    return made[0]


def states_of(appointments: Iterable[Appointment]) -> dict[UUID, dict[str, Any]]:
    """As ``state_of`` for each, with its rooms and devices. One query."""
    current = list(appointments)
    rooms = room_ids([each.pk for each in current])
    return {each.pk: state_of(each) | {"rooms": rooms[each.pk]} for each in current}


def _change(
    kind: ChangeKind,
    appointment: Appointment,
    *,
    before: dict[str, Any] | None,
    user_id: UUID,
    now: datetime,
    **together: Any,
) -> AppointmentChange:
    return AppointmentChange(
        appointment=appointment,
        user_id=user_id,
        kind=kind,
        made_at=now,
        before=before,
        after=state_of(appointment),
        from_version=appointment.version - 1,
        version=appointment.version,
        **together,
    )
