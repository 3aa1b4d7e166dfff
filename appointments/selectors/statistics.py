"""Figures of a clinic: bookings, use of opening hours, lead time, no-shows, cancellations, waiting time.

In the organisation's scope, five statements whatever there is to count (statistics_sql.py). Definitions and the test
of each: docs/statistics.md.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connections

from accounts.models import Organisation, Unit
from appointments.enums import Breakdown, Step
from appointments.models import Calendar, VisitReason
from doctolib.tenancy.scopes import require_scope

from . import statistics_sql
from .local_days import is_holiday, local_day
from .periods import DAY, Period

MEASURED = (
    ("lead", statistics_sql.LEAD, statistics_sql.HAS_LEAD),
    ("waiting", statistics_sql.WAITING, statistics_sql.HAS_WAITED),
)
LOOKED_BACK = timedelta(days=400)  # of bookings before the first visit: older ones are rare and cost more


class Quartiles(NamedTuple):
    """Of ``count`` values: the smallest that a quarter, a half, three quarters of them do not exceed."""

    count: int
    lower: int
    median: int
    upper: int


@dataclass(slots=True)
class Figures:
    """What is counted of one period, step, calendar, unit or reason. Times in minutes, lead in days."""

    booked: int = 0
    online: int = 0
    cancelled: int = 0
    by_patient: int = 0
    by_clinic: int = 0
    missed: int = 0
    due: int = 0  # whose time has come and that were not cancelled
    open: float | None = None  # None: no opening hours, or not asked
    used: float = 0.0
    lead: Quartiles | None = None
    waiting: Quartiles | None = None

    @property
    def by_phone(self) -> int:
        return self.booked - self.online

    @property
    def cancelled_share(self) -> float | None:
        return _share(self.cancelled, self.booked)

    @property
    def missed_share(self) -> float | None:
        return _share(self.missed, self.due)

    @property
    def online_share(self) -> float | None:
        return _share(self.online, self.booked)

    @property
    def utilisation(self) -> float | None:
        return _share(self.used, self.open)


Found = dict[tuple[str, int, bool], Figures]  # by part, its id, and whether it is the period before


def _share(part: float, whole: float | None) -> float | None:
    return part / whole if whole else None


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for. ``calendars``: all that may be counted, already narrowed down."""

    organisation: Organisation
    period: Period
    step: Step
    by: Breakdown
    calendars: Sequence[int]
    now: datetime
    reason: int | None = None


@dataclass(slots=True)
class Row:
    """One calendar, unit or reason."""

    id: int
    name: str
    now: Figures = field(default_factory=Figures)
    before: Figures = field(default_factory=Figures)


@dataclass(slots=True)
class Statistics:
    asked: Question
    now: Figures
    before: Figures
    steps: list[tuple[Period, Figures]]
    rows: list[Row]

    @property
    def is_empty(self) -> bool:
        return not (self.now.booked or self.before.booked)


def statistics(asked: Question) -> Statistics:
    """Everything that the page and the files show."""
    values = _values(asked)
    found: Found = defaultdict(Figures)
    _count(found, asked, values)
    _measure(found, asked, values)
    if asked.reason is None:
        _open(found, asked, values)
    steps = enumerate(asked.period.steps(asked.step), start=2)  # the first bucket is the period before
    rows = [each for each in _names(asked) if {("row", each[0], False), ("row", each[0], True)} & found.keys()]
    return Statistics(
        asked,
        now=found["all", 0, False],
        before=found["all", 0, True],
        steps=[(part, found["step", bucket, False]) for bucket, part in steps],
        rows=[Row(pk, name, found["row", pk, False], found["row", pk, True]) for pk, name in rows],
    )


def _count(found: Found, asked: Question, values: dict[str, Any]) -> None:
    statement = statistics_sql.counts(asked.by, one_reason=asked.reason is not None)
    for part, number, is_before, *counts in _ask(statement, values):
        for at, value in zip(fields(Figures), counts, strict=False):  # the first fields, in order
            setattr(found[part, number, is_before], at.name, value)


def _measure(found: Found, asked: Question, values: dict[str, Any]) -> None:
    for name, value, condition in MEASURED:
        statement = statistics_sql.quartiles(value, condition, asked.by, one_reason=asked.reason is not None)
        for part, number, is_before, *quartiles in _ask(statement, values):
            setattr(found[part, number, is_before], name, Quartiles(*quartiles))


def _open(found: Found, asked: Question, values: dict[str, Any]) -> None:
    for part, number, is_before, open_seconds, used_seconds in _ask(statistics_sql.open_time(asked.by), values):
        if part != "row" or asked.by != Breakdown.REASON:  # then its rows are calendars
            figures = found[part, number, is_before]
            figures.open, figures.used = open_seconds / 60, used_seconds / 60


def _ask(statement: str, values: dict[str, Any]) -> list[tuple]:
    """Not prepared: a plan for these dates is worth more here than the time to make it."""
    with connections[require_scope("organisation").database].cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def _values(asked: Question) -> dict[str, Any]:
    organisation, zone = asked.organisation, asked.organisation.zone
    before, period = asked.period.before, asked.period
    days = _days(before.first, period.last)
    local = [local_day(zone, day) for day in days]
    closed = organisation.closed_on_holidays
    since = before.first - LOOKED_BACK
    turns = [_instant(local_day(zone, day).midnight) for day in _days(since, period.last)]
    return {
        "calendars": list(asked.calendars),
        "reason": asked.reason,
        "now": asked.now,
        "zone": str(zone),
        "from_at": _instant(local[0].midnight),
        "period_at": _instant(local_day(zone, period.first).midnight),
        "to_at": _instant(local_day(zone, period.last + DAY).midnight),
        "buckets": [_instant(local_day(zone, each.first).midnight) for each in (before, *period.steps(asked.step))],
        "first_day": since,
        "turns_from": turns[0],
        "turns": turns,
        "days": days,
        "midnights": [float(day.midnight) for day in local],
        "jumps": [day.jump for day in local],
        "shifts": [day.shift for day in local],
        "holidays": [closed and is_holiday(organisation.federal_state, day) for day in days],
    }


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _instant(midnight: int) -> datetime:
    return datetime.fromtimestamp(midnight, UTC)


def _names(asked: Question) -> list[tuple[int, str]]:
    """What the rows are called, in the order of the calendar's own lists."""
    if asked.by == Breakdown.CALENDAR:
        found = Calendar.objects.filter(pk__in=asked.calendars).order_by(
            "unit__position", "unit__name_de", "unit_id", "position", "name", "id"
        )
        return [(each.pk, each.name) for each in found]
    if asked.by == Breakdown.UNIT:
        return [(each.pk, each.name) for each in Unit.objects.order_by("position", "name_de", "pk")]
    return [(each.pk, each.name) for each in VisitReason.objects.order_by("position", "name_de", "pk")]
