"""Free times the slow way: plain Python that asks each rule about each start, to compare the statement with.

It shares nothing with appointments.selectors: no ranges, no SQL, its own idea of local time (it looks at the clock
minute by minute). Rows are read with the ORM in the organisation's scope.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import holidays

from accounts.models import Organisation, TravelTime
from appointments import models

MINUTE = timedelta(minutes=1)


@dataclass
class World:
    """Everything that one question is about."""

    clinic: Organisation
    now: datetime
    online: bool
    reason: models.VisitReason
    offers: list[models.CalendarReason]
    resources: dict[int, models.Resource]
    hours: list[models.OpeningHours]
    allowed: list[models.OpeningHoursReason]
    absences: list[models.Absence]
    occupancy: list[models.Occupancy]
    alternatives: dict[tuple[int, int], list[int]]  # of each of the pieces of a requirement
    travel: dict[frozenset[int], timedelta]

    @classmethod
    def read(cls, clinic: Organisation, reason_id: int, now: datetime, online: bool) -> "World":
        needs = models.Requirement.objects.filter(reason_id=reason_id).order_by("id").prefetch_related("alternatives")
        return cls(
            clinic=clinic,
            now=now,
            online=online,
            reason=models.VisitReason.objects.get(pk=reason_id),
            offers=list(models.CalendarReason.objects.filter(reason_id=reason_id)),
            resources={row.id: row for row in models.Resource.objects.all()},
            hours=list(models.OpeningHours.objects.all()),
            allowed=list(models.OpeningHoursReason.objects.all()),
            absences=list(models.Absence.objects.all()),
            occupancy=list(models.Occupancy.objects.all()),
            alternatives={
                (need.id, piece): sorted(each.resource_id for each in need.alternatives.all())
                for need in needs
                for piece in range(need.quantity)
            },
            travel={frozenset((way.site_id, way.other_id)): way.minutes * MINUTE for way in TravelTime.objects.all()},
        )

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.clinic.time_zone)


@dataclass(frozen=True)
class Block:
    """One day's block of opening hours in which the reason may be booked."""

    row: models.OpeningHours
    site_id: int
    day: date
    starts_at: datetime
    ends_at: datetime
    share: int | None


@dataclass(frozen=True)
class Visit:
    """One start under test."""

    world: World
    calendar_id: int
    starts_at: datetime
    duration: timedelta
    block: Block
    place: int  # in the block's grid, from 0

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + self.duration

    @property
    def buffered(self) -> tuple[datetime, datetime]:
        before, after = self.world.reason.buffer_before, self.world.reason.buffer_after
        return self.starts_at - before * MINUTE, self.ends_at + after * MINUTE


# Rules


def notice(visit: Visit) -> bool:
    minutes = visit.world.reason.minimum_notice if visit.world.online else 0
    return visit.starts_at >= visit.world.now + minutes * MINUTE


def busy(visit: Visit) -> bool:
    return joins(visit) or not is_taken(visit, visit.calendar_id)


def joins(visit: Visit) -> bool:
    """Whether a group begins then that has a place left, and nothing else is in the way."""
    mates = same_reason(visit)
    others = [row for row in live(visit.world, visit.calendar_id) if row.reason_id != visit.world.reason.id]
    here = [row for row in mates if row.starts_at == visit.buffered[0]]
    return 0 < len(here) < visit.world.reason.capacity and not any(in_the_way(visit, row) for row in others)


def late(visit: Visit) -> bool:
    share, row = visit.block.row.late_share, visit.block.row
    held_back = (visit.place + 1) * share // 100 > visit.place * share // 100
    is_late = visit.starts_at <= visit.world.now + timedelta(hours=row.late_hours)
    return not visit.world.online or not held_back or is_late


def share(visit: Visit) -> bool:
    block = visit.block
    if block.share is None or not visit.world.online:
        return True
    before = visit.world.reason.buffer_before * MINUTE
    starts = {row.starts_at + before for row in same_reason(visit)}
    inside = [start for start in starts if block.starts_at <= start < block.ends_at]
    return (len(inside) + 1) * visit.duration * 100 <= block.share * (block.ends_at - block.starts_at)


def daily(visit: Visit) -> bool:
    offer = next(offer for offer in visit.world.offers if offer.calendar_id == visit.calendar_id)
    before = visit.world.reason.buffer_before * MINUTE
    days = [(row.starts_at + before).astimezone(visit.world.zone).date() for row in same_reason(visit)]
    return not visit.world.online or offer.most_a_day is None or days.count(visit.block.day) < offer.most_a_day


def absence(visit: Visit) -> bool:
    return not any(
        meets((visit.starts_at, visit.ends_at), (row.starts_at, row.ends_at))
        for row in visit.world.absences
        if row.resource_id == visit.calendar_id
    )


def requirement(visit: Visit) -> bool:
    return joins(visit) or all(free_alternatives(visit, need) for need in visit.world.alternatives)


def shared(visit: Visit) -> bool:
    return joins(visit) or assignment(visit) is not None


RULES = (notice, busy, late, share, daily, absence, requirement, shared)


def is_taken(visit: Visit, resource_id: int) -> bool:
    return any(in_the_way(visit, row) for row in live(visit.world, resource_id))


def live(world: World, resource_id: int) -> list[models.Occupancy]:
    return [
        row
        for row in world.occupancy
        if row.resource_id == resource_id and (row.expires_at is None or row.expires_at > world.now)
    ]


def same_reason(visit: Visit) -> list[models.Occupancy]:
    return [row for row in live(visit.world, visit.calendar_id) if row.reason_id == visit.world.reason.id]


def in_the_way(visit: Visit, row: models.Occupancy) -> bool:
    """Whether it overlaps, the way from its site included; a room does not travel."""
    way = timedelta(0)
    if row.resource_id == visit.calendar_id:
        way = visit.world.travel.get(frozenset((row.site_id, visit.block.site_id)), way)
    return meets(visit.buffered, (row.starts_at - way, row.ends_at + way))


def free_alternatives(visit: Visit, need: tuple[int, int]) -> list[int]:
    def is_free(resource_id: int) -> bool:
        resource = visit.world.resources[resource_id]
        absences = [row for row in visit.world.absences if row.resource_id == resource_id]
        return (
            resource.is_active
            and resource.kind != "calendar"
            and not is_taken(visit, resource_id)
            and not any(meets(visit.buffered, (row.starts_at, row.ends_at)) for row in absences)
        )

    return [resource_id for resource_id in visit.world.alternatives[need] if is_free(resource_id)]


def assignment(visit: Visit) -> tuple[int, ...] | None:
    """The first choice of different alternatives, lowest ids first."""
    choices = [free_alternatives(visit, need) for need in visit.world.alternatives]
    return next((each for each in itertools.product(*choices) if len(set(each)) == len(each)), None)


def meets(one: tuple[datetime, datetime], other: tuple[datetime, datetime]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


# Opening hours


def instant(zone: ZoneInfo, day: date, clock: time) -> datetime:
    """A local time that exists twice is the second; one that does not exist is the moment of the jump."""
    wanted = datetime.combine(day, clock)
    second = wanted.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if second.astimezone(zone).replace(tzinfo=None, fold=0) == wanted:
        return second
    moment = datetime.combine(day - timedelta(days=1), time(12), tzinfo=zone).astimezone(UTC)
    while moment.astimezone(zone).replace(tzinfo=None, fold=0) < wanted:
        moment += MINUTE
    return moment


def last_day(world: World) -> date:
    """The last day of the horizon: a day that has not opened yet counts as the one before."""
    local, reason = world.now.astimezone(world.zone), world.reason
    today = local.date()
    if reason.opens_at is not None and local.time() < reason.opens_at:
        today -= timedelta(days=1)
    if reason.horizon_unit == "months":
        month = today.month + reason.horizon  # counted from 0: the month after the last one
        return date(today.year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    return today + timedelta(days=reason.horizon * (7 if reason.horizon_unit == "weeks" else 1))


def blocks(world: World, calendar_id: int, day: date) -> list[Block]:
    """The day's blocks in which the reason may be booked."""
    is_holiday = world.clinic.closed_on_holidays and day in holidays.country_holidays(
        "DE", subdiv=world.clinic.federal_state, years=day.year
    )
    if world.online and day > last_day(world):
        return []
    found = []
    for row in world.hours:
        shares = {each.reason_id: each.share for each in world.allowed if each.hours_id == row.id}
        weeks = (monday(day) - monday(row.valid_from)).days // 7
        if (
            row.calendar_id == calendar_id
            and row.weekday == day.isoweekday()
            and row.valid_from <= day
            and (row.valid_until is None or day <= row.valid_until)
            and weeks % row.every_weeks == 0
            and (row.on_holidays or not is_holiday)
            and (row.is_online or not world.online)
            and (not shares or world.reason.id in shares)
        ):
            site_id = row.site_id or world.resources[calendar_id].site_id
            times = instant(world.zone, day, row.starts), instant(world.zone, day, row.ends)
            found.append(Block(row, site_id, day, *times, shares.get(world.reason.id)))
    return [block for block in found if block.starts_at < block.ends_at]


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def is_open(blocks_of_day: list[Block], visit: Visit) -> bool:
    """Whether each minute of the visit lies in some block at its site."""
    minute = visit.starts_at
    while minute < visit.ends_at:
        if not any(
            block.starts_at <= minute < block.ends_at and block.site_id == visit.block.site_id
            for block in blocks_of_day
        ):
            return False
        minute += MINUTE
    return True


def visits(world: World, calendar_id: int, first_day: date, last_day: date) -> Iterator[Visit]:
    """Every start on the grid of a block, whatever the rules say."""
    offer = next((offer for offer in world.offers if offer.calendar_id == calendar_id), None)
    calendar = world.resources.get(calendar_id)
    if offer is None or calendar is None or calendar.kind != "calendar" or not calendar.is_active:
        return
    if world.online and not (calendar.is_online and world.reason.is_online):
        return
    duration = (offer.duration or world.reason.duration) * MINUTE
    for number in range((last_day - first_day).days + 1):
        of_day = blocks(world, calendar_id, first_day + timedelta(days=number))
        for block in of_day:
            moment, place = block.starts_at, 0
            while moment < block.ends_at:
                visit = Visit(world, calendar_id, moment, duration, block, place)
                if is_open(of_day, visit):
                    yield visit
                moment += world.reason.step * MINUTE
                place += 1


def free_slots(world: World, calendar_id: int, first_day: date, last_day: date) -> list[datetime]:
    starts = {
        visit.starts_at
        for visit in visits(world, calendar_id, first_day, last_day)
        if all(rule(visit) for rule in RULES)
    }
    return sorted(starts)


def fit(world: World, calendar_id: int, starts_at: datetime) -> tuple | None:
    """Times and resources of one start, in the order of Fit's fields; where two sites offer it, of the lower id."""
    day = starts_at.astimezone(world.zone).date()
    found = []
    for visit in visits(world, calendar_id, day, day):
        if visit.starts_at == starts_at and all(rule(visit) for rule in RULES):
            resources = group(visit) if joins(visit) else (calendar_id, *(assignment(visit) or ()))
            times = (visit.starts_at, visit.ends_at, *visit.buffered)
            found.append((*times, resources, visit.block.site_id, lane(visit, resources) if joins(visit) else 0))
    return min(found, key=lambda each: each[5], default=None)


def group(visit: Visit) -> tuple[int, ...]:
    """What the group takes: the calendar first, then its rooms."""
    here = [row for row in same_reason(visit) if row.starts_at == visit.buffered[0]]
    taken = {
        row.resource_id
        for row in visit.world.occupancy
        if row.starts_at == visit.buffered[0]
        and any(
            (row.hold_id and row.hold_id == one.hold_id)
            or (row.appointment_id and row.appointment_id == one.appointment_id)
            for one in here
        )
    }
    return (visit.calendar_id, *sorted(taken - {visit.calendar_id}))


def lane(visit: Visit, resources: tuple[int, ...]) -> int:
    used = {
        row.lane
        for row in visit.world.occupancy
        if row.resource_id in resources and meets(visit.buffered, (row.starts_at, row.ends_at))
    }
    return next(number for number in itertools.count() if number not in used)
