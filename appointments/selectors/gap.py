"""The next free time for someone who is at the desk now. In the organisation's scope."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from appointments.models import Calendar, CalendarReason, VisitReason

from .walk_in import next_gaps


@dataclass(frozen=True, slots=True)
class Gap:
    calendar: Calendar
    starts_at: datetime
    minutes: int


def reasons_of(calendars: Sequence[Calendar]) -> list[VisitReason]:
    """What these calendars offer, by name. One query."""
    offered = CalendarReason.objects.filter(calendar_id__in=[calendar.pk for calendar in calendars])
    reasons = VisitReason.objects.filter(is_archived=False, pk__in=offered.values("reason_id"))
    return sorted(reasons, key=lambda reason: (reason.name, reason.pk))


def next_gap(*, reason: VisitReason, calendars: Sequence[Calendar], now: datetime) -> Gap | None:
    """The first free time of any of the calendars, also of hours that are not online; None within a week."""
    by_id = {calendar.pk: calendar for calendar in calendars}
    found = next_gaps(reason_id=reason.pk, calendar_ids=list(by_id), now=now)
    if not found:
        return None
    calendar_id, starts_at = found[0]
    offer = CalendarReason.objects.get(calendar_id=calendar_id, reason=reason)
    return Gap(by_id[calendar_id], starts_at, offer.duration or reason.duration)
