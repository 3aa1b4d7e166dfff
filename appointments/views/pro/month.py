"""A month as a table: each day leads to its own page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dates import WEEKDAYS
from django.views.decorators.http import require_safe

from accounts.staff import staff_page
from appointments.enums import CalendarView
from appointments.selectors.month import month_days, weeks_of

from .page import page_of


@staff_page
@require_safe
def month(request: HttpRequest) -> HttpResponse:
    page = page_of(request, CalendarView.MONTH)
    days = month_days(organisation=page.organisation, calendars=page.calendars, span=page.span)
    inside = [day for day in days if day.day.month == page.day.month]
    context = {
        "page": page,
        "section": "calendar",
        "organisation": page.organisation,
        "weekdays": [WEEKDAYS[number] for number in range(7)],
        "weeks": [
            {
                **week,
                "cells": [
                    {"of": day, "inside": day in inside, "address": page.address(view="day", day=day.day)}
                    for day in week["days"]
                ],
            }
            for week in weeks_of(days)
        ],
        "count": sum(day.count for day in inside),
        "booked": sum(day.booked for day in inside),
        "open": sum(day.open for day in inside),
    }
    return render(request, "pro/month.html", context, status=400 if page.wrong_day else 200)
