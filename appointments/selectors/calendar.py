"""What the calendar shows: appointments with names, other taken times, hours, absences, holidays.

Everything runs in an organisation scope, in a constant number of queries.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from operator import itemgetter
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import holidays
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils.formats import date_format
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from psycopg.types.numeric import Int8

from accounts.models import Organisation
from accounts.rights import NO_RIGHTS, Rights
from appointments.enums import OccupancyStatus, ResourceKind
from appointments.models import Absence, CalendarReason, Occupancy, OpeningHours, VisitReason
from doctolib import prepared

from .blocks import is_open
from .calendar_events import LocalTimes, appointments_in, raw_rows
from .calendar_rooms import in_rooms
from .local_days import COUNTRY

ONE_DAY = timedelta(days=1)
HOURS = """
calendar_id = ANY ($1) AND (valid_until IS NULL OR valid_until >= $2) AND valid_from <= $3 ORDER BY starts"""
SLOTS = (15, 10, 5)  # minutes a row of the grid may stand for


@dataclass(frozen=True, slots=True)
class Span:
    """Days of an organisation's calendar, both included, and the instants they begin and end at."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def begins(self) -> datetime:
        return datetime.combine(self.first, time.min, self.zone)

    @property
    def ends(self) -> datetime:
        return datetime.combine(self.last + ONE_DAY, time.min, self.zone)

    @property
    def days(self) -> list[date]:
        return [self.first + ONE_DAY * n for n in range((self.last - self.first).days + 1)]


def span_text(span: Span) -> str:
    """``Montag, 23. November 2026``, or for several days ``23. bis 29. November 2026, KW 48``."""
    if span.first == span.last:
        return date_format(span.first, pgettext("date format: weekday, day, month, year", "l j F Y"))
    year, month = span.first.year != span.last.year, span.first.month != span.last.month
    if year:
        first = date_format(span.first, pgettext("date format: day, month, year", "j F Y"))
    elif month:
        first = date_format(span.first, pgettext("date format: day and month", "j F"))
    else:
        first = date_format(span.first, pgettext("date format: day of a month", "j"))
    return _("%(first)s to %(last)s, week %(week)d") % {
        "first": first,
        "last": date_format(span.last, pgettext("date format: day, month, year", "j F Y")),
        "week": span.first.isocalendar().week,
    }


def rooms_of_appointments(span: Span) -> tuple[dict[str, list[int]], dict[int, str]]:
    """Rooms and devices of appointments in the span: resource ids by appointment id, and their names. One query."""
    found: dict[str, list[int]] = defaultdict(list)
    names: dict[int, str] = {}
    rows = raw_rows(
        Occupancy.objects.filter(
            resource__kind__in=(ResourceKind.ROOM, ResourceKind.DEVICE),
            appointment__isnull=False,
            starts_at__gt=span.begins - ONE_DAY,
            starts_at__lt=span.ends,
            ends_at__gt=span.begins,
        )
        .order_by("resource_id")
        .values_list(Cast("appointment_id", TextField()), "resource_id", "resource__name")
    )
    for appointment, resource, name in rows:
        found[appointment].append(resource)
        names[resource] = name
    return found, names


def blocks_in(resource_ids: Sequence[int], span: Span, *, now: datetime) -> list[dict[str, Any]]:
    """Times of these calendars, rooms and devices that are taken without an appointment: live holds, blocks, the
    hospital's own system."""
    local = LocalTimes(span.zone)
    rows = (
        Occupancy.objects.filter(
            Q(expires_at__isnull=True) | Q(expires_at__gt=now),
            resource_id__in=resource_ids,
            appointment__isnull=True,
            starts_at__gt=span.begins - ONE_DAY,
            starts_at__lt=span.ends,
            ends_at__gt=span.begins,
        )
        .order_by("starts_at", "id")
        .values_list("id", "resource_id", "starts_at", "ends_at", "status", "expires_at")
    )
    return [
        {
            "id": f"block-{id}",
            "calendar": resource,
            "start": local.of(starts),
            "end": local.of(ends),
            "status": status,
            "until": local.of(expires)[11:] if status == OccupancyStatus.HELD else "",
        }
        for id, resource, starts, ends, status, expires in rows
    ]


def hours_in(calendar_ids: Sequence[int], span: Span, closed: Iterable[str] = ()) -> dict[int, dict[str, list]]:
    """Opening hours by calendar and day: [["08:00", "12:00"], …]; on ``closed`` days those of public holidays. One
    query."""
    by_weekday = defaultdict(list)
    asked = [[Int8(calendar) for calendar in calendar_ids], span.first, span.last]
    for block in prepared.fetch(OpeningHours, HOURS, asked):
        by_weekday[block.weekday].append((block, [f"{block.starts:%H:%M}", f"{block.ends:%H:%M}"]))
    found: dict[int, dict[str, list]] = {calendar: {} for calendar in calendar_ids}
    shut = set(closed)
    for day in span.days:
        text = day.isoformat()
        for block, times in by_weekday[day.isoweekday()]:
            if is_open(block, day, is_holiday=text in shut):
                found[block.calendar_id].setdefault(text, []).append(times)
    return found


def absences_in(resource_ids: Sequence[int], span: Span) -> list[dict[str, Any]]:
    """Absences of these calendars, rooms and devices that touch the span, with their notes. One query."""
    rows = Absence.objects.filter(
        resource_id__in=resource_ids, ends_at__gt=span.begins, starts_at__lt=span.ends
    ).order_by("starts_at")
    local = LocalTimes(span.zone)
    return [
        {
            "id": f"absence-{row.pk}",
            "calendar": row.resource_id,
            "start": local.of(max(row.starts_at, span.begins)),
            "end": local.of(min(row.ends_at, span.ends)),
            "note": row.note or "",
        }
        for row in rows
    ]


def holidays_in(organisation: Organisation, span: Span) -> dict[str, str]:
    """Public holidays of the organisation's federal state on which it is closed: names by day. No query."""
    if not organisation.closed_on_holidays:
        return {}
    language = "en_US" if (get_language() or "de").startswith("en") else "de"
    found = {}
    for day in span.days:
        name = holiday_names(organisation.federal_state, day.year, language).get(day)
        if name:
            found[day.isoformat()] = name
    return found


@lru_cache(maxsize=256)
def holiday_names(federal_state: str, year: int, language: str) -> dict[date, str]:
    return dict(holidays.country_holidays(COUNTRY, subdiv=federal_state, years=year, language=language))


def reasons() -> dict[int, dict[str, str]]:
    """What cards need of the organisation's visit reasons. One query."""
    return {
        row.pk: {"name": row.name, "code": row.code, "edge": row.edge}
        for row in VisitReason.objects.only("name_de", "name_en", "code", "edge").order_by()
    }


def calendar_data(
    *,
    organisation: Organisation,
    calendar_ids: Sequence[int],
    span: Span,
    now: datetime,
    equipment_ids: Sequence[int] = (),
    rights: Rights = NO_RIGHTS,
) -> dict[str, Any]:
    """All that a view of the calendar shows for these days, ready for JSON. Six queries, however many rows, and two
    more with rooms and devices as columns.

    ``rights``: the reader's; they say what may be changed, and whose visits in a room are shown.
    """
    resource_ids = [*calendar_ids, *equipment_ids]
    taken, rooms = rooms_of_appointments(span)
    events = appointments_in(calendar_ids, span, rights=rights)
    others, occupied = in_rooms(equipment_ids, span, rights=rights, besides=set(calendar_ids))
    if others:
        events = sorted([*events, *others], key=itemgetter("start", "calendar", "id"))
    for event in events:
        event["rooms"] = taken.get(event["id"], ())
    public_holidays = holidays_in(organisation, span)
    return {
        "from": span.first.isoformat(),
        "to": (span.last + ONE_DAY).isoformat(),
        "events": events,
        "blocks": [*blocks_in(resource_ids, span, now=now), *occupied],
        "hours": hours_in(calendar_ids, span, public_holidays),
        "absences": absences_in(resource_ids, span),
        "holidays": public_holidays,
        "reasons": reasons(),
        "rooms": rooms,
        "levels": {calendar: int(rights.on(calendar)) for calendar in calendar_ids},
    }


def slot_minutes(calendar_ids: Sequence[int]) -> int:
    """How many minutes a row of the grid stands for: as long as the shortest visit, at most 15. One query."""
    offers = CalendarReason.objects.filter(calendar_id__in=calendar_ids)
    shortest = min(
        (own or usual for own, usual in offers.values_list("duration", "reason__duration")), default=SLOTS[0]
    )
    return next((slot for slot in SLOTS if slot <= shortest), SLOTS[-1])


def rooms_of(appointment_id: UUID) -> list[str]:
    """The names of one appointment's rooms and devices."""
    return list(_equipment([appointment_id]).values_list("resource__name", flat=True))


def room_ids_of(appointment_id: UUID) -> list[int]:
    return room_ids([appointment_id])[appointment_id]


def room_ids(appointment_ids: Collection[UUID]) -> dict[UUID, list[int]]:
    """The rooms and devices of each of these appointments. One query."""
    found: dict[UUID, list[int]] = {each: [] for each in appointment_ids}
    for appointment, resource in _equipment(appointment_ids).values_list("appointment_id", "resource_id"):
        found[appointment].append(resource)
    return found


def _equipment(appointment_ids: Collection[UUID]) -> QuerySet[Occupancy]:
    rows = Occupancy.objects.filter(appointment_id__in=appointment_ids)
    return rows.exclude(resource__kind=ResourceKind.CALENDAR).order_by("resource_id")
