"""A freed time is offered in turn: what frees one, how long it is kept."""

from datetime import timedelta

import pytest

from appointments.models import (
    Absence,
    Appointment,
    FreedTime,
    Hold,
    Occupancy,
    OpeningHours,
    WaitingEntry,
)
from appointments.services import booking, waiting
from appointments.services.refusals import SlotTaken
from doctolib.tenancy.scopes import organisation_scope
from tests.appointments.bookings import NINE, NOW, clinic
from tests.appointments.waiters import (
    cancel,
    freed,
    join,
    later,
    made,
    noted,
    offer_id,
    refuse,
    someone,
    sweep,
    wish,
)

from .tools import ELEVEN, TEN, queued

pytestmark = pytest.mark.django_db


# In turn


def test_a_freed_time_is_offered_to_whoever_joined_first(place, ada, grace):
    first, _second = join(place, ada), join(place, grace, now=later(minutes=1))
    freed(place)

    assert sweep(place, now=later(minutes=2)) == 1

    assert made(place) == [(first, NINE, "open")]
    assert queued(place) == ["waiting.offered"]


def test_staff_may_put_someone_before_others(place, ada, grace):
    _first, second = join(place, ada), join(place, grace, now=later(minutes=1))
    with organisation_scope(place.organisation):
        waiting.prioritise(entry_id=second, by=1)
    freed(place)

    sweep(place, now=later(minutes=2))

    assert made(place) == [(second, NINE, "open")]


def test_the_time_is_kept_and_nobody_else_gets_it(place, ada):
    join(place, ada)
    freed(place)
    sweep(place)

    with pytest.raises(SlotTaken):
        place.hold()

    with organisation_scope(place.organisation):
        (hold,) = Hold.objects.filter(starts_at=NINE)
        assert hold.expires_at == later(hours=2)
        assert Occupancy.objects.get(hold=hold).expires_at == later(hours=2)


def test_each_freed_time_finds_someone_and_one_entry_gets_one_offer(place, ada, grace):
    first, second = join(place, ada), join(place, grace, now=later(minutes=1))
    for starts_at in (NINE, TEN, ELEVEN):
        freed(place, starts_at)

    assert sweep(place, now=later(minutes=2)) == 2

    assert sorted(made(place)) == sorted([(first, NINE, "open"), (second, TEN, "open")])


def test_a_time_waits_for_someone_who_has_not_answered_another_yet(place, ada):
    join(place, ada)
    freed(place, NINE), freed(place, TEN)
    sweep(place)
    assert noted(place) == [TEN]
    refuse(place, ada, offer_id(place, entry_of(place)))

    sweep(place, now=later(minutes=1))

    assert [starts_at for _entry, starts_at, _status in made(place)] == [NINE, TEN]


def entry_of(place):
    with organisation_scope(place.organisation):
        return WaitingEntry.objects.get().pk


def test_a_time_that_nobody_wants_is_forgotten(place, ada):
    join(place, ada, wish(half_days=(1,)))  # Monday afternoons
    freed(place)

    assert sweep(place) == 0
    assert noted(place) == []


def test_who_is_paused_or_gone_gets_nothing(place, ada, grace):
    first, second = join(place, ada), join(place, grace)
    with organisation_scope(place.organisation):
        waiting.pause(entry_id=first)
        waiting.leave(organisation=place.organisation, entry_id=second, now=NOW)
    freed(place)

    assert sweep(place) == 0


# What frees a time


def test_a_moved_appointment_frees_its_old_time(place, ada):
    join(place, ada)
    appointment = place.book(someone(3))
    with organisation_scope(place.organisation):
        moving = Appointment.objects.get(pk=appointment)
        booking.move_appointment(
            appointment=moving, calendar_id=place.calendar_ids[0], starts_at=ELEVEN, now=NOW, online=False
        )

    sweep(place)

    assert [starts_at for _entry, starts_at, _status in made(place)] == [NINE]


def test_new_opening_hours_and_an_absence_that_is_off_free_times(place, ada, grace):
    join(place, ada, wish(half_days=(10,)))  # Saturday mornings
    join(place, grace, wish(half_days=(2,)))  # Tuesday mornings
    with organisation_scope(place.organisation):
        calendar = place.calendar_ids[0]
        away = Absence.objects.create(resource_id=calendar, starts_at=NINE, ends_at=TEN)
        saturday = {"weekday": 6, "starts": "09:00", "ends": "10:00", "valid_from": "2026-11-01"}
        OpeningHours.objects.create(calendar_id=calendar, **saturday)
        away.delete()

    sweep(place)

    assert [starts_at for _entry, starts_at, _status in made(place)] == [NINE, NINE + timedelta(days=4)]


def test_a_room_that_gets_free_frees_the_time_of_whoever_needs_it(ada):
    place = clinic(rooms=1, calendars=2)
    join(place, ada)
    cancel(place, place.book(someone(3), calendar=0))
    with organisation_scope(place.organisation):
        FreedTime.objects.exclude(resource_id=place.room_ids[0]).delete()

    assert sweep(place) == 1


def test_a_visitor_s_hold_that_ends_frees_nothing(place, ada):
    join(place, ada)
    token = place.hold()
    booking.release_hold(organisation=place.organisation, token=token)

    assert noted(place) == []


def test_nothing_is_noted_while_nobody_waits(place):
    freed(place)

    assert noted(place) == []


# How long


def test_the_clinic_sets_how_long_a_time_is_kept(place, ada):
    join(place, ada)
    with organisation_scope(place.organisation):
        waiting.set_offer_minutes(30)
    freed(place)
    sweep(place)

    with organisation_scope(place.organisation):
        assert Hold.objects.get(starts_at=NINE).expires_at == later(minutes=30)


def test_an_offer_ends_before_the_minimum_notice_begins(place, ada):
    join(place, ada)
    freed(place)
    place.change_reason(minimum_notice=60)
    now = NINE - timedelta(minutes=100)

    sweep(place, now=now)

    with organisation_scope(place.organisation):
        assert Hold.objects.get(starts_at=NINE).expires_at == NINE - timedelta(minutes=60)


@pytest.mark.parametrize(("minutes", "offers_made"), [(15, 1), (14, 0)])
def test_who_would_have_no_time_to_answer_is_not_asked(place, ada, minutes, offers_made):
    join(place, ada)
    freed(place)
    place.change_reason(minimum_notice=60)

    assert sweep(place, now=NINE - timedelta(minutes=60 + minutes)) == offers_made
