"""The rows from which "undo" and "last changes" are made."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from appointments.enums import AppointmentStatus, ChangeKind
from appointments.models import Appointment, AppointmentChange
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
) -> AppointmentChange:
    """Beside the change, in its transaction. ``rooms``: in which rooms and with which devices it now is, where the
    change may be about them."""
    change = AppointmentChange(
        appointment=appointment,
        user_id=user_id,
        kind=kind,
        made_at=now,
        before=before,
        after=state_of(appointment) | ({} if rooms is None else {"rooms": list(rooms)}),
        from_version=appointment.version - 1,
        version=appointment.version,
    )
    prepared.insert(change)
    return change
