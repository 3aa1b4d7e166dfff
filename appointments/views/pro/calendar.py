"""Day, week and list."""

from datetime import datetime
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.rights import rights_of
from accounts.staff import staff_page
from appointments.enums import Origin
from appointments.selectors.calendar import calendar_data, slot_minutes

from .calendar_words import grid_addresses, grid_words
from .page import CalendarPage, page_of

GRID_VIEWS = {"week": "timeGridWeek", "day": "resourceTimeGridDay"}


@staff_page
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """The day view; on a narrow screen the script goes on to the list."""
    return _grid(request, "day", is_start="calendars" not in request.GET)


@staff_page
@require_safe
def day(request: HttpRequest) -> HttpResponse:
    return _grid(request, "day")


@staff_page
@require_safe
def week(request: HttpRequest) -> HttpResponse:
    return _grid(request, "week")


@staff_page
@require_safe
def as_list(request: HttpRequest) -> HttpResponse:
    """The same appointments as a table: works without scripts, on phones, at 400 %."""
    page = page_of(request, "list")
    data = _data(request, page)
    return _render(request, "pro/list.html", page, {"days": _table(page, data), "count": len(data["events"])})


def _grid(request: HttpRequest, view: str, *, is_start: bool = False) -> HttpResponse:
    page = page_of(request, view)
    setup = {
        "view": GRID_VIEWS[view],
        "date": page.day.isoformat(),
        "today": page.today.isoformat(),
        "days": page.days,
        "slot": slot_minutes(page.calendar_ids),
        "offset": _offset(page),
        "narrow": page.address(view="list") if is_start else "",
        "calendars": [
            {
                "id": calendar.pk,
                "name": calendar.name,
                "unit": calendar.unit.name,
                "short": calendar.practitioner.last_name if calendar.practitioner else calendar.name,
                "practitioner": str(calendar.practitioner or ""),
                "edge": calendar.edge,
            }
            for calendar in page.chosen
        ],
        "addresses": grid_addresses(),
        "words": grid_words(),
    }
    return _render(request, "pro/calendar.html", page, {"setup": setup, "data": _data(request, page)})


def _render(request: HttpRequest, template: str, page: CalendarPage, context: dict[str, Any]) -> HttpResponse:
    shared = {"page": page, "section": "calendar", "organisation": page.organisation}
    return render(request, template, {**shared, **context}, status=400 if page.wrong_day else 200)


def _data(request: HttpRequest, page: CalendarPage) -> dict[str, Any]:
    data = calendar_data(
        organisation=page.organisation,
        calendar_ids=page.calendar_ids,
        span=page.span,
        now=timezone.now(),
        rights=rights_of(request.user, page.organisation.pk),
    )
    return {"title": page.title, **data}


def _offset(page: CalendarPage) -> str:
    """The zone's offset now, for the line that shows the time: ``+01:00``."""
    text = timezone.now().astimezone(page.organisation.zone).strftime("%z")
    return f"{text[:3]}:{text[3:5]}"


def _table(page: CalendarPage, data: dict[str, Any]) -> list[dict[str, Any]]:
    """The list's rows by day: each appointment with everything that its card says."""
    calendars = {calendar.pk: calendar for calendar in page.chosen}
    rows = []
    for event in data["events"]:
        calendar, reason = calendars[event["calendar"]], data["reasons"].get(event["reason"], {})
        rows.append(
            {
                "id": event["id"],
                "day": event["start"][:10],
                "starts": datetime.fromisoformat(event["start"]),
                "ends": datetime.fromisoformat(event["end"]),
                "name": event["name"],
                "birth_date": _birth_date(event["born"]),
                "reason": reason.get("name", ""),
                "part": event.get("part", ""),
                "calendar": calendar.name,
                "rooms": ", ".join(data["rooms"][room] for room in event["rooms"] if room in data["rooms"]),
                "status": event["status"],
                "online": event["origin"] == Origin.ONLINE,
            }
        )
    by_day = {day: list(group) for day, group in groupby(rows, key=lambda row: row["day"])}
    return [
        {"day": day, "rows": by_day.get(day.isoformat(), []), "holiday": data["holidays"].get(day.isoformat(), "")}
        for day in page.span.days
    ]


def _birth_date(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
