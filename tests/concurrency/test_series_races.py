"""Races of series over real connections. The last test takes the guard away: then the race is lost."""

import threading
from collections import Counter
from contextlib import contextmanager
from datetime import time, timedelta

import pytest

from appointments.models import Appointment, Prescription, Series
from appointments.selectors.prescriptions import usage_of
from appointments.selectors.slots import Slot
from appointments.services import chains, prescriptions, series
from doctolib.tenancy.scopes import organisation_scope
from tests import factories
from tests.appointments.desk_series import NOW, USER, place, weekly

from .test_booking_races import in_threads, overlaps

pytestmark = pytest.mark.django_db(transaction=True)


def kinds(outcomes: list) -> Counter:
    return Counter(type(outcome).__name__ for outcome in outcomes)


def patients(where, count: int) -> list:
    with where.scope():
        return [factories.patient() for _ in range(count)]


def calendars(where, count: int) -> list:
    """Beside the first one, offering the same reason."""
    with where.scope():
        made = [factories.calendar() for _ in range(count)]
        for each in made:
            factories.hours(each)
            factories.offer(each, where.reason)
    return made


def book(where, slots, **options):
    with organisation_scope(where.organisation, actor="professional:1"):
        options = {
            "patient": where.patient,
            "rule": weekly(len(slots)),
            "clock": time(9),
            "user_id": USER,
            "now": NOW,
            **options,
        }
        return series.book_series(slots=slots, **options)


def test_of_many_series_that_share_one_date_one_is_booked_whole_and_none_in_part():
    where = place(rooms=1)
    everybody = patients(where, 12)
    shared = where.slots(1)
    jobs = [
        lambda who=who, n=n: book(
            where, [*shared, *where.slots(6, clock=f"{10 + n // 3}:{n % 3 * 20:02}")[1:]], patient=who
        )
        for n, who in enumerate(everybody)
    ]

    outcomes = in_threads(jobs, workers=12)

    assert kinds(outcomes) == {"Series": 1, "DatesRefused": 11}
    with where.scope():
        assert (Series.objects.count(), Appointment.objects.count()) == (1, 6)
    assert overlaps() == 0


def test_series_and_visits_that_want_the_same_calendars_in_another_order_do_not_deadlock():
    where = place()
    others = calendars(where, 2)
    everybody = patients(where, 12)

    def chain(who, first, second):
        slots = [
            Slot(first.pk, where.reason.pk, where.slots(1)[0].starts_at),
            Slot(second.pk, where.reason.pk, where.slots(1)[0].starts_at + timedelta(minutes=20)),
        ]
        with organisation_scope(where.organisation, actor="professional:1"):
            return chains.book_chain(patient=who, slots=slots, gap=timedelta(), user_id=USER, now=NOW)

    pairs = [(others[0], others[1]), (others[1], others[0])]
    jobs = [lambda who=who, pair=pairs[n % 2]: chain(who, *pair) for n, who in enumerate(everybody)]

    outcomes = in_threads(jobs, workers=12)

    assert kinds(outcomes) == {"Chain": 2, "DatesRefused": 10}
    assert overlaps() == 0


def prescribed_at_once(where) -> tuple[Counter, int]:
    """Eight people at the desk book two sessions each, in calendars of their own, with a prescription of six."""
    with where.scope():
        found = factories.prescription(where.patient, sessions=6)
    rooms = calendars(where, 8)
    jobs = [
        lambda n=n, pk=each.pk: book(
            where, where.slots(2, clock=f"{9 + n // 3:02}:{n % 3 * 20:02}", calendar_id=pk), prescription_id=found.pk
        )
        for n, each in enumerate(rooms)
    ]
    outcomes = in_threads(jobs, workers=8)
    with where.scope():
        current = Prescription.objects.get()
        return kinds(outcomes), usage_of([current])[current.pk].taken


def test_a_prescription_is_never_booked_beyond():
    assert prescribed_at_once(place()) == ({"Series": 3, "PrescriptionUsedUp": 5}, 6)


def test_without_its_row_lock_it_is(monkeypatch):
    """Everybody counts before anybody has booked."""
    everybody = threading.Barrier(8)
    real = prescriptions.usage_of

    def counted(rows):
        found = real(rows)
        with ignoring_broken():
            everybody.wait(timeout=20)
        return found

    @contextmanager
    def ignoring_broken():
        try:
            yield
        except threading.BrokenBarrierError:
            pass

    monkeypatch.setattr(prescriptions, "_locked", lambda pk: Prescription.objects.get(pk=pk))
    monkeypatch.setattr(prescriptions, "usage_of", counted)

    assert prescribed_at_once(place()) == ({"Series": 8}, 16)
