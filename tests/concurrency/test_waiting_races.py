"""Races of the waiting list over real connections. The last tests take the guards away: then the races are lost."""

import threading
from collections import Counter
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connections

from appointments.models import Appointment, FreedTime, WaitingEntry, WaitingOffer
from appointments.services import offers
from doctolib.tenancy.scopes import organisation_scope
from tests.appointments.bookings import NINE, NOW, clinic
from tests.appointments.waiters import accept, entry, freed, join, later, made, offer_id, someone, status, sweep, times

from .test_booking_races import in_threads, overlaps

pytestmark = pytest.mark.django_db(transaction=True)


def kinds(outcomes: list) -> Counter:
    return Counter(type(outcome).__name__ for outcome in outcomes)


def staff_accept(place, offer):
    with organisation_scope(place.organisation, actor="professional:1"):
        return offers.accept_offer(organisation=place.organisation, offer_id=offer, now=NOW)


def test_an_offer_accepted_by_many_clicks_and_by_staff_is_one_appointment():
    place, ada = clinic(), someone(1)
    waits = join(place, ada)
    freed(place)
    sweep(place)
    offer = offer_id(place, waits)

    outcomes = in_threads([lambda: accept(place, ada, offer), lambda: staff_accept(place, offer)] * 10, workers=20)

    assert set(outcomes) == {offer}
    assert times(place) == [(ada.person_id, NINE)]


def test_an_offer_that_moves_an_appointment_moves_it_once():
    place, ada = clinic(), someone(1)
    late = place.book(ada, NINE + timedelta(days=1))
    waits = join(place, ada, appointment_id=late)
    freed(place)
    sweep(place)
    offer = offer_id(place, waits)

    outcomes = in_threads([lambda: accept(place, ada, offer), lambda: staff_accept(place, offer)] * 6, workers=12)

    assert set(outcomes) == {late}
    with organisation_scope(place.organisation):
        moved = Appointment.objects.get(pk=late)
    assert (moved.starts_at, moved.moves) == (NINE, 1)
    assert overlaps() == 0


def at_the_end(round_: int):
    """Ada accepts in the last moment while the sweep, whose clock is ahead, ends her offer and asks Grace."""
    place, ada, grace = clinic(), someone(1), someone(2)
    first, second = join(place, ada), join(place, grace, now=later(minutes=1))
    freed(place)
    sweep(place, now=later(minutes=2))
    offer = offer_id(place, first)
    last, end = later(minutes=121, seconds=59), later(minutes=122)
    jobs = [lambda: accept(place, ada, offer, now=last), lambda: sweep(place, now=end)]
    outcomes = in_threads((jobs if round_ % 2 else jobs[::-1]) + [lambda: sweep(place, now=end)], workers=3)
    sweep(place, now=end)
    return place, ada, offer, outcomes, (first, second)


def test_an_offer_accepted_while_it_ends_is_either_accepted_or_goes_to_the_next_one():
    for round_ in range(6):
        place, ada, offer, outcomes, (first, second) = at_the_end(round_)

        if offer in outcomes:
            assert times(place) == [(ada.person_id, NINE)]
            assert made(place) == [(first, NINE, "accepted")]
        else:
            assert kinds(outcomes)["OfferEnded"] == 1
            assert times(place) == []
            assert made(place) == [(first, NINE, "silent"), (second, NINE, "open")]


def two_freed_times(place) -> None:
    for starts_at in (NINE, NINE + timedelta(hours=1)):
        freed(place, starts_at)


def test_two_freed_times_and_one_entry_are_one_offer():
    place, ada = clinic(), someone(1)
    waits = join(place, ada)
    two_freed_times(place)

    in_threads([lambda: sweep(place)] * 8, workers=8)

    assert [(whose, state) for whose, _starts_at, state in made(place)] == [(waits, "open")]


def test_many_sweeps_at_once_offer_one_time_once():
    place = clinic(rooms=1)  # a visit frees its calendar and its room: two rows for one time
    for number in range(6):
        join(place, someone(number), now=later(seconds=number))
    freed(place, now=later(minutes=1))

    outcomes = in_threads([lambda: sweep(place, now=later(minutes=1))] * 8, workers=8)

    assert sum(outcomes) == 1
    assert len(made(place)) == 1
    assert overlaps() == 0


def test_two_tabs_that_join_are_one_entry():
    place, ada = clinic(), someone(1)

    outcomes = in_threads([lambda: join(place, ada)] * 10, workers=10)

    assert len(set(outcomes)) == 1
    with organisation_scope(place.organisation):
        assert WaitingEntry.objects.count() == 1


# Without their guards ------------------------------------------------------------------------------------------


@contextmanager
def without(constraint: str, table: str):
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = %s", [constraint])
        definition = cursor.fetchone()[0]
        cursor.execute(f"DROP INDEX {constraint}")
        try:
            yield
        finally:
            cursor.execute(f"TRUNCATE {table} CASCADE")
            cursor.execute(definition)


@pytest.fixture
def unlocked(monkeypatch):
    def unlocked_entry(entry_id):
        return WaitingEntry.objects.select_related("reason", "patient", "appointment__reason").get(pk=entry_id)

    monkeypatch.setattr(offers, "locked_entry", unlocked_entry)


def test_without_the_entry_s_lock_a_second_click_is_told_that_the_time_is_lost(unlocked):
    broken = 0
    for _round in range(6):
        place, ada = clinic(), someone(1)
        waits = join(place, ada)
        freed(place)
        sweep(place)
        offer = offer_id(place, waits)
        outcomes = in_threads([lambda p=place, o=offer, a=ada: attempt(p, a, o)] * 12, workers=12)
        broken += any(outcome != offer for outcome in outcomes)
    assert broken


def attempt(place, who, offer, **fields):
    return attempted(lambda: accept(place, who, offer, **fields))


def attempted(job):
    try:
        return job()
    except Exception as error:
        return error


def test_without_the_entry_s_lock_an_offer_is_accepted_and_ended_at_once(monkeypatch):
    """Both have read that it is open: one breaks on the other, or what is written contradicts itself."""
    both = threading.Barrier(2)

    def unlocked_offer(offer_id):
        offer = WaitingOffer.objects.select_related("entry__reason", "entry__patient").get(pk=offer_id)
        both.wait(timeout=20)
        return offer, offer.entry

    place, ada = clinic(), someone(1)
    waits = join(place, ada)
    freed(place)
    sweep(place)
    offer = offer_id(place, waits)
    monkeypatch.setattr(offers, "_locked_offer", unlocked_offer)

    last, end = later(minutes=119), later(minutes=120)
    ending = lambda: offers.end_offers(place.organisation, now=end)  # noqa: E731
    outcomes = in_threads([lambda: attempt(place, ada, offer, now=last), lambda: attempted(ending)], workers=2)

    state = (bool(times(place)), made(place)[0][2], entry(place, waits).silences)
    broken = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert broken or state not in {(True, "accepted", 0), (False, "silent", 1)}


def test_without_lock_and_constraint_one_entry_gets_two_offers(unlocked):
    most = 0
    with without("offer_one_at_a_time", "appointments_waitingoffer"):
        for _round in range(8):
            place = clinic()
            join(place, someone(1))
            two_freed_times(place)
            in_threads([lambda p=place: sweep(p)] * 8, workers=8)
            most = max(most, len(made(place)))
            if most > 1:
                break
    assert most > 1


def test_the_constraint_alone_keeps_it_at_one_offer(unlocked):
    place = clinic()
    join(place, someone(1))
    two_freed_times(place)

    in_threads([lambda: sweep(place)] * 8, workers=8)

    assert len(made(place)) == 1


def test_a_sweep_that_dies_loses_no_time(monkeypatch):
    place, ada = clinic(), someone(1)
    waits = join(place, ada)
    freed(place)
    with monkeypatch.context() as patch:
        patch.setattr(offers, "occupy", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            sweep(place)
    with organisation_scope(place.organisation):
        assert FreedTime.objects.count() == 1

    assert sweep(place) == 1
    assert status(place, waits) == "waiting"
