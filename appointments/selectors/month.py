"""A month of some calendars: how many appointments a day, how full it is, who is away. Three queries."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, F, Sum
from django.db.models.functions import TruncDate

from accounts.models import Organisation
from appointments.enums import AppointmentStatus
from appointments.models import Appointment, Calendar

from .calendar import ONE_DAY, Span, absences_in, holidays_in, hours_in

DAY_MINUTES = 24 * 60
Blocks = list[tuple[int, int]]  # from, to in minutes of a local day


@dataclass(frozen=True, slots=True)
class MonthDay:
    """One day over all calendars asked for."""

    day: date
    counts: list[tuple[Calendar, int]]  # of calendars with any
    booked: int  # minutes
    open: int  # minutes inside opening hours, absences taken off
    absent: list[Calendar]
    holiday: str

    @property
    def count(self) -> int:
        return sum(count for _calendar, count in self.counts)

    @property
    def load(self) -> int | None:
        """Booked minutes in per cent of open ones; None when nothing is open."""
        return round(100 * self.booked / self.open) if self.open else None


def month_days(*, organisation: Organisation, calendars: Sequence[Calendar], span: Span) -> list[MonthDay]:
    """The days of the span, in order. In the organisation's scope."""
    ids = [calendar.pk for calendar in calendars]
    booked = _booked(ids, span)
    public_holidays = holidays_in(organisation, span)
    hours = hours_in(ids, span, public_holidays)
    away = _away(ids, span)
    days = []
    for day in span.days:
        text = day.isoformat()
        of_day = [(calendar, *booked.get((calendar.pk, day), (0, 0))) for calendar in calendars]
        open_minutes = {pk: _open(hours[pk].get(text, ()), away.get((pk, day), [])) for pk in ids}
        days.append(
            MonthDay(
                day=day,
                counts=[(calendar, count) for calendar, count, _minutes in of_day if count],
                booked=sum(minutes for _calendar, _count, minutes in of_day),
                open=sum(open_minutes.values()),
                absent=[calendar for calendar in calendars if (calendar.pk, day) in away],
                holiday=public_holidays.get(text, ""),
            )
        )
    return days


def _booked(calendar_ids: Sequence[int], span: Span) -> dict[tuple[int, date], tuple[int, int]]:
    """Appointments that are not cancelled, by calendar and the local day they begin on: how many, how many minutes."""
    rows = (
        Appointment.objects.filter(calendar_id__in=calendar_ids, starts_at__gte=span.begins, starts_at__lt=span.ends)
        .exclude(status=AppointmentStatus.CANCELLED)
        .annotate(day=TruncDate("starts_at", tzinfo=span.zone))
        .values_list("calendar_id", "day")
        .annotate(count=Count("id"), time=Sum(F("ends_at") - F("starts_at")))
        .order_by()
    )
    return {(calendar, day): (count, int(time / timedelta(minutes=1))) for calendar, day, count, time in rows}


def _away(calendar_ids: Sequence[int], span: Span) -> dict[tuple[int, date], Blocks]:
    """When calendars are absent, by calendar and day."""
    found: dict[tuple[int, date], Blocks] = defaultdict(list)
    for absence in absences_in(calendar_ids, span):
        starts, ends = datetime.fromisoformat(absence["start"]), datetime.fromisoformat(absence["end"])
        day = starts.date()
        while day < ends.date() or (day == ends.date() and ends.time() != ends.min.time()):
            begin = _minute(starts) if day == starts.date() else 0
            end = _minute(ends) if day == ends.date() else DAY_MINUTES
            found[absence["calendar"], day].append((begin, end))
            day += ONE_DAY
    return found


def _open(hours: Sequence[Sequence[str]], away: Blocks) -> int:
    """Open minutes of one calendar on one day, each counted once, those away taken off."""
    taken = _merged([(_of_text(starts), _of_text(ends)) for starts, ends in hours])
    off = _merged(away)
    overlap = sum(max(0, min(end, last) - max(start, first)) for start, end in taken for first, last in off)
    return sum(end - start for start, end in taken) - overlap


def _merged(blocks: Blocks) -> Blocks:
    found: Blocks = []
    for start, end in sorted(blocks):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def _minute(moment: datetime) -> int:
    return moment.hour * 60 + moment.minute


def _of_text(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


def weeks_of(days: Sequence[MonthDay]) -> list[Mapping[str, Any]]:
    """Rows of seven days with the number of their week."""
    rows = [days[at : at + 7] for at in range(0, len(days), 7)]
    return [{"number": row[0].day.isocalendar().week, "days": row} for row in rows]
