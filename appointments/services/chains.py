"""Several services in one visit: book, move and cancel them together."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

from django.db import transaction

from appointments.enums import ChangeKind, DateState, Whole
from appointments.models import Appointment, Chain
from appointments.selectors.availability import Fit, fit_slot
from appointments.selectors.chains import FEWEST_PARTS, MOST_GAP, MOST_PARTS
from appointments.selectors.series_dates import PlannedDate, plan_dates
from appointments.selectors.slots import Slot
from doctolib import audit
from doctolib.queues import queue_for
from doctolib.tenancy.scopes import require_scope
from patients.models import Patient

from .refusals_together import ChainBroken, DatesRefused, NotInSeries
from .staff.changes import note_changes, states_of
from .staff.messages import queue_later
from .taking import claim_many, current_organisation
from .together import all_or_none, cancel_all, check_number, free_all, locked, move_all, write_all


def book_chain(*, patient: Patient, slots: Sequence[Slot], gap: timedelta, user_id: UUID, now: datetime) -> Chain:
    """Book all parts, or none. Inside an organisation scope; the caller has asked ``may_create`` for each calendar.

    Raises DatesRefused, ChainBroken (parts overlap, or more than ``gap`` passes between two), NoAgreement.
    """
    _check(slots, gap)
    organisation = current_organisation()
    with all_or_none(organisation, slots, patient_id=patient.pk, now=now):
        claim_many(slots=slots, now=now)
        _look_again(slots, patient_id=patient.pk, now=now)
        chain = Chain.objects.create(patient=patient, gap=int(gap.total_seconds()) // 60)
        fits: list[Fit] = []
        made: list[Appointment] = []
        for slot in slots:  # one after the other: a room may be wanted twice
            fits.append(_fit(slot, now))
            made += write_all(patient, {slot: fits[-1]}, now=now, chain=chain)
        note_changes(ChangeKind.CREATED, made, whole=Whole.CHAIN, user_id=user_id, now=now)
        _check_gaps(fits, gap)
        audit.record("chain.booked", chain, about=patient, details={"parts": len(slots)})
        queue_later("appointment.chain_booked", chain, now)
    return chain


def move_chain(*, chain: Chain, new: Mapping[UUID, Slot], user_id: UUID, now: datetime) -> None:
    """Move all these parts, or none. Raises as ``book_chain``, and NotInSeries, AlreadyCancelled, TooLate."""
    organisation = current_organisation()
    slots = sorted(new.values(), key=lambda slot: slot.starts_at)
    with all_or_none(organisation, slots, patient_id=chain.patient_id, now=now, besides=list(new)):
        current = _of_chain(chain, new, now=now)
        claim_many(slots=slots, now=now)
        before = states_of(current)
        free_all(current)
        _look_again(slots, patient_id=chain.patient_id, now=now, besides=list(new))
        by_time = sorted(current, key=lambda each: new[each.pk].starts_at)
        fits = []
        for appointment in by_time:
            fits.append(_fit(new[appointment.pk], now))
            move_all([(appointment, fits[-1])], now=now)
        note_changes(ChangeKind.MOVED, by_time, whole=Whole.CHAIN, before=before, user_id=user_id, now=now)
        _check_gaps(fits, timedelta(minutes=chain.gap))
        audit.record("chain.moved", chain, about=current[0].patient, details={"parts": len(current)})
        queue_later("appointment.chain_moved", chain, now)


def cancel_chain(*, chain: Chain, ids: Collection[UUID], user_id: UUID, now: datetime, reason: str = "") -> int:
    """Cancel these parts; returns how many. Raises NothingChosen, NotInSeries, AlreadyCancelled, TooLate."""
    check_number(ids)
    with transaction.atomic(using=require_scope("organisation").database):
        current = _of_chain(chain, ids, now=now)
        before = states_of(current)
        cancel_all(current, now=now, reason=reason)
        note_changes(ChangeKind.CANCELLED, current, whole=Whole.CHAIN, before=before, user_id=user_id, now=now)
        audit.record("chain.cancelled", chain, about=current[0].patient, details={"parts": len(current)})
        told = {"cancelled": [str(each.pk) for each in current]}
        queue_later("appointment.chain_cancelled", chain, now, told)
    return len(current)


def _check(slots: Sequence[Slot], gap: timedelta) -> None:
    ordered = all(one.starts_at < other.starts_at for one, other in pairwise(slots))
    if not FEWEST_PARTS <= len(slots) <= MOST_PARTS or not timedelta() <= gap <= MOST_GAP or not ordered:
        raise ChainBroken


def _look_again(slots: Sequence[Slot], *, patient_id: UUID, now: datetime, besides: Collection[UUID] = ()) -> None:
    queue_for(patient_id)
    dates = plan_dates(current_organisation(), slots, patient_id=patient_id, now=now, besides=besides, suggest=False)
    refused = [planned for planned in dates if not planned.is_free]
    if refused:
        raise DatesRefused(refused)


def _fit(slot: Slot, now: datetime) -> Fit:
    """What a part takes beside those before it. Raises DatesRefused: with them its room is taken."""
    fit = fit_slot(
        reason_id=slot.reason_id, calendar_id=slot.calendar_id, starts_at=slot.starts_at, now=now, online=False
    )
    if fit is None:
        raise DatesRefused([PlannedDate(slot, slot.starts_at, DateState.TAKEN)])
    return fit


def _check_gaps(fits: Sequence[Fit], gap: timedelta) -> None:
    for one, other in pairwise(fits):
        if not timedelta() <= other.starts_at - one.ends_at <= gap:
            raise ChainBroken


def _of_chain(chain: Chain, ids: Collection[UUID], *, now: datetime) -> list[Appointment]:
    found = locked(ids, now=now)
    if len(found) != len(set(ids)) or any(each.chain_id != chain.pk for each in found):
        raise NotInSeries
    return found
