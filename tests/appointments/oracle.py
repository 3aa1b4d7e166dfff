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

from accounts.models import Organisation
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
    alternatives: dict[int, list[int]]

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
            alternatives={need.id: sorted(each.resource_id for each in need.alternatives.all()) for need in needs},
        )

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.clinic.time_zone)


@dataclass(frozen=True)
class Visit:
    """One start under test."""

    world: World
    calendar_id: int
    starts_at: datetime
    duration: timedelta

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
    return not is_taken(visit, visit.calendar_id)


def absence(visit: Visit) -> bool:
    return not any(
        meets((visit.starts_at, visit.ends_at), (row.starts_at, row.ends_at))
        for row in visit.world.absences
        if row.resource_id == visit.calendar_id
    )


def requirement(visit: Visit) -> bool:
    return all(free_alternatives(visit, need) for need in visit.world.alternatives)


def shared(visit: Visit) -> bool:
    return assignment(visit) is not None


RULES = (notice, busy, absence, requirement, shared)


def is_taken(visit: Visit, resource_id: int) -> bool:
    return any(
        meets(visit.buffered, (row.starts_at, row.ends_at))
        for row in visit.world.occupancy
        if row.resource_id == resource_id and (row.expires_at is None or row.expires_at > visit.world.now)
    )


def free_alternatives(visit: Visit, need: int) -> list[int]:
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


def blocks(world: World, calendar_id: int, day: date) -> list[tuple[datetime, datetime]]:
    """The day's blocks in which the reason may be booked."""
    if world.clinic.closed_on_holidays:
        if day in holidays.country_holidays("DE", subdiv=world.clinic.federal_state, years=day.year):
            return []
    today = world.now.astimezone(world.zone).date()
    if world.online and day > today + timedelta(days=world.reason.horizon):
        return []
    found = []
    for row in world.hours:
        reasons = {each.reason_id for each in world.allowed if each.hours_id == row.id}
        if (
            row.calendar_id == calendar_id
            and row.weekday == day.isoweekday()
            and row.valid_from <= day
            and (row.valid_until is None or day <= row.valid_until)
            and (row.is_online or not world.online)
            and (not reasons or world.reason.id in reasons)
        ):
            found.append((instant(world.zone, day, row.starts), instant(world.zone, day, row.ends)))
    return [(start, end) for start, end in found if start < end]


def is_open(blocks_of_day: list[tuple[datetime, datetime]], visit: Visit) -> bool:
    """Whether each minute of the visit lies in some block."""
    minute = visit.starts_at
    while minute < visit.ends_at:
        if not any(start <= minute < end for start, end in blocks_of_day):
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
        for start, end in of_day:
            moment = start
            while moment < end:
                visit = Visit(world, calendar_id, moment, duration)
                if is_open(of_day, visit):
                    yield visit
                moment += world.reason.step * MINUTE


def free_slots(world: World, calendar_id: int, first_day: date, last_day: date) -> list[datetime]:
    starts = {
        visit.starts_at
        for visit in visits(world, calendar_id, first_day, last_day)
        if all(rule(visit) for rule in RULES)
    }
    return sorted(starts)


def fit(world: World, calendar_id: int, starts_at: datetime) -> tuple | None:
    """Times and resources of one start, in the order of Fit's fields."""
    day = starts_at.astimezone(world.zone).date()
    for visit in visits(world, calendar_id, day, day):
        if visit.starts_at == starts_at and all(rule(visit) for rule in RULES):
            return (visit.starts_at, visit.ends_at, *visit.buffered, (calendar_id, *(assignment(visit) or ())))
    return None
