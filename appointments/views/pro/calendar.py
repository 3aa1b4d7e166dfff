"""Day, work week, week and list."""

from datetime import datetime
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.rights import Rights, rights_of
from accounts.staff import staff_page
from appointments.enums import CalendarView, Origin
from appointments.models import Resource
from appointments.selectors.calendar import calendar_data, slot_minutes
from appointments.selectors.calendar_rooms import OCCUPIED
from appointments.services.staff.chosen import is_open

from .calendar_words import grid_addresses, grid_words
from .colours import edge_of, legend
from .live import live_tag
from .page import CalendarPage, page_of

GRID_VIEWS = {
    CalendarView.DAY: "resourceTimeGridDay",
    CalendarView.WORK_WEEK: "timeGridWeek",
    CalendarView.WEEK: "timeGridWeek",
}
WEEKEND = [0, 6]  # as EventCalendar counts days


@staff_page
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """The day, on a narrow screen the list (the script goes there); a saved selection in its own view."""
    page = page_of(request, CalendarView.DAY)
    if page.choice and page.choice.selection.view != CalendarView.DAY:
        return HttpResponseRedirect(page.address(view=page.choice.selection.view))
    return _grid(request, page, is_start="calendars" not in request.GET)


@staff_page
@require_safe
def day(request: HttpRequest) -> HttpResponse:
    return _grid(request, page_of(request, CalendarView.DAY))


@staff_page
@require_safe
def work_week(request: HttpRequest) -> HttpResponse:
    return _grid(request, page_of(request, CalendarView.WORK_WEEK))


@staff_page
@require_safe
def week(request: HttpRequest) -> HttpResponse:
    return _grid(request, page_of(request, CalendarView.WEEK))


@staff_page
@require_safe
def as_list(request: HttpRequest) -> HttpResponse:
    """The same appointments as a table: works without scripts, on phones, at 400 %."""
    page = page_of(request, CalendarView.LIST)
    tag = live_tag(request, page)
    data = page_data(request, page)
    days = table(page, data)
    context = {"days": days, "count": len(data["events"]), "data": data, "live_tag": tag}
    context["may_choose"] = any(row.get("may") for day in days for row in day["rows"])
    return _render(request, "pro/list.html", page, context)


def _grid(request: HttpRequest, page: CalendarPage, *, is_start: bool = False) -> HttpResponse:
    rights = rights_of(request.user, page.organisation.pk)
    setup = {
        "view": GRID_VIEWS[CalendarView(page.view)],
        "hidden": WEEKEND if page.view == CalendarView.WORK_WEEK else [],
        "date": page.day.isoformat(),
        "today": page.today.isoformat(),
        "days": page.days,
        "step": 1 if page.days == 1 else 7,
        "colours": page.colours,
        "zoom": page.zoom,
        "keep": page.keep,
        "slot": slot_minutes(page.calendar_ids),
        "offset": _offset(page),
        "narrow": page.address(view="list") if is_start else "",
        "shown": [resource.pk for resource in page.chosen],
        # In a room there are visits of every calendar.
        "resources": [_facts(each, rights) for each in (page.all_resources if page.equipment_ids else page.chosen)],
        "addresses": grid_addresses(),
        "words": grid_words(),
    }
    tag = live_tag(request, page)
    context = {"setup": setup, "data": page_data(request, page), "live_tag": tag}
    return _render(request, "pro/calendar.html", page, context)


def _facts(resource: Resource, rights: Rights) -> dict[str, Any]:
    """A column, or whom a card in a room's column belongs to."""
    return {
        "id": resource.pk,
        "kind": resource.kind,
        "name": resource.name,
        "unit": resource.unit.name if resource.unit else "",
        "short": resource.practitioner.last_name if resource.practitioner else resource.name,
        "practitioner": str(resource.practitioner or ""),
        "edge": resource.edge,
        "level": int(rights.on(resource.pk)),
    }


def _render(request: HttpRequest, template: str, page: CalendarPage, context: dict[str, Any]) -> HttpResponse:
    shared = {
        "page": page,
        "section": "calendar",
        "organisation": page.organisation,
        "legend": legend(page.colours, context["data"], page.chosen),
    }
    return render(request, template, {**shared, **context}, status=400 if page.wrong_day else 200)


def page_data(request: HttpRequest, page: CalendarPage) -> dict[str, Any]:
    data = calendar_data(
        organisation=page.organisation,
        calendar_ids=page.calendar_ids,
        equipment_ids=page.equipment_ids,
        span=page.span,
        now=timezone.now(),
        rights=rights_of(request.user, page.organisation.pk),
    )
    return {"title": page.title, **data}


def _offset(page: CalendarPage) -> str:
    """The zone's offset now, for the line that shows the time: ``+01:00``."""
    text = timezone.now().astimezone(page.organisation.zone).strftime("%z")
    return f"{text[:3]}:{text[3:5]}"


def table(page: CalendarPage, data: dict[str, Any]) -> list[dict[str, Any]]:
    """The list's rows by day: each appointment with everything that its card says."""
    resources = {resource.pk: resource for resource in page.all_resources}
    now = timezone.now().astimezone(page.organisation.zone).replace(tzinfo=None)  # local, as the events' times are
    rows = [_occupied(block, resources) for block in data["blocks"] if block["status"] == OCCUPIED]
    for event in data["events"]:
        calendar, reason = resources[event["calendar"]], data["reasons"].get(event["reason"], {})
        ends = datetime.fromisoformat(event["end"])
        rows.append(
            {
                "id": event["id"],
                "day": event["start"][:10],
                "starts": datetime.fromisoformat(event["start"]),
                "ends": ends,
                "name": event["name"],
                "birth_date": _birth_date(event["born"]),
                "reason": reason.get("name", ""),
                "part": event.get("part", ""),
                "calendar": calendar.name,
                "columns": {calendar.pk, *event["rooms"]},
                "edge": edge_of(page.colours, event, data["reasons"], calendar),
                "code": reason.get("code", ""),
                "rooms": ", ".join(data["rooms"][room] for room in event["rooms"] if room in data["rooms"]),
                "status": event["status"],
                "online": event["origin"] == Origin.ONLINE,
                "may": event["may"] and is_open(event["status"], ends, now=now),
            }
        )
    rows.sort(key=lambda row: (row["starts"], row["calendar"]))
    by_day = {day: list(group) for day, group in groupby(rows, key=lambda row: row["day"])}
    return [
        {"day": day, "rows": by_day.get(day.isoformat(), []), "holiday": data["holidays"].get(day.isoformat(), "")}
        for day in page.span.days
    ]


def _occupied(block: dict[str, Any], resources: dict[int, Resource]) -> dict[str, Any]:
    """A time of a room or device of which the reader may know no more."""
    room = resources[block["calendar"]]
    return {
        "day": block["start"][:10],
        "starts": datetime.fromisoformat(block["start"]),
        "ends": datetime.fromisoformat(block["end"]),
        "rooms": room.name,
        "columns": {room.pk},
        "edge": room.edge,
        "calendar": "",
        "status": OCCUPIED,
    }


def _birth_date(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
