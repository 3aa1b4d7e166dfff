"""People who wait, at the clinic of ``bookings``; for tests of the waiting list."""

from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from appointments.models import Appointment, FreedTime, WaitingEntry, WaitingOffer
from appointments.services import booking, offers, waiting
from doctolib.tenancy.scopes import organisation_scope, patient_scope
from patients.services.records import Booker
from tests.appointments.bookings import NINE, NOW, Clinic, booker

MONDAY = date(2026, 11, 23)
ANYTIME = waiting.Wish(from_day=MONDAY)


def wish(**fields) -> waiting.Wish:
    return waiting.Wish(**{"from_day": MONDAY, **fields})


def someone(number: int = 0, **fields) -> Booker:
    """A person with a name and a birth date of their own, so with a record of their own."""
    person = uuid4()
    values = {"account_id": person, "person_id": person, "birth_date": date(1960 + number, 1, 1 + number)}
    return booker(**{**values, "last_name": f"Muster{chr(97 + number)}", "actor": f"patient:{person}", **fields})


def join(place: Clinic, who: Booker, wanted: waiting.Wish = ANYTIME, *, now: datetime = NOW, **fields) -> UUID:
    return waiting.join(
        organisation=place.organisation, booker=who, reason_id=place.reason_id, wish=wanted, now=now, **fields
    )


def cancel(place: Clinic, appointment_id: UUID, *, now: datetime = NOW) -> None:
    """Staff cancel: a time gets free."""
    with organisation_scope(place.organisation, actor="professional:1"):
        booking.cancel_appointment(appointment=Appointment.objects.get(pk=appointment_id), now=now)


def freed(place: Clinic, starts_at: datetime = NINE, *, now: datetime = NOW, **fields) -> None:
    """A time that somebody had booked and gave back."""
    cancel(place, place.book(someone(25), starts_at, now=now, **fields), now=now)


def sweep(place: Clinic, *, now: datetime = NOW) -> int:
    return offers.sweep(place.organisation, now=now)


def made(place: Clinic) -> list[tuple[UUID, datetime, str]]:
    """All offers, the oldest first: whose, when, how they stand."""
    with organisation_scope(place.organisation):
        rows = WaitingOffer.objects.order_by("made_at", "starts_at")
        return list(rows.values_list("entry_id", "starts_at", "status"))


def offer_id(place: Clinic, entry_id: UUID) -> UUID:
    """The newest offer of an entry."""
    with organisation_scope(place.organisation):
        return WaitingOffer.objects.filter(entry_id=entry_id).latest("made_at").pk


def accept(place: Clinic, who: Booker, offer: UUID, *, now: datetime = NOW) -> UUID:
    with patient_scope(place.organisation, who.person_id, actor=who.actor):
        return offers.accept_offer(organisation=place.organisation, offer_id=offer, now=now)


def refuse(place: Clinic, who: Booker, offer: UUID, *, now: datetime = NOW) -> None:
    with patient_scope(place.organisation, who.person_id, actor=who.actor):
        offers.refuse_offer(organisation=place.organisation, offer_id=offer, now=now)


def entry(place: Clinic, entry_id: UUID) -> WaitingEntry:
    with organisation_scope(place.organisation):
        return WaitingEntry.objects.get(pk=entry_id)


def status(place: Clinic, entry_id: UUID) -> str:
    return entry(place, entry_id).status


def times(place: Clinic) -> list[tuple[UUID | None, datetime]]:
    """Whose visits stand, and when."""
    with organisation_scope(place.organisation):
        booked = Appointment.objects.exclude(status="cancelled").order_by("starts_at")
        return list(booked.values_list("person_id", "starts_at"))


def noted(place: Clinic) -> list[datetime]:
    """Freed times that no sweep has looked at."""
    with organisation_scope(place.organisation):
        return list(FreedTime.objects.values_list("starts_at", flat=True))


def later(**passed) -> datetime:
    return NOW + timedelta(**passed)
