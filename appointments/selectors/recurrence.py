"""The dates of a series: every n days, or every n weeks on some weekdays; the local time stays when clocks change."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from appointments.enums import SeriesUnit

from .local_days import local_day

MOST_DATES = 104
LONGEST = timedelta(days=732)  # from the first date to the last one


class TooManyDates(ValueError):
    """More than MOST_DATES."""


class TooLong(ValueError):
    """The last date is more than LONGEST after the first one."""


@dataclass(frozen=True, slots=True)
class Rule:
    """``weekdays`` (ISO: Monday is 1) belong to weeks, which are counted from the week of ``first_day``. Either
    ``count`` dates, or until a day (included). The first day is a date only if its weekday is one of them."""

    every: int
    unit: SeriesUnit
    first_day: date
    weekdays: tuple[int, ...] = ()
    count: int | None = None
    until: date | None = None

    def __post_init__(self) -> None:
        if (self.count is None) == (self.until is None):
            raise ValueError("A series ends by a count or by a day.")
        if self.every < 1 or (self.unit == SeriesUnit.WEEKS) != bool(self.weekdays):
            raise ValueError("Every n days, or every n weeks on some weekdays.")


def days_of(rule: Rule) -> list[date]:
    """Ascending; empty when no such day comes before the end. Raises TooManyDates, TooLong."""
    if rule.count is not None and rule.count > MOST_DATES:
        raise TooManyDates
    found: list[date] = []
    last = rule.first_day + LONGEST
    for day in _candidates(rule):
        if len(found) == rule.count or (rule.until is not None and day > rule.until):
            return found
        if day > last:
            raise TooLong
        if len(found) == MOST_DATES:
            raise TooManyDates
        found.append(day)
    return found


def _candidates(rule: Rule):
    """Without end; every step comes nearer to what ends it."""
    if rule.unit == SeriesUnit.DAYS:
        day = rule.first_day
        while True:
            yield day
            day += timedelta(days=rule.every)
    monday = rule.first_day - timedelta(days=rule.first_day.weekday())
    while True:
        for weekday in sorted(set(rule.weekdays)):
            day = monday + timedelta(days=weekday - 1)
            if day >= rule.first_day:
                yield day
        monday += timedelta(weeks=rule.every)


def instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """The moment (UTC) of a local time. One that does not exist that day stands for the moment when clocks go
    forward, one that exists twice for the second (local_days.py)."""
    second = clock.hour * 3600 + clock.minute * 60 + clock.second
    return datetime.fromtimestamp(local_day(zone, day).instant(second), UTC)


def starts_of(rule: Rule, clock: time, zone: ZoneInfo) -> list[datetime]:
    """The instants (UTC) of all dates. Raises TooManyDates, TooLong."""
    return [instant(day, clock, zone) for day in days_of(rule)]


def shifted(starts_at: datetime, *, days: int, minutes: int, zone: ZoneInfo) -> datetime:
    """Another day and another local time, as far from the old ones by calendar and clock: 9:00 stays 9:00 when only
    days are shifted, whatever clocks did in between."""
    local = starts_at.astimezone(zone).replace(tzinfo=None) + timedelta(days=days, minutes=minutes)
    return instant(local.date(), local.time(), zone)
