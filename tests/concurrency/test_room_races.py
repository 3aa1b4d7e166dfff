"""Races for one room over real connections: visits of several calendars that staff move into it at once."""

from collections import Counter
from uuid import uuid4

import pytest

from appointments.models import Appointment
from appointments.selectors.calendar import room_ids_of
from appointments.selectors.slots import Slot
from appointments.services import taking
from appointments.services.staff import booking, moving
from doctolib.tenancy.scopes import organisation_scope
from tests import factories
from tests.appointments.bookings import NINE, NOW, Clinic, clinic

from .test_booking_races import in_threads, overlaps
from .test_guards import UNLOCKED, without_constraint

pytestmark = pytest.mark.django_db(transaction=True)
VISITS = 4


@pytest.fixture
def place() -> Clinic:
    """At nine each calendar has a visit in a room of its own; the last room is free."""
    place = clinic(calendars=VISITS, rooms=VISITS + 1)
    with organisation_scope(place.organisation, actor="professional:1"):
        for calendar, room in zip(place.calendar_ids, place.room_ids, strict=False):
            slot = Slot(calendar, place.reason_id, NINE, None, room)
            booking.book(slot=slot, patient=factories.patient(), user_id=uuid4(), now=NOW)
    return place


def visits(place: Clinic) -> list[Appointment]:
    with organisation_scope(place.organisation):
        return list(Appointment.objects.select_related("reason").order_by("calendar_id"))


def moved_into(place: Clinic, visit: Appointment, room: int) -> str:
    slot = Slot(visit.calendar_id, place.reason_id, NINE, None, room)
    with organisation_scope(place.organisation, actor="professional:1"):
        return moving.move(appointment=visit, slot=slot, version=1, user_id=uuid4(), now=NOW)[1].kind


def all_into(place: Clinic, room: int) -> Counter:
    jobs = [lambda visit=visit: moved_into(place, visit, room) for visit in visits(place)]
    outcomes = in_threads(jobs, workers=VISITS)
    return Counter(each if isinstance(each, str) else type(each).__name__ for each in outcomes)


def rooms_in_use(place: Clinic) -> list[int]:
    with organisation_scope(place.organisation):
        return [room for visit in Appointment.objects.all() for room in room_ids_of(visit.pk)]


def test_one_of_those_who_are_moved_into_a_room_at_once_gets_it_and_the_others_stay(place):
    free = place.room_ids[-1]

    assert all_into(place, free) == {"room": 1, "RoomTaken": VISITS - 1}

    used = rooms_in_use(place)
    assert (len(used), len(set(used)), free in used, overlaps()) == (VISITS, VISITS, True, 0)


def test_visits_that_would_change_rooms_with_each_other_are_both_told_and_none_waits_for_ever(place):
    first, second = visits(place)[:2]
    crossed = [(first, place.room_ids[1]), (second, place.room_ids[0])]

    outcomes = in_threads([lambda v=v, r=r: moved_into(place, v, r) for v, r in crossed], workers=2)

    assert [type(each).__name__ for each in outcomes] == ["RoomTaken", "RoomTaken"]
    assert sorted(rooms_in_use(place)) == place.room_ids[:VISITS]


def test_without_lock_and_constraint_a_room_is_given_to_several(place, monkeypatch):
    monkeypatch.setattr(taking, "CLAIM", UNLOCKED)
    with without_constraint():
        assert all_into(place, place.room_ids[-1])["room"] > 1
