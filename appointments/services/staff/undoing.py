"""Undo one's own change, as long as nothing else has happened to the appointment."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from appointments.enums import AppointmentStatus, CancelledBy, ChangeKind
from appointments.models import Appointment, AppointmentChange
from appointments.services.booking import cancel_locked
from doctolib import audit, outbox
from doctolib.outbox.withdrawing import was_told, withdraw
from doctolib.tenancy.scopes import require_scope

from .changes import read_state
from .messages import told_at
from .moving import PLACED, replace_visit
from .places import ALLOW, Slot, refusals_with_times
from .refusals import NothingToUndo, StaleEdit

Asked = Callable[[AppointmentChange], None]


def own_change(*, user_id: UUID, change_id: UUID | None) -> AppointmentChange:
    """One of somebody's changes, or their last one that is not undone. Raises NothingToUndo."""
    changes = AppointmentChange.objects.filter(user_id=user_id, undone_at=None).select_related("appointment__calendar")
    found = changes.filter(pk=change_id) if change_id else changes.order_by("-made_at", "-version")
    change = found.first()
    if change is None:
        raise NothingToUndo
    return change


def undo(*, change: AppointmentChange, now: datetime) -> Appointment:
    """Bring back what the appointment was before. Raises NothingToUndo when it was undone meanwhile, StaleEdit when
    something has happened since, and StaffRefusal when its old time is not free any more."""
    slot = _slot(change)
    with refusals_with_times(slot, now=now), transaction.atomic(using=require_scope("organisation").database):
        row = Appointment.objects.select_for_update(of=("self",), no_key=True).select_related("calendar", "reason")
        current = row.get(pk=change.appointment_id)
        if not AppointmentChange.objects.filter(pk=change.pk, undone_at=None).exists():
            raise NothingToUndo  # a second click
        if current.version != change.version:
            raise StaleEdit(current)
        UNDO[ChangeKind(change.kind)](current, change, slot, now)
        _settle(change, current, now)
        audit.record("appointment.undone", current, about=current.patient)
    return current


def _slot(change: AppointmentChange) -> Slot:
    state = read_state(change.before or change.after)
    minutes = int((state["ends_at"] - state["starts_at"]).total_seconds() // 60)
    return Slot(state["calendar_id"], change.appointment.reason_id, state["starts_at"], minutes)


def _settle(change: AppointmentChange, current: Appointment, now: datetime) -> None:
    """The change before this one left what is there again: it can be undone next."""
    AppointmentChange.objects.filter(pk=change.pk).update(undone_at=now)
    earlier = AppointmentChange.objects.filter(appointment=current, version=change.from_version, undone_at=None)
    earlier.update(version=current.version)


def _booking(current: Appointment, change: AppointmentChange, slot: Slot, now: datetime) -> None:
    unsaid = withdraw("appointment.confirmed", about=current)
    due_at = None if unsaid else told_at(current, now)
    cancel_locked(current, now=now, reason="", by=CancelledBy.STAFF, told_at=due_at)


def _placing(current: Appointment, change: AppointmentChange, slot: Slot, now: datetime) -> None:
    before = read_state(change.before)
    was = {"calendar": current.calendar_id, "starts_at": current.starts_at.isoformat()}
    # What it was allowed against when it got its old time, it is allowed against again.
    replace_visit(current, slot, now=now, allow=_allowed(before))
    current.moves, current.timed_at = before["moves"], now
    current.version += 1
    current.save(update_fields=PLACED)
    if change.kind == ChangeKind.MOVED:
        _tell_old_time(current, was, now)


def _allowed(before: dict) -> list[str]:
    return [name for name, was in zip(ALLOW, (before["is_outside"], before["is_overbooked"]), strict=True) if was]


def _tell_old_time(current: Appointment, was: dict, now: datetime) -> None:
    """Nothing, if the new time was never told; but a confirmation that gave way to that message must come then."""
    due_at = told_at(current, now)
    if withdraw("appointment.moved", about=current):
        if not current.moves and not was_told("appointment.confirmed", about=current):
            _confirm_again(current, now)
    elif due_at:
        outbox.queue("appointment.moved", about=current, payload=was, due_at=due_at)


def _confirm_again(current: Appointment, now: datetime) -> None:
    if due_at := told_at(current, now):
        outbox.queue("appointment.confirmed", about=current, payload={"again": True}, due_at=due_at)


def _status(current: Appointment, change: AppointmentChange, slot: Slot, now: datetime) -> None:
    before = read_state(change.before)
    current.status, current.arrived_at, current.started_at = (
        before["status"],
        before["arrived_at"],
        before["started_at"],
    )
    current.version += 1
    current.save(update_fields=["status", "arrived_at", "started_at", "version"])


def _cancelling(current: Appointment, change: AppointmentChange, slot: Slot, now: datetime) -> None:
    before = read_state(change.before)
    replace_visit(current, slot, now=now, allow=_allowed(before))
    current.status, current.cancelled_at, current.cancelled_by = AppointmentStatus(before["status"]), None, ""
    if current.details and "cancel_reason" in current.details:
        current.details = {key: value for key, value in current.details.items() if key != "cancel_reason"} or None
    current.version += 1
    current.save(update_fields=["status", "cancelled_at", "cancelled_by", "details", *PLACED])
    if not withdraw("appointment.cancelled", about=current):
        _confirm_again(current, now)


UNDO = {
    ChangeKind.CREATED: _booking,
    ChangeKind.MOVED: _placing,
    ChangeKind.RESIZED: _placing,
    ChangeKind.STATUS: _status,
    ChangeKind.CANCELLED: _cancelling,
}
