"""Undo one's own change, as long as nothing else has happened to the appointment."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from appointments.enums import AppointmentStatus, CancelledBy, ChangeKind
from appointments.models import Appointment, AppointmentChange
from appointments.selectors.slots import Slot
from appointments.services.booking import cancel_locked
from appointments.services.prescriptions import use_sessions
from appointments.services.taking import claim_many
from doctolib import audit
from doctolib.outbox.withdrawing import were_all_dropped, withdraw
from doctolib.tenancy.scopes import require_scope

from .changes import read_state
from .messages import tell
from .moving import PLACED, replace_visit
from .places import ALLOW, refusals_with_times
from .refusals import NothingToUndo, StaleEdit


def own_change(*, user_id: UUID, change_id: UUID | None) -> AppointmentChange:
    """One of somebody's changes, or their last one that is not undone; of an action on several the one that stands for
    all. Raises NothingToUndo."""
    changes = AppointmentChange.objects.filter(user_id=user_id, undone_at=None, part=0)
    changes = changes.select_related("appointment__calendar")
    found = changes.filter(pk=change_id) if change_id else changes.order_by("-made_at", "-version")
    change = found.first()
    if change is None:
        raise NothingToUndo
    return change


def undo(*, change: AppointmentChange, now: datetime) -> Appointment:
    """Bring back what the appointment was before. Raises NothingToUndo when it was undone meanwhile, StaleEdit when
    something has happened since, and StaffRefusal when its old time is not free any more."""
    back = Back(change, read_state(change.before or change.after), now)
    with refusals_with_times(back.slot, now=now), transaction.atomic(using=require_scope("organisation").database):
        row = Appointment.objects.select_for_update(of=("self",), no_key=True).select_related("calendar", "reason")
        current = row.get(pk=change.appointment_id)
        if not AppointmentChange.objects.filter(pk=change.pk, undone_at=None).exists():
            raise NothingToUndo  # a second click
        if current.version != change.version:
            raise StaleEdit(current)
        bring_back(current, back)
    return current


@dataclass(frozen=True, slots=True)
class Back:
    """What an undo goes back to. ``state``: the appointment's columns before the change (of a new one: as it began).

    ``tells``: whether the patient gets a message about this appointment alone.
    """

    change: AppointmentChange
    state: dict[str, Any]
    now: datetime
    tells: bool = True

    @property
    def slot(self) -> Slot:
        minutes = (self.state["ends_at"] - self.state["starts_at"]) // timedelta(minutes=1)
        return Slot(self.state["calendar_id"], self.change.appointment.reason_id, self.state["starts_at"], minutes)

    @property
    def rooms(self) -> list[int]:
        """Those it had before, if that was written down."""
        return (self.change.before or {}).get("rooms", [])

    @property
    def allowed(self) -> list[str]:
        """What it was allowed against when it got its old time, it is allowed against again."""
        marks = (self.state["is_outside"], self.state["is_overbooked"])
        return [name for name, was in zip(ALLOW, marks, strict=True) if was]


def bring_back(current: Appointment, back: Back) -> None:
    """Undo one change of a locked appointment that is as the change left it."""
    change = back.change
    UNDO[ChangeKind(change.kind)](current, back)
    AppointmentChange.objects.filter(pk=change.pk).update(undone_at=back.now)
    # The change before this one left what is there again: it can be undone next.
    earlier = AppointmentChange.objects.filter(appointment=current, version=change.from_version, undone_at=None)
    earlier.update(version=current.version)
    audit.record("appointment.undone", current, about=current.patient)


def _book(current: Appointment, back: Back) -> None:
    """A booking is undone by cancelling. Nobody is told who was not told of the booking."""
    unsaid = not back.tells or withdraw("appointment.confirmed", about=current)
    cancel_locked(current, now=back.now, reason="", by=CancelledBy.STAFF)
    if not unsaid:
        tell("appointment.cancelled", current, back.now)


def _place(current: Appointment, back: Back) -> None:
    replace_visit(current, back.slot, now=back.now, allow=back.allowed, rooms=back.rooms)
    current.moves, current.timed_at = back.state["moves"], back.now
    current.version += 1
    current.save(update_fields=PLACED)
    if back.change.kind == ChangeKind.MOVED and back.tells:
        was = back.change.after
        _tell_old_time(current, {"calendar": was["calendar_id"], "starts_at": was["starts_at"]}, back.now)


def _tell_old_time(current: Appointment, was: dict[str, Any], now: datetime) -> None:
    """Nothing, if the new time was never told; but a confirmation that gave way to that message must come then."""
    if withdraw("appointment.moved", about=current):
        if not current.moves and were_all_dropped("appointment.confirmed", about=current):
            _confirm_again(current, now)
    else:
        tell("appointment.moved", current, now, was)


def _confirm_again(current: Appointment, now: datetime) -> None:
    tell("appointment.confirmed", current, now, {"again": True})


def _set_status(current: Appointment, back: Back) -> None:
    columns = ("status", "arrived_at", "started_at")
    for name in columns:
        setattr(current, name, back.state[name])
    current.version += 1
    current.save(update_fields=[*columns, "version"])


def _cancel(current: Appointment, back: Back) -> None:
    """It is booked again; what somebody gave as the reason is not true any more."""
    slot = back.slot
    if current.prescription_id:  # after the resources: the order of all locks, see doctolib/queues.py
        claim_many(slots=[slot], now=back.now)
        use_sessions(current.prescription_id, patient=current.patient, wanted=1)  # others may have used it meanwhile
    replace_visit(current, slot, now=back.now, allow=back.allowed, rooms=back.rooms)
    current.status, current.cancelled_at, current.cancelled_by = AppointmentStatus(back.state["status"]), None, ""
    details = current.details or {}
    current.details = {key: value for key, value in details.items() if key != "cancel_reason"} or None
    current.version += 1
    current.save(update_fields=["status", "cancelled_at", "cancelled_by", "details", *PLACED])
    if back.tells and not withdraw("appointment.cancelled", about=current):
        _confirm_again(current, back.now)


UNDO: dict[ChangeKind, Callable[[Appointment, Back], None]] = {
    ChangeKind.CREATED: _book,
    ChangeKind.MOVED: _place,
    ChangeKind.RESIZED: _place,
    ChangeKind.ROOM: _place,
    ChangeKind.STATUS: _set_status,
    ChangeKind.CANCELLED: _cancel,
}
