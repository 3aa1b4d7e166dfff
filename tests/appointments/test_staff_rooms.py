"""Rooms and devices of a visit that staff move: kept where they can be, wished for, refused, brought back."""

from datetime import timedelta
from uuid import uuid4

import pytest

from appointments.enums import ChangeKind
from appointments.models import Resource
from appointments.selectors.calendar import room_ids_of
from appointments.selectors.slots import Slot
from appointments.services.staff import booking, moving, undoing, visits
from appointments.services.staff.places import OVERBOOK, preview
from appointments.services.staff.refusals import RoomTaken, TimeTaken, WrongRoom
from doctolib.outbox.models import OutboxMessage
from doctolib.tenancy.scopes import organisation_scope
from tests import factories
from tests.appointments.bookings import NINE, NOW, clinic

pytestmark = pytest.mark.django_db
TEN = NINE + timedelta(hours=1)
USER = uuid4()


@pytest.fixture
def place():
    place = clinic(calendars=2, rooms=3)
    with organisation_scope(place.organisation, actor="professional:1"):
        yield place


@pytest.fixture
def rooms(place):
    return list(Resource.objects.filter(kind="room").order_by("pk").values_list("pk", flat=True))


def slot(place, starts_at=NINE, *, room=None, calendar=0) -> Slot:
    return Slot(place.calendar_ids[calendar], place.reason_id, starts_at, None, room)


def book(place, starts_at=NINE, **where):
    made, _change = booking.book(
        slot=slot(place, starts_at, **where), patient=factories.patient(), user_id=USER, now=NOW
    )
    return made


def move(appointment, to: Slot, **options):
    return moving.move(appointment=appointment, slot=to, version=appointment.version, user_id=USER, now=NOW, **options)


def test_a_visit_keeps_its_room_at_another_time_though_a_lower_one_is_free(place, rooms):
    made = book(place, room=rooms[2])

    move(made, slot(place, TEN))

    assert room_ids_of(made.pk) == [rooms[2]]


def test_its_room_is_taken_at_the_new_time_so_another_one_that_is_free_is_used(place, rooms):
    made = book(place, room=rooms[0])
    book(place, TEN, room=rooms[0], calendar=1)

    move(made, slot(place, TEN))

    assert room_ids_of(made.pk) == [rooms[1]]


def test_another_room_at_the_same_time_is_a_change_of_its_own_that_nobody_is_told(place, rooms):
    made = book(place, room=rooms[0])
    told = OutboxMessage.objects.filter(kind="appointment.moved")

    moved, change = move(made, slot(place, room=rooms[1]))

    assert (change.kind, moved.moves, moved.version, told.count()) == (ChangeKind.ROOM, 0, 2, 0)
    assert (change.before["rooms"], change.after["rooms"], room_ids_of(made.pk)) == ([rooms[0]], [rooms[1]], [rooms[1]])


def test_undo_brings_the_room_back(place, rooms):
    made = book(place, room=rooms[0])
    _moved, change = move(made, slot(place, TEN, room=rooms[2]))

    undoing.undo(change=change, now=NOW)

    assert room_ids_of(made.pk) == [rooms[0]]


def test_a_cancelled_visit_comes_back_into_its_room(place, rooms):
    made = book(place, room=rooms[2])
    _cancelled, change = visits.cancel(appointment=made, version=1, user_id=USER, now=NOW)

    undoing.undo(change=change, now=NOW)

    assert room_ids_of(made.pk) == [rooms[2]]


def test_a_room_that_is_taken_is_refused_with_times_and_nothing_changes(place, rooms):
    book(place, room=rooms[1], calendar=1)
    made = book(place, room=rooms[0])

    with pytest.raises(RoomTaken) as refused:
        move(made, slot(place, room=rooms[1]))

    made.refresh_from_db()
    assert (refused.value.kind, made.version, room_ids_of(made.pk)) == ("taken", 1, [rooms[0]])
    assert len(refused.value.nearest) == 3


def test_a_room_that_the_reason_does_not_need_is_refused_with_those_that_would_do(place, rooms):
    store = factories.room(name="Lager")
    made = book(place)
    names = list(Resource.objects.filter(pk__in=rooms).order_by("position", "name").values_list("name", flat=True))

    with pytest.raises(WrongRoom) as refused:
        move(made, slot(place, room=store.pk))

    assert str(refused.value.message).endswith(f"{', '.join(names)}.")


def test_a_taken_calendar_is_refused_and_overbooking_keeps_the_wished_room(place, rooms):
    book(place, TEN, room=rooms[0])
    made = book(place, room=rooms[2])

    with pytest.raises(TimeTaken):
        move(made, slot(place, TEN))
    moved, _change = move(made, slot(place, TEN, room=rooms[2]), allow=[OVERBOOK])

    assert (moved.is_overbooked, room_ids_of(made.pk)) == (True, [rooms[2]])


def test_a_preview_says_what_the_change_would_say(place, rooms):
    book(place, room=rooms[1], calendar=1)
    made = book(place, room=rooms[0])

    said = [preview(slot(place, room=room), now=NOW, moving=made) for room in rooms]

    assert [type(each).__name__ for each in said] == ["Place", "RoomTaken", "Place"]
    assert room_ids_of(made.pk) == [rooms[0]]
