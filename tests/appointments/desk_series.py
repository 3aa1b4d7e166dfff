"""A clinic in which series are booked, and short ways to do it; for tests."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from accounts.models import Organisation
from appointments.enums import SeriesUnit
from appointments.models import Appointment, Calendar, Series, VisitReason
from appointments.selectors.recurrence import Rule, starts_of
from appointments.selectors.series_dates import plan_dates
from appointments.selectors.slots import Slot
from appointments.services import series
from doctolib.outbox.models import OutboxMessage
from doctolib.tenancy.scopes import organisation_scope, support_scope
from patients.models import Patient
from retention.models import ProcessingAgreement
from tests import factories

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)  # a Friday
USER = UUID(int=7)  # the professional
MONDAY = date(2026, 11, 23)


def at(clock: str, day: date = MONDAY) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), tzinfo=BERLIN)


@dataclass
class Place:
    organisation: Organisation
    calendar: Calendar
    reason: VisitReason
    patient: Patient

    def scope(self):
        return organisation_scope(self.organisation, actor="professional:1")

    def slots(self, count: int = 4, *, clock: str = "09:00", first: date = MONDAY, **fields: Any) -> list[Slot]:
        starts = starts_of(weekly(count, first), time.fromisoformat(clock), BERLIN)
        values = {"calendar_id": self.calendar.pk, "reason_id": self.reason.pk, **fields}
        return [Slot(starts_at=start, **values) for start in starts]

    def plan(self, slots: Sequence[Slot] | None = None, **options: Any):
        options = {"patient_id": self.patient.pk, "now": NOW, **options}
        with self.scope():
            return plan_dates(self.organisation, slots or self.slots(), **options)

    def book(self, slots: Sequence[Slot] | None = None, **options: Any) -> Series:
        slots = self.slots() if slots is None else slots
        options = {"patient": self.patient, "rule": weekly(4), "clock": time(9), "user_id": USER, "now": NOW, **options}
        with self.scope():
            return series.book_series(slots=slots, **options)

    def times(self) -> list[str]:
        """Of the patient's appointments that are not cancelled."""
        with self.scope():
            rows = Appointment.objects.filter(patient=self.patient).exclude(status="cancelled")
            return [local(start) for start in rows.order_by("starts_at").values_list("starts_at", flat=True)]

    def end_agreement(self) -> None:
        with support_scope(self.organisation):
            ProcessingAgreement.objects.update(valid_until=datetime(2026, 1, 1, tzinfo=UTC))

    def told(self) -> list[str]:
        with self.scope():
            return list(OutboxMessage.objects.order_by("created_at").values_list("kind", flat=True))


def weekly(count: int, first: date = MONDAY) -> Rule:
    return Rule(1, SeriesUnit.WEEKS, first, weekdays=(first.isoweekday(),), count=count)


def local(start: datetime) -> str:
    return start.astimezone(BERLIN).strftime("%a %d.%m. %H:%M")


def place(*, rooms: int = 0, **fields: Any) -> Place:
    """Open on weekdays from 8:00 to 16:00, one reason of 20 minutes every 20; ``rooms``: it needs one of them."""
    organisation = factories.organisation(closed_on_holidays=True, **fields)
    factories.agreement(organisation)
    with organisation_scope(organisation):
        calendar = factories.calendar(name="Physiotherapie")
        factories.hours(calendar)
        reason = factories.reason(calendars=[calendar], name_de="Krankengymnastik")
        if rooms:
            factories.requirement(reason, [factories.room() for _ in range(rooms)])
        patient = factories.patient()
    return Place(organisation, calendar, reason, patient)


def taken(where: Place, clock: str, day: date = MONDAY, minutes: int = 20) -> None:
    with where.scope():
        factories.busy(where.calendar, at(clock, day), at(clock, day) + timedelta(minutes=minutes))
