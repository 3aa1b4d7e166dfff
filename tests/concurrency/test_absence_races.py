"""An absence entered while a patient books that time: the list of appointments hit has it, or the booking is refused.

Never a silent overlap. The guards are taken away at the end.
"""

import threading
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connections
from django.utils import timezone

from accounts.enums import UserKind
from appointments.models import Absence, Appointment, AppointmentChange, Calendar, Hold
from appointments.selectors.struck import appointments_struck
from appointments.services import absences, booking, holds
from appointments.services.absences import Span, StrikesAppointments, away_of
from appointments.services.rebooking import Choice, Fate, carry_out
from doctolib.tenancy.scopes import organisation_scope
from tests import pro
from tests.appointments.bookings import NINE, NOW, booker, clinic

from .test_booking_races import in_threads

pytestmark = pytest.mark.django_db(transaction=True)
WAIT = 1.0  # seconds for the other side to come as far as it can; what stands in its way lasts longer


def enter(place, starts_at=NINE, *, minutes: int = 20, key=None, seen=frozenset()) -> list[UUID]:
    """Returns the ids of the appointments hit; none: the absence is there."""
    zone = place.organisation.zone
    first = starts_at.astimezone(zone).replace(tzinfo=None)
    with organisation_scope(place.organisation):
        calendar = Calendar.objects.get(pk=place.calendar_ids[0])
    try:
        with organisation_scope(place.organisation):
            absences.enter_absences(
                key=key or uuid4(),
                resources=[calendar],
                spans=[Span(first, first + timedelta(minutes=minutes))],
                zone=zone,
                note="",
                now=NOW,
                calendars={},
                seen=seen,
            )
    except StrikesAppointments as question:
        return [struck.id for struck in question.struck]
    finally:
        connections.close_all()
    return []


def silent_overlaps(place) -> int:
    """Appointments in absences that were entered without anybody having seen them."""
    with organisation_scope(place.organisation):
        return len(appointments_struck(away_of(list(Absence.objects.all())), now=NOW))


def book(place, starts_at=NINE):
    try:
        return place.confirm(place.hold(starts_at), booker())
    except booking.BookingRefused as refusal:
        return refusal


def test_whoever_is_first_the_other_one_is_told():
    place = clinic()
    outcomes = []
    for number in range(20):
        starts_at = NINE + timedelta(minutes=20 * number)
        outcomes.append(
            in_threads([lambda at=starts_at: book(place, at), lambda at=starts_at: enter(place, at)], workers=2)
        )

    assert silent_overlaps(place) == 0
    for booked, hit in outcomes:
        assert (hit == [booked]) or (hit == [] and isinstance(booked, booking.BookingRefused))


def interleaved(monkeypatch, place) -> tuple:
    """The absence is entered between the moment a free time is found and the moment it is held."""
    found, entered = threading.Event(), threading.Event()
    real = holds.find_fit

    def find_then_wait(**slot):
        fit = real(**slot)
        found.set()
        entered.wait(WAIT)
        return fit

    monkeypatch.setattr(holds, "find_fit", find_then_wait)

    def absent():
        found.wait(10)
        try:
            return enter(place)
        finally:
            entered.set()

    return tuple(in_threads([lambda: book(place), absent], workers=2))


def test_a_time_found_free_before_the_absence_is_not_booked_after_it(monkeypatch):
    place = clinic()

    booked, hit = interleaved(monkeypatch, place)

    assert silent_overlaps(place) == 0
    assert hit == [booked] or isinstance(booked, booking.HoldExpired)


def test_without_the_queue_it_is(monkeypatch):
    place = clinic()
    monkeypatch.setattr(absences, "claim_exactly", lambda resource_ids: None)

    booked, hit = interleaved(monkeypatch, place)

    assert (type(booked), hit, silent_overlaps(place)) == (UUID, [], 1)


def confirmed_meanwhile(monkeypatch, place) -> tuple:
    """The absence is entered while a patient confirms, past the look at the hold."""
    confirming, entered = threading.Event(), threading.Event()
    real = booking._appoint
    token = place.hold()

    def appoint_slowly(*args):
        confirming.set()
        entered.wait(WAIT)
        return real(*args)

    monkeypatch.setattr(booking, "_appoint", appoint_slowly)

    def absent():
        confirming.wait(10)
        try:
            return enter(place)
        finally:
            entered.set()

    def confirm():
        try:
            return place.confirm(token, booker())
        except booking.BookingRefused as refusal:
            return refusal

    return tuple(in_threads([confirm, absent], workers=2))


def test_whoever_confirms_at_that_moment_is_waited_for_and_listed(monkeypatch):
    place = clinic()

    booked, hit = confirmed_meanwhile(monkeypatch, place)

    assert (hit, silent_overlaps(place)) == ([booked], 0)


def test_without_waiting_at_the_hold_they_are_not(monkeypatch):
    place = clinic()
    monkeypatch.setattr(absences, "holds_struck", lambda away, now: Hold.objects.none())

    booked, hit = confirmed_meanwhile(monkeypatch, place)

    assert (type(booked), hit, silent_overlaps(place)) == (UUID, [], 1)


def test_a_hold_that_ended_tells_its_patient_what_is_near():
    place = clinic()
    token = place.hold()
    assert enter(place, minutes=60) == []

    with pytest.raises(booking.HoldExpired) as refused:
        place.confirm(token, booker())

    assert (refused.value.still_free, len(refused.value.nearest)) == (False, 6)
    assert refused.value.nearest[0].starts_at != NINE


def test_two_clicks_move_an_appointment_once():
    place = clinic()
    pro_user = pro.user(UserKind.PROFESSIONAL, organisation=place.organisation, is_organisation_admin=True)
    appointment_id = place.book(booker())
    key = uuid4()
    assert enter(place, key=key) == [appointment_id]
    calendar = place.calendar_ids[0]
    choice = Choice(appointment_id, (calendar, NINE), Fate.MOVED, (calendar, NINE + timedelta(hours=2)))

    def click():
        hit = enter(place, key=key, seen={appointment_id})
        now = min(NOW, timezone.now())
        (outcome,) = carry_out(organisation=place.organisation, user=pro_user, choices=[choice], now=now)
        connections.close_all()
        return hit, outcome.fate

    assert in_threads([click] * 8, workers=8) == [([], Fate.MOVED)] * 8
    with organisation_scope(place.organisation):
        assert (Absence.objects.count(), Appointment.objects.get().moves) == (1, 1)
        assert AppointmentChange.objects.count() == 1
