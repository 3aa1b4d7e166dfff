"""Which freed time suits whom on the waiting list. Each rule is one small function; all of them must hold.

In an organisation scope; ``wish_text`` and what is shown of one entry also in its patient's.
"""

from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, QuerySet

from appointments.enums import AppointmentStatus, OfferStatus, WaitingStatus
from appointments.models import (
    Absence,
    Appointment,
    BookingRules,
    CalendarReason,
    FreedTime,
    Occupancy,
    OpeningHours,
    RequiredResource,
    VisitReason,
    WaitingEntry,
    WaitingOffer,
)

from .availability import MAX_DAYS, free_slots
from .horizon import last_day

SHORTEST = timedelta(minutes=15)  # to answer: a shorter offer is none
NOON = 12
FREED_DAYS = 90  # how far a freed time without an end is looked into


@dataclass(frozen=True, slots=True)
class Wanted:
    """One entry and what its rules ask for."""

    entry: WaitingEntry
    zone: ZoneInfo
    now: datetime
    minutes: int  # that an offer stands
    notice: int = 0  # the reason's minimum notice, in minutes
    before: datetime | None = None  # the start of the appointment to be replaced
    offered: Set[tuple[int, datetime]] = frozenset()


@dataclass(frozen=True, slots=True)
class Start:
    calendar_id: int
    starts_at: datetime


def with_whom(wanted: Wanted, start: Start) -> bool:
    return not wanted.entry.calendar_ids or start.calendar_id in wanted.entry.calendar_ids


def on_day(wanted: Wanted, start: Start) -> bool:
    """Between the first and the last day, both included, as the clinic's calendar has them."""
    day, until = start.starts_at.astimezone(wanted.zone).date(), wanted.entry.until_day
    return wanted.entry.from_day <= day and (until is None or day <= until)


def at_half(wanted: Wanted, start: Start) -> bool:
    return not wanted.entry.half_days or half_day(start.starts_at, wanted.zone) in wanted.entry.half_days


def earlier(wanted: Wanted, start: Start) -> bool:
    return wanted.before is None or start.starts_at < wanted.before


def in_time(wanted: Wanted, start: Start) -> bool:
    """There is time to answer before the reason's minimum notice begins."""
    return offer_end(start.starts_at, wanted.notice, wanted.minutes, wanted.now) - wanted.now >= SHORTEST


def not_again(wanted: Wanted, start: Start) -> bool:
    """What was refused, or passed by, is not asked a second time."""
    return (start.calendar_id, start.starts_at) not in wanted.offered


RULES: tuple[Callable[[Wanted, Start], bool], ...] = (with_whom, on_day, at_half, earlier, in_time, not_again)


def suits(wanted: Wanted, start: Start) -> bool:
    return all(rule(wanted, start) for rule in RULES)


def half_day(moment: datetime, zone: ZoneInfo) -> int:
    """0 for a Monday morning, 1 for a Monday afternoon, … 13; by the clinic's clock."""
    local = moment.astimezone(zone)
    return local.weekday() * 2 + (local.hour >= NOON)


def offer_end(starts_at: datetime, notice: int, minutes: int, now: datetime) -> datetime:
    """Until when a time is kept: the clinic's length, but never past the reason's minimum notice."""
    return min(now + timedelta(minutes=minutes), starts_at - timedelta(minutes=notice))


def offer_minutes() -> int:
    """How long the scope's organisation keeps a time."""
    default = BookingRules._meta.get_field("offer_minutes").default
    return BookingRules.objects.values_list("offer_minutes", flat=True).first() or default


def replaced(entry: WaitingEntry, now: datetime) -> Appointment | None:
    """The appointment that an earlier one takes the place of; None when it was cancelled, or there is none."""
    found = entry.appointment
    if found is None or not entry.is_live or found.status != AppointmentStatus.BOOKED or found.starts_at <= now:
        return None
    return found


# Freed times ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Match:
    entry: WaitingEntry
    start: Start


def matches(freed: FreedTime, *, zone: ZoneInfo, now: datetime) -> Iterable[Match]:
    """Who would get which start of this time: entries in their order, each with the first start that suits.

    An entry with an open offer comes, too (``entry.has_offer``): it may want the time when it has answered. As many
    queries as reasons are waited for; none is made when nobody waits.
    """
    entries = list(_waiting_for(freed.resource_id))
    offered = _offered(entries, now)
    minutes = offer_minutes() if entries else 0
    starts: dict[int, Sequence[Start]] = {}
    for entry in entries:
        if entry.reason_id not in starts:
            starts[entry.reason_id] = _freed_starts(freed, entry.reason, zone, now)
        appointment = replaced(entry, now)
        wanted = Wanted(
            entry,
            zone,
            now,
            minutes,
            entry.reason.minimum_notice,
            before=appointment.starts_at if appointment else None,
            offered=offered.get(entry.pk, frozenset()),
        )
        first = next((start for start in starts[entry.reason_id] if suits(wanted, start)), None)
        if first:
            yield Match(entry, first)


def _waiting_for(resource_id: int) -> QuerySet[WaitingEntry]:
    """Entries whose reason this resource offers, or is needed for; the first in turn first."""
    offering = CalendarReason.objects.filter(calendar_id=resource_id).values("reason_id")
    needing = RequiredResource.objects.filter(resource_id=resource_id).values("requirement__reason_id")
    open_offers = WaitingOffer.objects.filter(entry=OuterRef("pk"), status=OfferStatus.OPEN)
    reasons = VisitReason.objects.filter(pk__in=offering.union(needing))
    return (
        WaitingEntry.objects.filter(status=WaitingStatus.WAITING, reason__in=list(reasons.values_list("pk", flat=True)))
        .select_related("reason", "appointment", "patient")
        .annotate(has_offer=Exists(open_offers))
    )


def _offered(entries: Sequence[WaitingEntry], now: datetime) -> dict[UUID, set[tuple[int, datetime]]]:
    """The times that each entry was offered before, and did not want or did not answer for."""
    answered = (OfferStatus.OPEN, OfferStatus.REFUSED, OfferStatus.SILENT)
    rows = WaitingOffer.objects.filter(entry__in=entries, starts_at__gt=now, status__in=answered)
    found: dict[UUID, set[tuple[int, datetime]]] = {}
    for entry_id, calendar_id, starts_at in rows.values_list("entry_id", "calendar_id", "starts_at"):
        found.setdefault(entry_id, set()).add((calendar_id, starts_at))
    return found


def _freed_starts(freed: FreedTime, reason: VisitReason, zone: ZoneInfo, now: datetime) -> list[Start]:
    """Free starts online whose visit, buffers included, lies in the freed time; in order of time."""
    offers = CalendarReason.objects.filter(
        reason=reason, calendar__is_active=True, calendar__is_online=True, reason__is_online=True
    )
    lasting = {row.calendar_id: row.duration or reason.duration for row in offers}
    if freed.resource_id in lasting:  # a calendar; a room may serve any of them
        lasting = {freed.resource_id: lasting[freed.resource_id]}
    local = now.astimezone(zone)
    end = freed.ends_at or now + timedelta(days=FREED_DAYS)
    first_day = max(local.date(), freed.starts_at.astimezone(zone).date())
    final_day = min(end.astimezone(zone).date(), last_day(reason, local), first_day + timedelta(days=MAX_DAYS - 1))
    if not lasting or final_day < first_day:
        return []
    found = free_slots(
        reason_id=reason.pk, calendar_ids=list(lasting), first_day=first_day, last_day=final_day, now=now
    )
    before, after = timedelta(minutes=reason.buffer_before), timedelta(minutes=reason.buffer_after)
    inside = [
        Start(calendar_id, start)
        for calendar_id, starts in found.items()
        for start in starts
        if start - before < end
        and freed.starts_at < start + timedelta(minutes=lasting[calendar_id]) + after
        and _in_block(start.astimezone(zone), freed.hours)
    ]
    return sorted(inside, key=lambda start: (start.starts_at, start.calendar_id))


def _in_block(local: datetime, hours: OpeningHours | None) -> bool:
    return hours is None or (local.isoweekday() == hours.weekday and hours.starts <= local.time() < hours.ends)


def lost_offers(offers: Iterable[WaitingOffer]) -> set[UUID]:
    """The ids of open offers whose time is not to be had any more: its hold is gone, or somebody is away then.

    Two queries. Also inside the patient's own scope.
    """
    offers = [offer for offer in offers if offer.status == OfferStatus.OPEN]
    if not offers:
        return set()
    held = set(Occupancy.objects.filter(hold_id__in=[offer.pk for offer in offers]).values_list("hold_id", flat=True))
    away = list(
        Absence.objects.filter(
            resource_id__in={offer.calendar_id for offer in offers}, ends_at__gt=min(o.starts_at for o in offers)
        ).values_list("resource_id", "starts_at", "ends_at")
    )
    return {
        offer.pk
        for offer in offers
        if offer.pk not in held
        or any(who == offer.calendar_id and a < offer.ends_at and offer.starts_at < b for who, a, b in away)
    }
