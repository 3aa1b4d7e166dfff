"""Offers of the waiting list: a freed time is kept for the first whom it suits, until they answer or its end.

Order of all locks: entry, appointment, resources, hold, person, record. Whoever changes an offer holds its entry.
docs/decisions/0007-waiting-list.md.
"""

import secrets
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from accounts.models import Organisation
from appointments.enums import OccupancyStatus, OfferStatus, Origin, WaitingStatus
from appointments.models import Appointment, FreedTime, Hold, WaitingEntry, WaitingOffer
from appointments.selectors.waiting import SHORTEST, Match, lost_offers, matches, offer_end, offer_minutes, replaced
from doctolib import audit, outbox
from doctolib.tenancy.scopes import booking_scope, organisation_scope, require_scope
from doctolib.violations import violation_raises

from .booking import move_appointment, write_booking
from .eligibility import RECORD_RULES, STAFF_RULES, Times, read_wish, record_refusal, stated_refusal
from .refusals import (
    BookingRefused,
    NotOffered,
    NotWaiting,
    OfferEnded,
    OfferLost,
    OfferOver,
    SlotTaken,
    TooNear,
)
from .taking import claim_resources, find_fit, nearest_free, occupy, refusals_explained

ACTOR = "waiting-list"
MOST_SILENCES = 3  # offers in a row without an answer; then the entry pauses


def locked_entry(entry_id: UUID) -> WaitingEntry:
    """The entry, looked at again, until the end of the transaction. Raises WaitingEntry.DoesNotExist."""
    locked = WaitingEntry.objects.select_for_update(of=("self",), no_key=True)
    return locked.select_related("reason", "patient", "appointment", "appointment__reason").get(pk=entry_id)


def _locked_offer(offer_id: UUID) -> tuple[WaitingOffer, WaitingEntry]:
    entry = locked_entry(WaitingOffer.objects.values_list("entry_id", flat=True).get(pk=offer_id))
    return WaitingOffer.objects.get(pk=offer_id), entry


# Offer ---------------------------------------------------------------------------------------------------------------


def offer_time(
    *,
    organisation: Organisation,
    entry_id: UUID,
    calendar_id: int,
    starts_at: datetime,
    now: datetime,
    online: bool = True,
) -> WaitingOffer:
    """Keep a time for an entry and tell its patient. Inside the organisation's scope.

    ``online=False``: staff chose the time, so only what binds staff binds it. Raises NotWaiting, TooNear, SlotTaken,
    NotOffered, NoAgreement, and what the patient would be refused for.
    """
    entry = locked_entry(entry_id)
    if entry.status != WaitingStatus.WAITING or entry.offers.filter(status=OfferStatus.OPEN).exists():
        raise NotWaiting
    ends = offer_end(starts_at, entry.reason.minimum_notice, offer_minutes(), now)
    if ends - now < SHORTEST:
        raise TooNear
    slot: dict[str, Any] = {
        "reason_id": entry.reason_id,
        "calendar_id": calendar_id,
        "starts_at": starts_at,
        "now": now,
    }
    database = require_scope("organisation").database
    with (
        refusals_explained(organisation, **slot, online=online),
        violation_raises(NotWaiting, constraint="offer_one_at_a_time", using=database),
    ):
        claim_resources(**slot)
        fit = find_fit(**slot, online=online)
        _ask_rules(entry, fit, organisation.zone, now, online=online)
        hold = Hold(calendar_id=calendar_id, reason_id=entry.reason_id, starts_at=fit.starts_at, ends_at=fit.ends_at)
        hold.token_hash, hold.expires_at = secrets.token_bytes(32), ends  # no token leads to it: only its entry does
        hold.save(force_insert=True)
        occupy(
            fit,
            hold=hold,
            reason_id=entry.reason_id,
            person_id=entry.person_id,
            status=OccupancyStatus.HELD,
            expires_at=ends,
        )
        offer = WaitingOffer.objects.create(
            id=hold.pk,
            entry=entry,
            person_id=entry.person_id,
            calendar_id=calendar_id,
            starts_at=fit.starts_at,
            ends_at=fit.ends_at,
            expires_at=ends,
            made_at=now,
        )
    audit.record("waiting.offered", offer, about=entry.patient)
    outbox.queue("waiting.offered", about=offer)
    return offer


def _ask_rules(entry: WaitingEntry, times: Times, zone: ZoneInfo, now: datetime, *, online: bool) -> None:
    """Raises what stands against this visit of this patient; staff are asked for little (``online=False``)."""
    besides = replaced(entry, now)
    wish = read_wish(entry.patient, entry.reason, times, zone=zone, now=now, besides=besides.pk if besides else None)
    refusal = None
    if online:
        birth_date = date.fromisoformat(entry.patient.name["birth_date"])
        insurance = entry.insurance or None
        refusal = stated_refusal(entry.reason, insurance=insurance, birth_date=birth_date, day=wish.day)
    refusal = refusal or record_refusal(wish, RECORD_RULES if online else STAFF_RULES)
    if refusal:
        raise refusal


# Answer --------------------------------------------------------------------------------------------------------------


def accept_offer(*, organisation: Organisation, offer_id: UUID, now: datetime) -> UUID:
    """The kept time becomes the appointment, or the one to be replaced moves there; its old time gets free.

    Inside the patient's scope, or the organisation's when staff do it for them. Accepting again returns the same
    appointment. Raises OfferEnded and OfferLost with the nearest free times, what the patient is refused for, and what
    ``move_appointment`` raises; then nothing has changed.
    """
    scope = require_scope("patient", "organisation")
    offer, entry = _locked_offer(offer_id)  # a second click waits here
    if offer.status == OfferStatus.ACCEPTED:
        assert entry.appointment_id is not None
        return entry.appointment_id
    if offer.status != OfferStatus.OPEN or offer.expires_at <= now:
        raise _over(OfferLost if offer.status == OfferStatus.LOST else OfferEnded, organisation, offer, entry, now)
    if lost_offers([offer]):
        raise _over(OfferLost, organisation, offer, entry, now)
    try:
        appointment = _take(organisation, offer, entry, now, online=scope.kind == "patient")
    except (SlotTaken, NotOffered) as refusal:
        raise _over(OfferLost, organisation, offer, entry, now) from refusal
    offer.status = OfferStatus.ACCEPTED
    offer.save(update_fields=["status"])
    entry.appointment = appointment
    close_entry(entry, WaitingStatus.BOOKED, now=now)
    audit.record("waiting.accepted", offer, about=entry.patient)
    return appointment.pk


def _take(
    organisation: Organisation, offer: WaitingOffer, entry: WaitingEntry, now: datetime, *, online: bool
) -> Appointment:
    slot: dict[str, Any] = {"calendar_id": offer.calendar_id, "starts_at": offer.starts_at, "now": now}
    old = replaced(entry, now)
    if old:
        Appointment.objects.select_for_update(of=("self",), no_key=True).get(pk=old.pk)
    claim_resources(**slot, reason_id=entry.reason_id)
    _ask_rules(entry, offer, organisation.zone, now, online=online)
    _release(organisation, offer)  # after the lock: its own hold must not stand in its way
    if old:
        return move_appointment(appointment=old, **slot, online=False)
    with booking_scope(organisation, offer.pk, actor=require_scope().actor):
        fit = find_fit(**slot, reason_id=entry.reason_id, online=False)
        appointment = Appointment(
            id=offer.pk,
            calendar_id=offer.calendar_id,
            reason_id=entry.reason_id,
            patient=entry.patient,
            person_id=entry.person_id,
            starts_at=fit.starts_at,
            ends_at=fit.ends_at,
            origin=Origin.ONLINE if online else Origin.STAFF,
            timed_at=now,
        )
        write_booking(appointment, fit)
        outbox.queue("appointment.confirmed", about=appointment)
    return appointment


def _over(
    kind: type[OfferOver], organisation: Organisation, offer: WaitingOffer, entry: WaitingEntry, now: datetime
) -> OfferOver:
    slot: dict[str, Any] = {"reason_id": entry.reason_id, "calendar_id": offer.calendar_id}
    return kind(nearest_free(organisation, around=offer.starts_at, now=now, **slot))


def refuse_offer(*, organisation: Organisation, offer_id: UUID, now: datetime) -> None:
    """The next one is asked; the entry goes on waiting. What is no longer open is nothing to refuse."""
    offer, entry = _locked_offer(offer_id)
    if offer.status == OfferStatus.OPEN:
        entry.silences = 0
        entry.save(update_fields=["silences"])
        give_up(organisation, offer, OfferStatus.REFUSED)
        audit.record("waiting.refused", offer, about=entry.patient)


def give_up(organisation: Organisation, offer: WaitingOffer, status: OfferStatus) -> None:
    """End an open offer, whose entry is locked. Its time is free; a trigger notes it, and it goes to the next."""
    offer.status = status
    offer.save(update_fields=["status"])
    _release(organisation, offer)


def _release(organisation: Organisation, offer: WaitingOffer) -> None:
    with booking_scope(organisation, offer.pk, actor=require_scope().actor):  # a patient's scope sees no holds
        Hold.objects.filter(pk=offer.pk).delete()


def close_entry(entry: WaitingEntry, status: WaitingStatus, *, now: datetime) -> None:
    entry.status, entry.closed_at = status, now
    entry.save(update_fields=["status", "closed_at", "appointment"])


# The sweep -----------------------------------------------------------------------------------------------------------


def sweep(organisation: Organisation, *, now: datetime) -> int:
    """End what is over and offer what got free; returns how many offers were made. Enters scopes of its own: each step
    is one short transaction, so many sweeps may run at once and one that dies loses nothing."""
    end_offers(organisation, now=now)
    return offer_freed_times(organisation, now=now)


def end_offers(organisation: Organisation, *, now: datetime) -> None:
    """Offers that were not answered in time, and those whose time is not to be had any more."""
    with organisation_scope(organisation, actor=ACTOR):
        offers = list(WaitingOffer.objects.filter(status=OfferStatus.OPEN))
        silent = {offer.pk for offer in offers if offer.expires_at <= now}
        lost = lost_offers(offer for offer in offers if offer.pk not in silent)
    for offer_id in silent | lost:
        with organisation_scope(organisation, actor=ACTOR):
            _end(organisation, offer_id, OfferStatus.SILENT if offer_id in silent else OfferStatus.LOST)


def _end(organisation: Organisation, offer_id: UUID, status: OfferStatus) -> None:
    offer, entry = _locked_offer(offer_id)
    if offer.status != OfferStatus.OPEN:  # answered meanwhile
        return
    give_up(organisation, offer, status)
    audit.record(f"waiting.{status}", offer, about=entry.patient)
    if status == OfferStatus.SILENT:
        entry.silences += 1
        if entry.silences >= MOST_SILENCES and entry.status == WaitingStatus.WAITING:
            entry.status = WaitingStatus.PAUSED
            audit.record("waiting.paused", entry, about=entry.patient)
            outbox.queue("waiting.paused", about=entry)
        entry.save(update_fields=["silences", "status"])


def offer_freed_times(organisation: Organisation, *, now: datetime) -> int:
    """Each freed time, the oldest first, to those whom it suits, in their order. A freed time that another sweep is at
    is left to it."""
    made, freed_id, passed = 0, 0, set[UUID]()
    while True:
        match = None
        try:
            with organisation_scope(organisation, actor=ACTOR):
                freed = FreedTime.objects.select_for_update(skip_locked=True).filter(pk__gte=freed_id).first()
                if freed is None:
                    return made
                if freed.pk != freed_id:
                    freed_id, passed = freed.pk, set()
                match = _first(freed, passed, organisation.zone, now)
                if match is None:
                    freed_id += 1
                    continue
                start = match.start
                offer_time(
                    organisation=organisation,
                    entry_id=match.entry.pk,
                    calendar_id=start.calendar_id,
                    starts_at=start.starts_at,
                    now=now,
                )
                made += 1
        except BookingRefused:
            assert match is not None
            passed.add(match.entry.pk)  # not for them, or somebody was faster: the next one


def _first(freed: FreedTime, passed: set[UUID], zone: ZoneInfo, now: datetime) -> Match | None:
    """Who gets it. Nobody: it is forgotten, unless someone wants it who has not answered another offer yet."""
    wanted_later = False
    for match in matches(freed, zone=zone, now=now):
        if match.entry.has_offer:  # type: ignore[attr-defined]  # annotated
            wanted_later = True
        elif match.entry.pk not in passed:
            return match
    if not wanted_later:
        freed.delete()
    return None
