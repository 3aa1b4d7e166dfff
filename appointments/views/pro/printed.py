"""A day or a week on paper: A4, repeated heads, black text, code letters and what they mean."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.staff import staff_page
from appointments.enums import CalendarView

from .calendar import page_data, table
from .colours import legend
from .page import CalendarPage, page_of


@staff_page
@require_safe
def printed(request: HttpRequest) -> HttpResponse:
    """``days=7``: the week. Parts by day, in a day's print by calendar."""
    page = page_of(request, CalendarView.LIST)
    data = page_data(request, page)
    days = table(page, data)
    context = {
        "page": page,
        "parts": _by_calendar(page, days[0]) if page.days == 1 else _by_day(days),
        "holidays": data["holidays"],
        "absences": _absences(page, data),
        "legend": legend(page.colours, data, page.chosen),
        "printed_at": timezone.now(),
        "organisation": page.organisation,
    }
    return render(request, "pro/print.html", context, status=400 if page.wrong_day else 200)


def _by_calendar(page: CalendarPage, day: dict[str, Any]) -> list[dict[str, Any]]:
    rows = [(each, [row for row in day["rows"] if each.pk in row["columns"]]) for each in page.chosen]
    return [{"title": each.name, "holiday": "", "rows": own} for each, own in rows]


def _by_day(days: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A day without appointments stays away, unless it is a public holiday."""
    return [{**each, "title": ""} for each in days if each["rows"] or each["holiday"]]


def _absences(page: CalendarPage, data: dict[str, Any]) -> list[str]:
    """Who is away; why is nobody's business on a sheet that lies about."""
    away = {absence["calendar"] for absence in data["absences"]}
    return [each.name for each in page.chosen if each.pk in away]
