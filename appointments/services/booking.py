"""Book, move and cancel: every way an appointment comes to be or changes."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import Organisation
from appointments.enums import AppointmentStatus, CancelledBy, OccupancyStatus, Origin
from appointments.models import Appointment, Hold, Occupancy, Question
from appointments.selectors.availability import Fit
from appointments.selectors.changes import changes_of
from crypto import keyring
from doctolib import audit, outbox, prepared
from doctolib.tenancy.scopes import Scope, booking_scope, require_scope
from patients.models import Patient
from patients.services.records import Booker, record_of

from .answers import checked_answers
from .changing import cancel_refusal, move_refusal
from .eligibility import new_times, read_wish, record_refusal, stated_refusal
from .holds import (
    HoldView,
    confirmed_appointment,
    expired_refusal,
    extend_hold,
    hold_id_of,
    hold_slot,
    live_hold,
    own_hold,
    release_hold,
)
from .refusals import (
    AlreadyCancelled,
    BookingRefused,
    HoldExpired,
    NearSlot,
    NoAgreement,
    NoLongerOnline,
    NoMoreExtensions,
    NotAnswered,
    NotOffered,
    SlotTaken,
    TooLate,
    TooManyHolds,
)
from .taking import claim_resources, current_organisation, find_fit, nearest_free, occupy, refusals_explained

__all__ = [
    "AlreadyCancelled",
    "Booker",
    "BookingRefused",
    "HoldExpired",
    "HoldView",
    "NearSlot",
    "NoAgreement",
    "NoLongerOnline",
    "NoMoreExtensions",
    "NotAnswered",
    "NotOffered",
    "SlotTaken",
    "TooLate",
    "TooManyHolds",
    "cancel_appointment",
    "confirm_hold",
    "extend_hold",
    "hold_slot",
    "live_hold",
    "move_appointment",
    "nearest_free",
    "release_hold",
    "write_booking",
]


# What a hold keeps becomes its appointment's, which has its id; then the hold is gone.
TURN = (
    "DELETE FROM appointments_hold WHERE id = $1::uuid",
    f"""
UPDATE appointments_occupancy
SET status = '{OccupancyStatus.BOOKED}', hold_id = NULL, appointment_id = $1::uuid, person_id = $2, expires_at = NULL
WHERE hold_id = $1::uuid
RETURNING id""",
)
MOVED = ("calendar", "starts_at", "ends_at", "moves", "timed_at", "version", "is_outside", "is_overbooked")
QUESTIONS = "reason_id = $1 ORDER BY position, id"


def confirm_hold(
    *,
    organisation: Organisation,
    token: str,
    booker: Booker,
    now: datetime,
    answers: Mapping[int, str] = MappingProxyType({}),
) -> UUID:
    """Turn a live hold into an appointment and queue its confirmation. Returns the appointment's id.

    Confirming again returns the same appointment: it has the hold's id. Raises HoldExpired (with ``still_free`` or the
    nearest free times), NoAgreement, NotAnswered, and what eligibility.py refuses; the hold stays. ``answers`` are to
    the reason's questions, by their ids.
    """
    hold_id = hold_id_of(token)
    if hold_id is None:
        raise HoldExpired
    keyring.warm(organisation.id, ("data", "index"))  # no call to the key management inside the transaction
    expired = None
    with booking_scope(organisation, hold_id, actor=booker.actor):
        # A second click waits here, then finds the appointment; and two tabs must not make two records.
        hold = own_hold(token, lock=True, person_id=booker.person_id)
        if hold is None:
            earlier = confirmed_appointment(hold_id)
            if earlier and earlier.person_id == booker.person_id:
                return earlier.pk
            raise HoldExpired
        if hold.expires_at <= now:
            expired = hold
        else:
            with refusals_explained(
                organisation,
                reason_id=hold.reason_id,
                calendar_id=hold.calendar_id,
                starts_at=hold.starts_at,
                now=now,
            ):
                return _appoint(organisation, hold, booker, now, answers)
    raise expired_refusal(organisation, expired, now=now)


def _appoint(organisation: Organisation, hold: Hold, booker: Booker, now: datetime, answers: Mapping[int, str]) -> UUID:
    questions = prepared.fetch(Question, QUESTIONS, [hold.reason_id]) if hold.asks else []
    answered = checked_answers(questions, answers)
    # A record that is new is written with its first appointment.
    with prepared.together(TURN, [hold.id, booker.person_id]) as taken:
        appointment = Appointment(
            id=hold.id,
            calendar_id=hold.calendar_id,
            reason_id=hold.reason_id,
            patient=_allowed_record(organisation, hold, booker, now),
            person_id=booker.person_id,
            starts_at=hold.starts_at,
            ends_at=hold.ends_at,
            origin=Origin.ONLINE,
            timed_at=now,
            details={"answers": answered} if answered else None,
        )
        prepared.insert(appointment)
        audit.record("appointment.booked", appointment, about=appointment.patient)
        outbox.queue("appointment.confirmed", about=appointment)
    if not taken:  # it expired by someone else's clock and gave way
        raise SlotTaken
    return appointment.pk


def _allowed_record(organisation: Organisation, hold: Hold, booker: Booker, now: datetime) -> Patient:
    """The record to book with. Raises what stands against it; what only the record tells is told to its own person
    alone, everybody else reads the neutral words."""
    reason = hold.reason
    refusal = stated_refusal(
        reason,
        insurance=booker.insurance_kind,
        known=booker.known,
        birth_date=booker.birth_date,
        day=hold.starts_at.astimezone(organisation.zone).date(),
    )
    if refusal:
        raise refusal
    patient, is_theirs = record_of(booker)
    wish = read_wish(patient, reason, hold, zone=organisation.zone, now=now, is_new=not is_theirs, waiting=False)
    if refusal := record_refusal(wish):
        raise refusal if is_theirs else BookingRefused
    return patient


def write_booking(appointment: Appointment, fit: Fit) -> None:
    """A new appointment with what it occupies. The caller has claimed the resources, looked again, and tells the
    patient."""
    appointment.save(force_insert=True)
    occupy_for(appointment, fit)
    audit.record("appointment.booked", appointment, about=appointment.patient)


def move_appointment(
    *, appointment: Appointment, calendar_id: int, starts_at: datetime, now: datetime, online: bool = True
) -> Appointment:
    """Move to another time, perhaps another calendar: the old time is freed only if the new one is taken.

    Inside the patient's scope (``online``) or the organisation's. Raises AlreadyCancelled, TooLate, NotOffered,
    SlotTaken, AtTheSameTime; for patients also NoLongerOnline and what the new day is refused for. Then nothing has
    changed.
    """
    scope = require_scope("patient", "organisation")
    slot: dict[str, Any] = {
        "reason_id": appointment.reason_id,
        "calendar_id": calendar_id,
        "starts_at": starts_at,
        "now": now,
    }
    organisation = current_organisation()
    explained = refusals_explained(organisation, **slot, online=online)
    with explained, transaction.atomic(using=scope.database):
        current = _changeable(appointment, now=now)
        if scope.kind == "patient" and (too_late := move_refusal(changes_of(current), now=now)):
            raise too_late
        claim_resources(**slot)
        # Its own old time must not stand in its way: freed after the lock, before looking again, in this transaction.
        Occupancy.objects.filter(appointment=current).delete()
        fit = find_fit(**slot, online=online)
        if refusal := new_times(current, zone=organisation.zone, now=now, waiting=True).refusal(fit):
            raise refusal
        before = {"calendar": current.calendar_id, "starts_at": current.starts_at.isoformat()}
        current.calendar_id, current.starts_at, current.ends_at = calendar_id, fit.starts_at, fit.ends_at
        current.moves, current.timed_at, current.version = current.moves + 1, now, current.version + 1
        current.is_outside = current.is_overbooked = False  # a time that was offered, and free
        current.save(update_fields=MOVED)
        occupy_for(current, fit)
        audit.record("appointment.moved", current, about=current.patient)
        outbox.queue("appointment.moved", about=current, payload=before)
    return current


def cancel_appointment(*, appointment: Appointment, now: datetime, reason: str = "") -> Appointment:
    """Cancel; the time is free at once. Inside the patient's scope or the organisation's.

    ``reason`` is kept sealed. Raises AlreadyCancelled, TooLate, for patients also NoLongerOnline.
    """
    scope = require_scope("patient", "organisation")
    with transaction.atomic(using=scope.database):
        current = _changeable(appointment, now=now)
        if scope.kind == "patient" and (refusal := cancel_refusal(changes_of(current), now=now)):
            raise refusal
        cancel_locked(current, now=now, reason=reason, by=_canceller(scope))
        outbox.queue("appointment.cancelled", about=current)
    return current


def _canceller(scope: Scope) -> CancelledBy:
    """By text message, a patient comes in the organisation's scope."""
    by_patient = scope.kind == "patient" or scope.actor == "sms"
    return CancelledBy.PATIENT if by_patient else CancelledBy.STAFF


def cancel_locked(current: Appointment, *, now: datetime, reason: str, by: CancelledBy) -> None:
    """Cancel a row that the caller has locked and looked at. The caller tells the patient."""
    current.status, current.cancelled_at, current.cancelled_by = AppointmentStatus.CANCELLED, now, by
    current.version += 1
    if reason:
        current.details = {**(current.details or {}), "cancel_reason": reason}
    current.save(update_fields=["status", "cancelled_at", "cancelled_by", "details", "version"])
    Occupancy.objects.filter(appointment=current).delete()
    audit.record("appointment.cancelled", current, about=current.patient)


def _changeable(appointment: Appointment, *, now: datetime) -> Appointment:
    """The locked row, looked at again. Staff may change what has begun, until its end."""
    current = Appointment.objects.select_for_update(of=("self",), no_key=True).get(pk=appointment.pk)
    if current.status == AppointmentStatus.CANCELLED:
        raise AlreadyCancelled
    over = current.ends_at if require_scope().kind == "organisation" else current.starts_at
    if over <= now:
        raise TooLate
    return current


def occupy_for(appointment: Appointment, fit: Fit) -> None:
    occupy(
        fit,
        appointment=appointment,
        reason_id=appointment.reason_id,
        person_id=appointment.person_id,
        status=OccupancyStatus.BOOKED,
    )
