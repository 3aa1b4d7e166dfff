"""Visits of the hospital that belong together: a treatment on prescription, a weekly series, several services in one
visit. They stand in the book before the others are invented round them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from accounts.models import Organisation
from appointments.enums import SeriesUnit
from appointments.models import Absence, Chain, Prescription, Series
from patients.models import Patient

from .visits import Book, Offer, Plan


@dataclass(frozen=True)
class Weekly:
    """``weeks``: from which to which week from today's on. ``prescribed``: what, and how many sessions."""

    doctor: str
    code: str
    weekday: int  # ISO 8601: Monday, Tuesday and Thursday are everybody's
    clock: time
    weeks: tuple[int, int]
    prescribed: tuple[str, int] | None = None


WEEKLY = (
    Weekly("Brandt", "TRAIN", 1, time(9), (-5, 4), ("Herztraining nach Infarkt, einzeln", 14)),
    Weekly("Petrović", "TRAIN", 4, time(10), (-2, 7)),
)
VISIT = (("Sörensen", "LZEKG", time(9)), ("Kaya", "HERZ", time(9, 30)), ("Petrović", "ECHO", time(10, 30)))
VISIT_WEEKDAYS = (2, 4)


def load(book: Book, *, organisation: Organisation, plans: list[Plan], patients: list[Patient], today: date) -> None:
    """In the clinic's scope. A clinic without these people has none."""
    by_name = {plan.calendar.practitioner.last_name: plan for plan in plans}
    if not {weekly.doctor for weekly in WEEKLY} <= by_name.keys():
        return
    *regulars, visitor = book.randomness.sample(patients, len(WEEKLY) + 1)
    for weekly, patient in zip(WEEKLY, regulars, strict=True):
        _weekly(book, organisation, by_name[weekly.doctor], weekly, patient, today)
    _visit(book, organisation, by_name, visitor, today)


def _weekly(book: Book, organisation: Organisation, plan: Plan, weekly: Weekly, patient: Patient, today: date) -> None:
    monday = today - timedelta(days=today.weekday())
    first, last = (monday + timedelta(weeks=week, days=weekly.weekday - 1) for week in weekly.weeks)
    count = (last - first).days // 7 + 1
    series = Series.objects.create(
        patient=patient,
        every=1,
        unit=SeriesUnit.WEEKS,
        weekdays=[weekly.weekday],
        clock=weekly.clock,
        first_day=first,
        count=count,
    )
    whole = {"series": series, "prescription": _prescription(weekly, patient, first)}
    days = [first + timedelta(weeks=week) for week in range(count)]
    for moment in (_instant(organisation, day, weekly.clock) for day in days):
        if not _is_away(plan, moment):
            book.enter(plan, _offer(plan, weekly.code), patient, moment, site_id=plan.calendar.site_id, **whole)


def _prescription(weekly: Weekly, patient: Patient, first: date) -> Prescription | None:
    if not weekly.prescribed:
        return None
    what, sessions = weekly.prescribed
    return Prescription.objects.create(
        patient=patient,
        what=what,
        sessions=sessions,
        a_week=1,
        issued_on=first - timedelta(days=4),
        valid_until=first + timedelta(weeks=26),
    )


def _visit(book: Book, organisation: Organisation, by_name: dict[str, Plan], patient: Patient, today: date) -> None:
    """The next day on which all are there."""
    ahead = (today + timedelta(days=days) for days in range(1, 60))
    for day in (day for day in ahead if day.isoweekday() in VISIT_WEEKDAYS):
        parts = [(by_name[doctor], code, _instant(organisation, day, clock)) for doctor, code, clock in VISIT]
        if not any(_is_away(plan, moment) for plan, _code, moment in parts):
            break
    chain = Chain.objects.create(patient=patient, gap=45)
    for plan, code, moment in parts:
        book.enter(plan, _offer(plan, code), patient, moment, site_id=plan.calendar.site_id, chain=chain)


def _offer(plan: Plan, code: str) -> Offer:
    return next(offer for offer in plan.offers if offer[0].code == code)


def _instant(organisation: Organisation, day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, tzinfo=organisation.zone).astimezone(UTC)


def _is_away(plan: Plan, moment: datetime) -> bool:
    away = Absence.objects.filter(resource_id=plan.calendar.pk, starts_at__lte=moment, ends_at__gt=moment)
    return away.exists()
