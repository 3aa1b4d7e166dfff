"""One calendar to ask about, in a clinic that is otherwise free: Monday 08:00 to 10:00, 30 minutes, every 30."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from accounts.models import Organisation
from appointments.models import Calendar, VisitReason
from appointments.selectors.availability import fit_slot, free_slots

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = date(2026, 11, 30)
LONG_BEFORE = datetime(2026, 11, 1, tzinfo=UTC)
ALL = ["08:00", "08:30", "09:00", "09:30"]


def at(clock: str, day: date = MONDAY) -> datetime:
    return datetime.combine(day, datetime.strptime(clock, "%H:%M").time(), tzinfo=BERLIN)


@dataclass
class Desk:
    """One calendar with one reason, in the organisation's scope, and short questions to ask about them."""

    clinic: Organisation
    calendar: Calendar
    reason: VisitReason

    def asked(self, **changes) -> dict:
        question = {"reason_id": self.reason.id, "calendar_ids": [self.calendar.id], "now": LONG_BEFORE}
        return {**question, "first_day": MONDAY, "last_day": MONDAY, **changes}

    def starts(self, **changes) -> list[str]:
        """Free starts as local times."""
        found = free_slots(**self.asked(**changes))[self.calendar.id]
        return [start.astimezone(BERLIN).strftime("%H:%M") for start in found]

    def change(self, **values) -> None:
        VisitReason.objects.filter(pk=self.reason.pk).update(**values)

    def change_calendar(self, **values) -> None:
        Calendar.objects.filter(pk=self.calendar.pk).update(**values)

    def resources(self, clock: str) -> tuple[int, ...] | None:
        """What a visit would take besides the calendar."""
        fit = fit_slot(reason_id=self.reason.id, calendar_id=self.calendar.id, starts_at=at(clock), now=LONG_BEFORE)
        return fit and fit.resource_ids[1:]
