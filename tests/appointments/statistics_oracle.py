"""The statistics the slow way: plain Python over all rows, minute by minute, to compare the statements with.

Shares nothing with appointments.selectors: no buckets, no SQL, its own steps. Opening hours are those of oracle.py.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from math import ceil
from typing import Any

import holidays

from accounts.models import Organisation
from appointments import models

from .oracle import MINUTE, instant, monday

Figures = dict[str, Any]


class Twin:
    """All rows of a clinic; ``figures`` of some calendars, a reason, and days."""

    def __init__(self, clinic: Organisation, now: datetime) -> None:
        self.clinic, self.now = clinic, now
        self.appointments = list(models.Appointment.objects.all())
        self.hours = list(models.OpeningHours.objects.all())
        self.absences = list(models.Absence.objects.all())
        self.active = {each.pk for each in models.Resource.objects.all() if each.is_active}

    def day_of(self, moment: datetime) -> date:
        return moment.astimezone(self.clinic.zone).date()

    def figures(self, days: list[date], calendars: Iterable[int], reason: int | None = None) -> Figures:
        calendars, wanted = set(calendars), set(days)
        of = [
            each
            for each in self.appointments
            if self.day_of(each.starts_at) in wanted
            and each.calendar_id in calendars
            and reason in (None, each.reason_id)
        ]
        kept = [each for each in of if each.status != "cancelled"]

        def number(test: Callable[[models.Appointment], bool]) -> int:
            return len([each for each in of if test(each)])

        leads = [(self.day_of(each.starts_at) - self.day_of(each.created_at)).days for each in kept]
        waits = [each.started_at - each.arrived_at for each in of if each.started_at and each.arrived_at]
        open_minutes = [self.open_minutes(calendar, day) for calendar in calendars & self.active for day in days]
        is_open = set().union(*open_minutes)
        return {
            "booked": len(of),
            "online": number(lambda each: each.origin == "online"),
            "cancelled": number(lambda each: each.status == "cancelled"),
            "by_patient": number(lambda each: each.cancelled_by == "patient"),
            "by_clinic": number(lambda each: each.cancelled_by == "staff"),
            "missed": number(lambda each: each.status == "no_show"),
            "due": len([each for each in kept if each.starts_at <= self.now]),
            "open": len(is_open) or None,
            "used": len(is_open & self.booked_minutes(calendars)),
            "lead": quartiles([max(0, lead) for lead in leads]),
            "waiting": quartiles([wait // MINUTE for wait in waits if wait >= timedelta(0)]),
        }

    def open_minutes(self, calendar: int, day: date) -> set[tuple[int, datetime]]:
        """Each minute of the day in which the calendar is open, named by its calendar."""
        is_holiday = self.clinic.closed_on_holidays and day in holidays.country_holidays(
            "DE", subdiv=self.clinic.federal_state, years=day.year
        )
        found: set[tuple[int, datetime]] = set()
        for row in self.hours:
            weeks = (monday(day) - monday(row.valid_from)).days // 7
            if (
                row.calendar_id == calendar
                and row.weekday == day.isoweekday()
                and row.valid_from <= day
                and (row.valid_until is None or day <= row.valid_until)
                and weeks % row.every_weeks == 0
                and (row.on_holidays or not is_holiday)
            ):
                zone = self.clinic.zone
                found |= each_minute(calendar, instant(zone, day, row.starts), instant(zone, day, row.ends))
        for row in self.absences:
            if row.resource_id == calendar:
                found -= each_minute(calendar, row.starts_at, row.ends_at)
        return found

    def booked_minutes(self, calendars: set[int]) -> set[tuple[int, datetime]]:
        found: set[tuple[int, datetime]] = set()
        for each in self.appointments:
            if each.calendar_id in calendars and each.status != "cancelled":
                found |= each_minute(each.calendar_id, each.starts_at, each.ends_at)
        return found


def each_minute(calendar: int, first: datetime, end: datetime) -> set[tuple[int, datetime]]:
    return {(calendar, first + number * MINUTE) for number in range(max(0, ceil((end - first) / MINUTE)))}


def quartiles(values: list[int]) -> tuple[int, int, int, int] | None:
    """How many, and the values at which a quarter, a half, three quarters of them are reached."""
    ordered = sorted(values)
    if not ordered:
        return None
    return len(ordered), *(ordered[ceil(len(ordered) * quarter / 4) - 1] for quarter in (1, 2, 3))


def parts(first: date, last: date, step: str) -> list[list[date]]:
    """The days of each step."""
    keys: dict[str, Callable[[date], Any]] = {
        "day": lambda day: day,
        "week": monday,
        "month": lambda day: (day.year, day.month),
        "quarter": lambda day: (day.year, (day.month + 2) // 3),
        "year": lambda day: day.year,
    }
    found: dict[Any, list[date]] = {}
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        found.setdefault(keys[step](day), []).append(day)
    return list(found.values())


def midnight(day: date, zone) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone)
