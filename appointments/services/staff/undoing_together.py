"""Undo one action on several appointments: all of them or none."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Model

from appointments.enums import ChangeKind, Whole
from appointments.models import Appointment, AppointmentChange
from appointments.services.refusals import BookingRefused
from appointments.services.together import in_one_order, make_room
from doctolib.outbox.withdrawing import withdraw
from doctolib.tenancy.scopes import require_scope

from .changes import read_state
from .messages import queue_later
from .places import refusals_with_times
from .refusals import NotAll, NothingToUndo, StaleEdit
from .undoing import Back, bring_back

PLACING = (ChangeKind.MOVED, ChangeKind.CANCELLED)  # undone, these appointments take their old times again
# Message kinds about a series or a visit, by what was done to it.
SAID = {ChangeKind.CREATED: "booked", ChangeKind.MOVED: "moved", ChangeKind.CANCELLED: "cancelled"}


def changes_of(change: AppointmentChange) -> list[AppointmentChange]:
    """All that one action did, in order of time; the change itself when it was about one appointment."""
    if change.action is None:
        return [change]
    rows = AppointmentChange.objects.filter(action=change.action, user_id=change.user_id)
    return list(rows.select_related("appointment__calendar").order_by("part"))


def undo_action(*, changes: Sequence[AppointmentChange], now: datetime) -> list[Appointment]:
    """Bring back what these appointments were before one action. Raises NothingToUndo when it was undone meanwhile,
    StaleEdit with the first to which something has happened since, and NotAll with the first that cannot go back.
    Then nothing has changed."""
    whole = changes[0].whole
    backs = [
        Back(change, read_state(change.before or change.after), now, tells=whole == Whole.CHOSEN) for change in changes
    ]
    with refusals_with_times(backs[0].slot, now=now), transaction.atomic(using=require_scope("organisation").database):
        current = _locked(changes)
        if changes[0].kind in PLACING:
            make_room(current.values(), {back.change.appointment_id: back.slot for back in backs}, now=now)
        for back in backs:
            appointment = current[back.change.appointment_id]
            try:
                bring_back(appointment, back)
            except BookingRefused as refusal:
                raise NotAll(back.state["starts_at"], refusal) from refusal
        done = [current[back.change.appointment_id] for back in backs]
        if whole in (Whole.SERIES, Whole.CHAIN):
            _tell(whole, ChangeKind(changes[0].kind), done, now)
        if (whole, changes[0].kind) == (Whole.SERIES, ChangeKind.CREATED):
            # What became a part of the series when it was planned is a single appointment again.
            others = Appointment.objects.filter(series=done[0].series_id).exclude(pk__in=list(current))
            others.update(series=None)
    return done


def _locked(changes: Sequence[AppointmentChange]) -> dict:
    """The appointments, locked in the order of ids, as the action left them."""
    rows = in_one_order([change.appointment_id for change in changes])
    current = {row.pk: row for row in rows.select_related("calendar", "reason", "patient")}
    pending = AppointmentChange.objects.filter(pk__in=[change.pk for change in changes], undone_at=None)
    if pending.count() != len(changes):
        raise NothingToUndo  # a second click
    for change in changes:
        if current[change.appointment_id].version != change.version:
            raise StaleEdit(current[change.appointment_id])
    return current


def _tell(whole: str, kind: ChangeKind, done: Sequence[Appointment], now: datetime) -> None:
    """Nothing, if the patient was not told yet; else what is true now, in one message about all."""
    about: Model | None = done[0].series if whole == Whole.SERIES else done[0].chain
    assert about is not None
    if withdraw(f"appointment.{whole}_{SAID[kind]}", about=about) or not any(each.starts_at > now for each in done):
        return
    if kind == ChangeKind.CREATED:
        payload = {"cancelled": [str(each.pk) for each in done]}
        queue_later(f"appointment.{whole}_cancelled", about, now, payload)
    else:
        again = "moved" if kind == ChangeKind.MOVED else "booked"
        queue_later(f"appointment.{whole}_{again}", about, now)
