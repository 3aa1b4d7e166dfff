"""Move, cancel or set the status of several chosen appointments, of any patients: all or none, undone as one."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from appointments.enums import AppointmentStatus, CancelledBy, ChangeKind, Whole
from appointments.models import Appointment, AppointmentChange
from appointments.selectors.slots import Slot
from appointments.services.booking import cancel_locked
from appointments.services.refusals import BookingRefused
from appointments.services.taking import current_organisation
from appointments.services.together import free_all, in_one_order, make_room
from doctolib import audit
from doctolib.tenancy.scopes import require_scope

from .changes import note_changes, state_of, states_of
from .messages import tell
from .moving import PLACED, replace_visit
from .places import Place, preview, refusals_with_times
from .refusals import IsCancelled, NotAll, StaffRefusal, StaleEdit, TimeOver
from .visits import put_status

MOST = 60  # appointments at once
MOVABLE = (AppointmentStatus.BOOKED, AppointmentStatus.ARRIVED)


def is_open(status: str, ends: datetime, *, now: datetime) -> bool:
    """Whether a visit is still to be moved or cancelled together with others. Both times aware, or both local."""
    return status in MOVABLE and ends > now


def plan(new: Mapping[UUID, Slot], rows: Sequence[Appointment], *, now: datetime) -> dict[UUID, StaffRefusal | Place]:
    """What each of ``rows`` would meet at its new time, as if the present times of all of them were free. Locks
    nothing, leaves nothing."""
    using = require_scope("organisation").database
    with transaction.atomic(using=using):
        free_all(rows)
        found = {each.pk: preview(new[each.pk], now=now, moving=each) for each in rows}
        transaction.set_rollback(True, using=using)
    return found


def move_chosen(
    *, new: Mapping[UUID, Slot], versions: Mapping[UUID, int], user_id: UUID, now: datetime
) -> tuple[list[Appointment], AppointmentChange]:
    """To these new times and calendars; each patient is told. Returns them by time, and what undoes it.

    Raises StaleEdit, IsCancelled, TimeOver, NotAll with the first that cannot be had. Then nothing has changed.
    """
    first = next(iter(new.values()))
    with refusals_with_times(first, now=now), transaction.atomic(using=require_scope("organisation").database):
        current = sorted(_locked(versions, now=now), key=lambda each: new[each.pk].starts_at)
        before = states_of(current)
        make_room(current, new, now=now)
        for appointment in current:
            try:
                replace_visit(
                    appointment, new[appointment.pk], now=now, allow=(), rooms=before[appointment.pk]["rooms"]
                )
            except BookingRefused as refusal:
                raise NotAll(new[appointment.pk].starts_at, refusal) from refusal
            appointment.moves, appointment.timed_at = appointment.moves + 1, now
            appointment.version += 1
            appointment.save(update_fields=PLACED)
            was = before[appointment.pk]
            payload = {"calendar": was["calendar_id"], "starts_at": was["starts_at"]}
            tell("appointment.moved", appointment, now, payload)
            audit.record("appointment.moved", appointment, about=appointment.patient)
        change = note_changes(ChangeKind.MOVED, current, whole=Whole.CHOSEN, before=before, user_id=user_id, now=now)
    return current, change


def cancel_chosen(
    *, versions: Mapping[UUID, int], user_id: UUID, now: datetime, reason: str = ""
) -> tuple[list[Appointment], AppointmentChange]:
    """Their times are free at once; each patient is told. Raises StaleEdit, IsCancelled, TimeOver."""
    with transaction.atomic(using=require_scope("organisation").database):
        current = sorted(_locked(versions, now=now), key=lambda each: each.starts_at)
        before = states_of(current)
        for appointment in current:
            cancel_locked(appointment, now=now, reason=reason, by=CancelledBy.STAFF)
            tell("appointment.cancelled", appointment, now)
        change = note_changes(
            ChangeKind.CANCELLED, current, whole=Whole.CHOSEN, before=before, user_id=user_id, now=now
        )
    return current, change


def set_status_of_chosen(
    *, versions: Mapping[UUID, int], status: AppointmentStatus, user_id: UUID, now: datetime
) -> AppointmentChange | None:
    """Say how far these visits are; what undoes it, None when each had that status. Raises StaleEdit, IsCancelled, and
    NotYet before the day of one of them."""
    with transaction.atomic(using=require_scope("organisation").database):
        current = sorted(_as_seen(versions), key=lambda each: each.starts_at)
        others = [each for each in current if each.status != status]
        if not others:
            return None
        before = {each.pk: state_of(each) for each in others}
        zone = current_organisation().zone
        for appointment in others:
            put_status(appointment, status, zone=zone, now=now)
        return note_changes(ChangeKind.STATUS, others, whole=Whole.CHOSEN, before=before, user_id=user_id, now=now)


def _as_seen(versions: Mapping[UUID, int]) -> list[Appointment]:
    """The rows, locked in the order of ids, as they were looked at."""
    found = list(in_one_order(list(versions)).select_related("calendar", "reason", "patient"))
    for each in found:
        if each.version != versions[each.pk]:
            raise StaleEdit(each)
        if each.status == AppointmentStatus.CANCELLED:
            raise IsCancelled
    return found


def _locked(versions: Mapping[UUID, int], *, now: datetime) -> list[Appointment]:
    """As seen, and still to be moved or cancelled."""
    found = _as_seen(versions)
    if not all(is_open(each.status, each.ends_at, now=now) for each in found):
        raise TimeOver
    return found
