"""What a reason needs besides the calendar."""

import pytest

from appointments.selectors.availability import free_slots
from tests import factories

from .desk import ALL, at

pytestmark = pytest.mark.django_db


def test_the_lowest_free_alternative_is_taken(desk):
    rooms = [factories.room(), factories.room()]
    factories.requirement(desk.reason, reversed(rooms))
    factories.busy(rooms[0], at("08:30"), at("09:00"))

    assert desk.starts() == ALL
    assert [desk.resources(clock) for clock in ALL] == [(rooms[0].id,), (rooms[1].id,), (rooms[0].id,), (rooms[0].id,)]


def test_without_a_free_alternative_there_is_no_start(desk):
    rooms = [factories.room(), factories.room()]
    factories.requirement(desk.reason, rooms)
    factories.busy(rooms[0], at("08:30"), at("09:00"))
    factories.absence(rooms[1], at("08:45"), at("09:15"))

    assert desk.starts() == ["08:00", "09:00", "09:30"]
    assert desk.resources("08:30") is None


def test_one_and_the_same_room_is_needed_all_the_time(desk):
    rooms = [factories.room(), factories.room()]
    factories.requirement(desk.reason, rooms)
    factories.busy(rooms[0], at("08:30"), at("08:45"))
    factories.busy(rooms[1], at("08:45"), at("09:00"))

    assert desk.starts() == ["08:00", "09:00", "09:30"]


def test_a_room_is_needed_during_the_buffers_too(desk):
    desk.change(buffer_before=10, buffer_after=5)
    room = factories.room()
    factories.requirement(desk.reason, [room])
    factories.busy(room, at("08:34"), at("08:35"))
    factories.absence(room, at("09:59"), at("10:01"))

    assert desk.starts() == ["09:00"]


def test_each_requirement_counts(desk):
    room, device = factories.room(), factories.device()
    factories.requirement(desk.reason, [room])
    factories.requirement(desk.reason, [device])
    factories.busy(room, at("08:00"), at("08:30"))
    factories.busy(device, at("09:30"), at("10:00"))

    assert desk.starts() == ["08:30", "09:00"]


@pytest.mark.parametrize("fields", [{"is_active": False}, {"kind": "calendar"}])
def test_only_active_rooms_and_devices_are_alternatives(desk, fields):
    alternative = factories.calendar() if "kind" in fields else factories.room(**fields)
    factories.requirement(desk.reason, [alternative])

    assert desk.starts() == []


def test_a_requirement_without_alternatives_is_never_met(desk):
    factories.requirement(desk.reason, [])

    assert desk.starts() == []


def test_requirements_that_share_rooms_get_different_ones(desk):
    rooms = [factories.room(), factories.room(), factories.room()]
    factories.requirement(desk.reason, rooms[:2])
    factories.requirement(desk.reason, rooms)
    factories.busy(rooms[0], at("08:30"), at("09:00"))
    factories.busy(rooms[2], at("08:30"), at("09:30"))

    assert desk.starts() == ["08:00", "09:00", "09:30"]
    assert desk.resources("08:00") == (rooms[0].id, rooms[1].id)


def test_the_lowest_room_is_left_to_the_requirement_that_has_no_other(desk):
    rooms = [factories.room(), factories.room()]
    factories.requirement(desk.reason, rooms)
    factories.requirement(desk.reason, rooms[:1])

    assert desk.starts() == ALL
    assert desk.resources("08:00") == (rooms[1].id, rooms[0].id)


def test_two_requirements_for_one_room_are_never_met(desk):
    room = factories.room()
    factories.requirement(desk.reason, [room])
    factories.requirement(desk.reason, [room])

    assert desk.starts() == []


def test_rooms_are_looked_at_for_each_duration(desk):
    room, long = factories.room(), factories.calendar()
    factories.requirement(desk.reason, [room])
    factories.offer(long, desk.reason, duration=60)
    factories.hours(long, weekdays=[1], ends="10:00")
    factories.busy(room, at("09:00"), at("09:30"))

    found = free_slots(**desk.asked(calendar_ids=[desk.calendar.id, long.id]))

    assert found == {desk.calendar.id: [at("08:00"), at("08:30"), at("09:30")], long.id: [at("08:00")]}
