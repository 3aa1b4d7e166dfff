"""Book, move and cancel many appointments at once: all of them or none."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.db import DatabaseError, transaction
from django.db.models import QuerySet

from accounts.models import Organisation
from appointments.enums import AppointmentStatus, CancelledBy, DateState, OccupancyStatus, Origin
from appointments.models import Appointment, Occupancy
from appointments.selectors.availability import Fit
from appointments.selectors.many_starts import fit_starts
from appointments.selectors.recurrence import MOST_DATES
from appointments.selectors.series_dates import PlannedDate, overlap, own_times, plan_dates
from appointments.selectors.slots import Slot
from doctolib import audit, prepared
from doctolib.queues import queue_for, queue_for_all
from doctolib.tenancy.scopes import require_scope
from doctolib.violations import EXCLUSION, NO_AGREEMENT, sqlstate
from patients.models import Patient

from .booking import MOVED
from .prescriptions import queue_for_sessions
from .refusals import AlreadyCancelled, NoAgreement, TooLate
from .refusals_together import DatesRefused, NothingChosen, TooManyChosen
from .taking import claim_many, occupancy_of

CANCELLED = ("status", "cancelled_at", "cancelled_by", "version")


@contextmanager
def all_or_none(
    organisation: Organisation,
    slots: Sequence[Slot],
    *,
    patient_id: UUID,
    now: datetime,
    besides: Collection[UUID] = (),
) -> Iterator[None]:
    """The transaction of a change. What the database refuses leaves as DatesRefused with what it looks like by then."""
    try:
        with transaction.atomic(using=require_scope("organisation").database):
            yield
    except DatabaseError as violation:
        if sqlstate(violation) == NO_AGREEMENT:
            raise NoAgreement from violation
        if sqlstate(violation) != EXCLUSION:
            raise
        # Someone who does not lock (a KIS) was first.
        dates = plan_dates(organisation, slots, patient_id=patient_id, now=now, besides=besides, suggest=False)
        raise DatesRefused([planned for planned in dates if not planned.is_free]) from violation


def check_number(slots: Collection[Any]) -> None:
    if not slots:
        raise NothingChosen
    if len(slots) > MOST_DATES:
        raise TooManyChosen(MOST_DATES)


def fits_of(
    organisation: Organisation,
    slots: Sequence[Slot],
    *,
    patient_id: UUID,
    now: datetime,
    besides: Collection[UUID] = (),
    last_day: date | None = None,
) -> dict[Slot, Fit]:
    """What each of these visits takes, looked at again under locks on their resources. Raises DatesRefused."""
    queue_for(patient_id)
    fits = _fits(slots, now)
    own = own_times(patient_id, besides=besides)
    lost = [slot for slot in slots if slot not in fits or any(overlap(fits[slot], each) for each in own)]
    if last_day is not None:
        lost += [slot for slot in slots if slot.starts_at.astimezone(organisation.zone).date() > last_day]
    if lost:
        options: dict[str, Any] = {"patient_id": patient_id, "now": now, "besides": besides, "last_day": last_day}
        dates = plan_dates(organisation, slots, suggest=False, **options)
        refused = [planned for planned in dates if not planned.is_free]
        raise DatesRefused(refused or [_refused(slot, DateState.TAKEN) for slot in lost])
    if refused := _meeting(fits):
        raise DatesRefused(refused)
    return fits


def _meeting(fits: Mapping[Slot, Fit]) -> list[PlannedDate]:
    """Chosen dates at which the patient would be at another chosen one, or whose buffers meet in one calendar, room or
    device."""
    refused = []
    for one, later in pairwise(sorted(fits, key=lambda slot: slot.starts_at)):
        first, second = fits[one], fits[later]
        shared = set(first.resource_ids) & set(second.resource_ids)
        if overlap(first, second):
            refused.append(_refused(later, DateState.OWN))
        elif shared and second.occupied_from < first.occupied_until:
            refused.append(_refused(later, DateState.TAKEN))
    return refused


def _refused(slot: Slot, state: DateState) -> PlannedDate:
    return PlannedDate(slot, slot.starts_at, state)


def _fits(slots: Sequence[Slot], now: datetime) -> dict[Slot, Fit]:
    found: dict[Slot, Fit] = {}
    for kind in {slot.kind for slot in slots}:
        calendar, reason, minutes = kind
        alike = [slot for slot in slots if slot.kind == kind]
        starts = [slot.starts_at for slot in alike]
        fits = fit_starts(reason_id=reason, calendar_id=calendar, starts=starts, now=now, minutes=minutes)
        found |= {slot: fits[slot.starts_at] for slot in alike if slot.starts_at in fits}
    return found


def write_all(patient: Patient, fits: Mapping[Slot, Fit], *, now: datetime, **whole: Any) -> list[Appointment]:
    """New appointments by time, each with what it occupies and its row in the trail; no message. ``whole``: the series,
    chain or prescription that they belong to."""
    ordered = sorted(fits.items(), key=lambda pair: pair[0].starts_at)
    made = [
        Appointment(
            calendar_id=slot.calendar_id,
            reason_id=slot.reason_id,
            patient=patient,
            person_id=patient.person_id,
            starts_at=fit.starts_at,
            ends_at=fit.ends_at,
            origin=Origin.STAFF,
            timed_at=now,
            **whole,
        )
        for slot, fit in ordered
    ]
    Appointment.objects.bulk_create(made)
    _occupy(zip(made, (fit for _slot, fit in ordered), strict=True))
    with prepared.together():
        for appointment in made:
            audit.record("appointment.booked", appointment, about=patient)
    return made


def move_all(pairs: Sequence[tuple[Appointment, Fit]], *, now: datetime) -> None:
    """Locked appointments whose old times are freed already take their new ones; no message."""
    for appointment, fit in pairs:
        appointment.calendar_id = fit.resource_ids[0]
        appointment.starts_at, appointment.ends_at = fit.starts_at, fit.ends_at
        appointment.moves, appointment.timed_at = appointment.moves + 1, now
        appointment.version += 1
        appointment.is_outside = appointment.is_overbooked = False  # a time that is offered, and free
    Appointment.objects.bulk_update([appointment for appointment, _fit in pairs], MOVED)
    _occupy(pairs)
    with prepared.together():
        for appointment, _fit in pairs:
            audit.record("appointment.moved", appointment, about=appointment.patient)


def free_all(appointments: Iterable[Appointment]) -> None:
    """Their times are free; what comes next in the transaction may take them."""
    Occupancy.objects.filter(appointment__in=[each.pk for each in appointments]).delete()


@contextmanager
def undone(appointments: Iterable[Appointment]) -> Iterator[None]:
    """Look at things as if these times were free. Nothing that is written in the block stays."""
    using = require_scope("organisation").database
    with transaction.atomic(using=using):
        free_all(appointments)
        yield
        transaction.set_rollback(True, using=using)


def cancel_all(appointments: Sequence[Appointment], *, now: datetime, reason: str = "") -> None:
    """Locked appointments; no message."""
    for appointment in appointments:
        appointment.status, appointment.cancelled_at = AppointmentStatus.CANCELLED, now
        appointment.cancelled_by, appointment.version = CancelledBy.STAFF, appointment.version + 1
        if reason:
            appointment.details = {**(appointment.details or {}), "cancel_reason": reason}
            appointment.save(update_fields=[*CANCELLED, "details"])  # sealed: a row at a time
    if not reason:
        Appointment.objects.bulk_update(appointments, CANCELLED)
    free_all(appointments)
    with prepared.together():
        for appointment in appointments:
            audit.record("appointment.cancelled", appointment, about=appointment.patient)


def make_room(appointments: Collection[Appointment], new: Mapping[UUID, Slot], *, now: datetime) -> None:
    """Before locked appointments, of any patients, get these times (slots with a length): claim what they may take,
    queue for prescriptions that are used again and for the patients, and free the present times.

    Each has its new time in its row before the first is looked at, so that none stands in another's way, nor is a
    patient in two places at once.
    """
    claim_many(slots=new.values(), now=now)
    queue_for_sessions(each.prescription_id for each in appointments if each.status == AppointmentStatus.CANCELLED)
    queue_for_all(each.patient_id for each in appointments)
    free_all(appointments)
    for appointment in appointments:
        slot = new[appointment.pk]
        appointment.calendar_id, appointment.starts_at = slot.calendar_id, slot.starts_at
        appointment.ends_at = slot.starts_at + timedelta(minutes=slot.minutes or 0)
    Appointment.objects.bulk_update(appointments, ("calendar", "starts_at", "ends_at"))


def in_one_order(ids: Collection[UUID]) -> QuerySet[Appointment]:
    """These rows, locked in the order of ids by whoever reads them."""
    rows = Appointment.objects.select_for_update(of=("self",), no_key=True)
    return rows.filter(pk__in=ids).order_by("pk")


def locked(ids: Collection[UUID], *, now: datetime) -> list[Appointment]:
    """These appointments by time, locked in the order of ids and looked at again: all must still be booked and not
    over. Raises AlreadyCancelled, TooLate."""
    found = list(in_one_order(ids).select_related("patient"))
    if any(each.status == AppointmentStatus.CANCELLED for each in found):
        raise AlreadyCancelled
    if any(each.ends_at <= now or each.status != AppointmentStatus.BOOKED for each in found):
        raise TooLate
    return sorted(found, key=lambda each: each.starts_at)


def _occupy(pairs: Iterable[tuple[Appointment, Fit]]) -> None:
    """As taking.occupy, in one statement for all."""
    Occupancy.objects.bulk_create(
        row
        for appointment, fit in pairs
        for row in occupancy_of(
            fit,
            appointment=appointment,
            reason_id=appointment.reason_id,
            person_id=appointment.person_id,
            status=OccupancyStatus.BOOKED,
        )
    )
