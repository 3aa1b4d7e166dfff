"""Races of staff in the calendar over real connections. The last tests take the guards away: then they are lost."""

import threading
from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest

from appointments.models import Appointment, AppointmentChange, Occupancy
from appointments.selectors.slots import Slot
from appointments.services import taking
from appointments.services.staff import booking, moving, undoing
from appointments.services.staff.places import OVERBOOK
from doctolib.tenancy.scopes import organisation_scope
from tests import factories
from tests.appointments.bookings import NINE, NOW, booker, clinic

from .test_booking_races import in_threads, overlaps
from .test_guards import UNLOCKED, without_constraint

pytestmark = pytest.mark.django_db(transaction=True)
TEN = NINE + timedelta(hours=1)


def kinds(outcomes: list) -> Counter:
    return Counter(type(outcome).__name__ for outcome in outcomes)


def patients(place, count: int) -> list:
    with organisation_scope(place.organisation):
        return [factories.patient() for _ in range(count)]


def staff_book(place, patient, starts_at=NINE, **options):
    slot = Slot(place.calendar_ids[0], place.reason_id, starts_at)
    with organisation_scope(place.organisation, actor="professional:1"):
        return booking.book(slot=slot, patient=patient, user_id=uuid4(), now=NOW, **options)[0].pk


def staff_move(place, visit, starts_at):
    slot = Slot(place.calendar_ids[0], place.reason_id, starts_at)
    with organisation_scope(place.organisation, actor="professional:1"):
        seen = {"appointment": visit, "slot": slot, "version": 1}
        return moving.move(**seen, user_id=uuid4(), now=NOW)[0].starts_at


def lanes(place) -> list[int]:
    with organisation_scope(place.organisation):
        return sorted(Occupancy.objects.values_list("lane", flat=True))


def booked(place) -> Appointment:
    (patient,) = patients(place, 1)
    number = staff_book(place, patient)
    with organisation_scope(place.organisation):
        return Appointment.objects.select_related("reason").get(pk=number)


def test_staff_and_patients_who_take_one_time_get_one_appointment():
    place = clinic()
    jobs = [lambda p=patient: staff_book(place, p) for patient in patients(place, 10)]
    jobs += [lambda: place.confirm(place.hold(), booker()) for _ in range(10)]

    outcomes = in_threads(jobs[::2] + jobs[1::2], workers=20)

    with organisation_scope(place.organisation):
        assert Appointment.objects.count() == 1
    assert (kinds(outcomes)["UUID"], lanes(place)) == (1, [0])
    assert set(kinds(outcomes)) <= {"UUID", "TimeTaken", "SlotTaken"}


def test_of_two_who_move_one_appointment_the_second_is_told():
    place = clinic()
    visit = booked(place)

    outcomes = in_threads([lambda n=n: staff_move(place, visit, TEN + timedelta(hours=n)) for n in range(4)], workers=4)

    assert kinds(outcomes) == {"datetime": 1, "StaleEdit": 3}
    with organisation_scope(place.organisation):
        visit.refresh_from_db()
        moves = AppointmentChange.objects.filter(kind="moved").count()
    assert (visit.version, visit.moves, moves, visit.starts_at in outcomes) == (2, 1, 1, True)


def test_overbooking_at_once_gives_each_a_lane_of_its_own():
    place = clinic(rooms=1)
    booked(place)

    outcomes = in_threads(
        [lambda p=patient: staff_book(place, p, allow=[OVERBOOK]) for patient in patients(place, 6)], workers=6
    )

    assert kinds(outcomes) == {"UUID": 6}
    assert lanes(place) == sorted([*range(7)] * 2)  # the calendar and the room
    assert overlaps() == 0


def test_a_change_that_is_undone_by_two_clicks_is_undone_once():
    place = clinic()
    visit = booked(place)
    with organisation_scope(place.organisation):
        change = AppointmentChange.objects.select_related("appointment__calendar").get()

    def undo():
        with organisation_scope(place.organisation, actor="professional:1"):
            return undoing.undo(change=change, now=NOW).pk

    assert kinds(in_threads([undo] * 6, workers=6)) == {"UUID": 1, "NothingToUndo": 5}
    with organisation_scope(place.organisation):
        visit.refresh_from_db()
    assert (visit.status, visit.version) == ("cancelled", 2)


# Without their guards ------------------------------------------------------------------------------------------------


def test_without_the_row_lock_both_who_move_are_told_that_they_did(monkeypatch):
    both = threading.Barrier(2)

    def unlocked(appointment, *, version):
        current = Appointment.objects.select_related("calendar", "reason").get(pk=appointment.pk, version=version)
        both.wait(timeout=20)
        return current

    place = clinic()
    visit = booked(place)
    monkeypatch.setattr(moving, "locked", unlocked)

    outcomes = in_threads([lambda n=n: staff_move(place, visit, TEN + timedelta(hours=n)) for n in range(2)], workers=2)

    assert kinds(outcomes) == {"datetime": 2}


def test_without_lock_and_constraint_staff_and_patient_get_the_same_time(monkeypatch):
    monkeypatch.setattr(taking, "CLAIM", UNLOCKED)
    most = 0
    with without_constraint():
        place = clinic()
        for number in range(8):
            at = NINE + timedelta(minutes=20 * number)
            jobs = [lambda p=patient, at=at: staff_book(place, p, at) for patient in patients(place, 5)]
            jobs += [lambda at=at: place.hold(at)] * 5
            most = max(most, sum(kinds(in_threads(jobs, workers=10))[kind] for kind in ("UUID", "str")))
            if most > 1:
                break
    assert most > 1


def test_without_the_lock_who_overbooks_at_once_is_turned_away(monkeypatch):
    """The constraint keeps the lanes apart, but somebody is refused a time that is taken for everybody anyway."""
    monkeypatch.setattr(taking, "CLAIM", UNLOCKED)
    refused = 0
    for _round in range(8):
        place = clinic()
        booked(place)
        jobs = [lambda p=patient, at=place: staff_book(at, p, allow=[OVERBOOK]) for patient in patients(place, 6)]
        refused += kinds(in_threads(jobs, workers=6))["TimeTaken"]
        if refused:
            break
    assert refused
