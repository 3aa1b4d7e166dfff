"""A clinic that is open tomorrow, people who book, and the times to do it at; for tests of booking."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

from accounts.models import Organisation
from appointments.models import Appointment, BookingRules, Calendar, VisitReason
from appointments.services import booking
from doctolib.tenancy.scopes import organisation_scope
from patients.models import Patient
from patients.services.records import Booker
from tests import factories

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday, 10:00 in Berlin
TUESDAY = datetime(2026, 11, 24, tzinfo=UTC)
NINE = TUESDAY + timedelta(hours=8)  # 9:00 in Berlin


@dataclass
class Clinic:
    organisation: Organisation
    calendar_ids: list[int]
    reason_id: int
    room_ids: list[int]

    def hold(self, starts_at: datetime = NINE, *, calendar: int = 0, now: datetime = NOW, **arguments) -> str:
        """Hold a time and return the token."""
        arguments = {"network": uuid4().hex, **arguments}
        _hold, token = booking.hold_slot(
            organisation=self.organisation,
            reason_id=self.reason_id,
            calendar_id=self.calendar_ids[calendar],
            starts_at=starts_at,
            now=now,
            **arguments,
        )
        return token

    def confirm(self, token: str, booker: Booker, *, now: datetime = NOW) -> UUID:
        return booking.confirm_hold(organisation=self.organisation, token=token, booker=booker, now=now)

    def book(self, booker: Booker, starts_at: datetime = NINE, **arguments) -> UUID:
        return self.confirm(self.hold(starts_at, **arguments), booker)

    def change_reason(self, **fields) -> None:
        with organisation_scope(self.organisation):
            VisitReason.objects.filter(pk=self.reason_id).update(**fields)

    def limit(self, **fields) -> None:
        with organisation_scope(self.organisation):
            BookingRules.objects.create(**fields)

    def record(self, booker: Booker, **fields) -> Patient:
        """The clinic's record that is linked to this person."""
        with organisation_scope(self.organisation):
            return factories.patient(person_id=booker.person_id, **fields)

    def visit(
        self, patient: Patient, starts_at: datetime, *, reason: VisitReason | None = None, **fields
    ) -> Appointment:
        """An appointment of this record, made by staff; cancelled or missed when ``status`` says so."""
        if fields.get("status") == "cancelled":
            fields["cancelled_at"] = starts_at
        with organisation_scope(self.organisation):
            calendar = Calendar.objects.get(pk=self.calendar_ids[-1])
            reason = reason or VisitReason.objects.get(pk=self.reason_id)
            return factories.appointment(calendar, reason, patient, starts_at, person_id=patient.person_id, **fields)


def clinic(*, calendars: int = 1, rooms: int = 0, agreement: bool = True, duration: int = 20, **fields) -> Clinic:
    """Open Monday to Friday, 8:00 to 16:00, one reason of 20 minutes; ``rooms`` > 0: it needs one of them."""
    organisation = factories.organisation(**fields)
    if agreement:
        factories.agreement(organisation)
    with organisation_scope(organisation):
        made = [factories.calendar() for _ in range(calendars)]
        for each in made:
            factories.hours(each)
        reason = factories.reason(calendars=made, duration=duration, step=duration)
        alternatives = [factories.room() for _ in range(rooms)]
        if alternatives:
            factories.requirement(reason, alternatives)
    return Clinic(organisation, [c.pk for c in made], reason.pk, [r.pk for r in alternatives])


def booker(**fields) -> Booker:
    number = uuid4()
    values = {
        "account_id": number,
        "person_id": number,
        "first_name": "Erika",
        "last_name": "Mustermann",
        "birth_date": date(1964, 8, 12),
        "sex": "female",
        "email": "erika@example.org",
        "phone": "+4915228817386",
        "actor": f"patient:{number}",
        **fields,
    }
    return Booker(**values)
