"""One calendar's opening hours as their editor shows them: a week drawn to scale, and every block in a list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import QuerySet
from django.utils.translation import get_language

from accounts.models import Organisation, User
from accounts.rights import rights_of
from appointments.models import Absence, Calendar, OpeningHours, Resource, VisitReason
from appointments.rules import may_set_absences, may_set_hours
from doctolib.tenancy.scopes import require_scope

from .blocks import is_extra, is_open
from .calendar import Span, holidays_in, span_text
from .visible import visible_calendars

FIRST_HOUR, LAST_HOUR = 7, 19  # drawn at least


@dataclass(frozen=True, slots=True)
class Drawn:
    """A block in a column; hours and minutes are what style sheets place it by."""

    block: OpeningHours

    @property
    def places(self) -> str:
        starts, ends = self.block.starts, self.block.ends
        return f"from-h-{starts.hour} from-m-{starts.minute} to-h-{ends.hour} to-m-{ends.minute}"


@dataclass(frozen=True, slots=True)
class Column:
    day: date
    holiday: str
    is_today: bool
    drawn: tuple[Drawn, ...]


@dataclass(frozen=True, slots=True)
class Week:
    title: str
    columns: tuple[Column, ...]
    first_hour: int
    last_hour: int

    @property
    def hours(self) -> range:
        return range(self.first_hour, self.last_hour)

    @property
    def previous(self) -> date:
        return self.columns[0].day - timedelta(days=7)

    @property
    def next(self) -> date:
        return self.columns[0].day + timedelta(days=7)


def blocks_of(calendar: Calendar) -> list[OpeningHours]:
    """All blocks with their reasons, by weekday and time. Two queries and one for the reasons."""
    return list(
        OpeningHours.objects.filter(calendar=calendar)
        .select_related("site")
        .prefetch_related("allowed__reason")
        .order_by("weekday", "starts", "valid_from", "pk")
    )


def week_of(organisation: Organisation, blocks: Sequence[OpeningHours], monday: date, *, today: date) -> Week:
    span = Span(monday, monday + timedelta(days=6), organisation.zone)
    closed = holidays_in(organisation, span)
    columns = []
    for day in span.days:
        holiday = closed.get(day.isoformat(), "")
        shown = [block for block in blocks if is_open(block, day, is_holiday=bool(holiday))]
        columns.append(Column(day, holiday, day == today, tuple(map(Drawn, sorted(shown, key=_by_start)))))
    times = [block for column in columns for block in (drawn.block for drawn in column.drawn)]
    first = min([FIRST_HOUR, *(block.starts.hour for block in times)])
    last = max([LAST_HOUR, *(block.ends.hour + bool(block.ends.minute) for block in times)])
    return Week(span_text(span), tuple(columns), first, last)


def _by_start(block: OpeningHours) -> time:
    return block.starts


@dataclass(frozen=True, slots=True)
class BlockList:
    """Blocks of every week and of one day that count or will, and those that are over."""

    weekly: list[OpeningHours]
    extra: list[OpeningHours]
    over: list[OpeningHours]


def block_list(blocks: Sequence[OpeningHours], *, today: date) -> BlockList:
    live = [block for block in blocks if block.valid_until is None or block.valid_until >= today]
    extra = sorted((block for block in live if is_extra(block)), key=lambda each: (each.valid_from, each.starts))
    over = [block for block in blocks if block not in live]
    return BlockList(
        [block for block in live if not is_extra(block)],
        extra,
        sorted(over, key=lambda each: (each.valid_until or date.max, each.starts), reverse=True),
    )


def reasons_of(calendar: Calendar) -> list[VisitReason]:
    """The reasons that a calendar offers, by name."""
    name = "name_en" if (get_language() or "de").startswith("en") else "name_de"
    reasons = VisitReason.objects.filter(is_archived=False, offers__calendar=calendar).select_related("unit")
    return list(reasons.order_by("position", name, "pk"))


# Whom it may be set for ----------------------------------------------------------------------------------------------


def settable_calendars(user: User) -> list[Calendar]:
    """The calendars whose hours the user may set."""
    return [calendar for calendar in _seen(user) if may_set_hours(user, calendar)]


def settable_resources(user: User) -> list[Resource]:
    """Whose absences the user may enter: calendars by right, rooms and devices for administrators."""
    calendars: list[Resource] = [calendar for calendar in _seen(user) if may_set_absences(user, calendar)]
    organisation_id = require_scope("organisation").organisation_id
    if not rights_of(user, organisation_id).is_administrator:
        return calendars
    others = Resource.objects.filter(is_active=True).exclude(kind="calendar")
    return [*calendars, *others.select_related("unit").order_by("kind", "position", "name", "id")]


def _seen(user: User) -> QuerySet[Calendar]:
    calendars = visible_calendars(user).select_related("unit", "site")
    return calendars.order_by("unit__position", "unit__name_de", "unit_id", "position", "name", "id")


def absences_of(resource_ids: Sequence[int], *, now: datetime, past: bool = False) -> QuerySet[Absence]:
    """Their absences with names of resources: those that last or come, or those that are over (the newest first)."""
    rows = Absence.objects.filter(resource_id__in=resource_ids).select_related("resource")
    if past:
        return rows.filter(ends_at__lte=now).order_by("-starts_at", "resource_id")
    return rows.filter(ends_at__gt=now).order_by("starts_at", "resource_id")
