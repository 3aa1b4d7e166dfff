"""The race is right because of its guards: with both taken away, the same race is lost. Each alone is enough."""

from collections import Counter
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import IntegrityError, connections

from appointments.services import booking, holds, taking
from tests.appointments.bookings import NINE, booker, clinic

from .test_booking_races import in_threads

CONSTRAINT = "occupancy_no_overlap"
UNLOCKED = taking.CLAIM.replace("WHERE pg_advisory_xact_lock(id) IS NOT NULL", "")
assert UNLOCKED != taking.CLAIM


@contextmanager
def without_constraint():
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", [CONSTRAINT])
        definition = cursor.fetchone()[0]
        cursor.execute(f"ALTER TABLE appointments_occupancy DROP CONSTRAINT {CONSTRAINT}")
        try:
            yield
        finally:
            cursor.execute("TRUNCATE appointments_occupancy")
            cursor.execute(f"ALTER TABLE appointments_occupancy ADD CONSTRAINT {CONSTRAINT} {definition}")


def winners(place) -> int:
    """The most that one of ten slots was sold."""
    most = 0
    for number in range(10):
        starts_at = NINE + timedelta(minutes=20 * number)
        outcomes = in_threads([lambda at=starts_at: place.hold(at)] * 20, workers=20)
        most = max(most, Counter(type(outcome).__name__ for outcome in outcomes)["str"])
    return most


@pytest.mark.django_db(transaction=True)
def test_with_neither_lock_nor_constraint_a_slot_is_sold_twice(monkeypatch):
    place = clinic()
    monkeypatch.setattr(taking, "CLAIM", UNLOCKED)
    with without_constraint():
        assert winners(place) > 1


@pytest.mark.django_db(transaction=True)
def test_the_constraint_alone_keeps_a_slot_single(monkeypatch):
    place = clinic()
    monkeypatch.setattr(taking, "CLAIM", UNLOCKED)
    assert winners(place) == 1


@pytest.mark.django_db(transaction=True)
def test_the_lock_alone_keeps_a_slot_single():
    place = clinic()
    with without_constraint():
        assert winners(place) == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_hold_s_lock_a_second_click_breaks(monkeypatch):
    """The appointment's primary key still keeps it single, but the patient would see an error instead of a booking.

    The look at the hold queues as the person, too: without both.
    """
    unlocked = holds.own_hold
    monkeypatch.setattr(booking, "own_hold", lambda token, lock=False, person_id=None: unlocked(token))
    place, erika = clinic(), booker()

    def click(token):
        try:
            return place.confirm(token, erika)
        except IntegrityError as error:
            return error

    broken = 0
    for number in range(10):
        token = place.hold(NINE + timedelta(minutes=20 * number))
        outcomes = in_threads([lambda token=token: click(token)] * 20, workers=20)
        broken += sum(isinstance(outcome, Exception) for outcome in outcomes)
    assert broken
