"""Each rule of availability alone (rooms and devices: test_availability_rooms.py)."""

from datetime import date, timedelta

import pytest

from accounts.models import Organisation
from appointments.selectors import availability
from appointments.selectors.availability import fit_slot, free_slots, is_offered, next_free
from doctolib.tenancy.scopes import patient_scope, visitor_scope
from tests import factories

from .desk import ALL, LONG_BEFORE, MONDAY, at

pytestmark = pytest.mark.django_db


# Opening hours


def test_starts_follow_the_step_from_the_start_of_the_block(desk):
    desk.change(step=20)

    assert desk.starts() == ["08:00", "08:20", "08:40", "09:00", "09:20"]


def test_only_the_weekday_of_the_block_is_open(desk):
    assert desk.starts(first_day=MONDAY - timedelta(days=6), last_day=MONDAY - timedelta(days=1)) == []


@pytest.mark.parametrize(
    ("first", "last", "expected"), [(0, None, ALL), (1, None, []), (-9, 0, ALL), (-9, -1, []), (0, 0, ALL)]
)
def test_hours_count_on_their_first_and_last_day_and_between(bare_desk, first, last, expected):
    valid_until = None if last is None else MONDAY + timedelta(days=last)
    valid_from = MONDAY + timedelta(days=first)
    factories.hours(bare_desk.calendar, weekdays=[1], ends="10:00", valid_from=valid_from, valid_until=valid_until)

    assert bare_desk.starts() == expected


def test_a_block_for_another_reason_is_closed(bare_desk):
    other = factories.reason(calendars=[bare_desk.calendar])
    factories.hours(bare_desk.calendar, weekdays=[1], ends="09:00", reasons=[other])
    factories.hours(bare_desk.calendar, weekdays=[1], starts="09:00", ends="10:00", reasons=[other, bare_desk.reason])

    assert bare_desk.starts() == ["09:00", "09:30"]


def test_a_block_that_is_not_released_online_is_open_to_staff(bare_desk):
    factories.hours(bare_desk.calendar, weekdays=[1], ends="10:00", is_online=False)

    assert (bare_desk.starts(), bare_desk.starts(online=False)) == ([], ALL)


def test_blocks_that_touch_are_one_run_with_two_grids(bare_desk):
    factories.hours(bare_desk.calendar, weekdays=[1], starts="08:00", ends="08:45")
    factories.hours(bare_desk.calendar, weekdays=[1], starts="08:45", ends="10:00")

    assert bare_desk.starts() == ["08:00", "08:30", "08:45", "09:15"]


def test_blocks_that_overlap_offer_each_start_once(bare_desk):
    factories.hours(bare_desk.calendar, weekdays=[1], starts="08:00", ends="09:30")
    factories.hours(bare_desk.calendar, weekdays=[1], starts="09:00", ends="10:00")

    assert bare_desk.starts() == ALL


def test_a_block_within_another_has_its_own_grid(bare_desk):
    factories.hours(bare_desk.calendar, weekdays=[1], starts="08:00", ends="10:00")
    factories.hours(bare_desk.calendar, weekdays=[1], starts="08:10", ends="08:20")

    assert bare_desk.starts() == ["08:00", "08:10", "08:30", "09:00", "09:30"]


def test_a_visit_does_not_cross_a_gap_between_blocks(bare_desk):
    factories.hours(bare_desk.calendar, weekdays=[1], starts="08:00", ends="08:45")
    factories.hours(bare_desk.calendar, weekdays=[1], starts="08:50", ends="10:00")

    assert bare_desk.starts() == ["08:00", "08:50", "09:20"]


def test_a_block_for_another_reason_does_not_lengthen_a_run(bare_desk):
    other = factories.reason(calendars=[bare_desk.calendar])
    factories.hours(bare_desk.calendar, weekdays=[1], starts="08:00", ends="08:45")
    factories.hours(bare_desk.calendar, weekdays=[1], starts="08:45", ends="10:00", reasons=[other])

    assert bare_desk.starts() == ["08:00"]


# What is asked for


def test_the_calendars_own_duration_wins(bare_desk):
    long = factories.calendar()
    factories.offer(long, bare_desk.reason, duration=90)
    factories.hours(long, weekdays=[1], ends="10:00")

    found = free_slots(**bare_desk.asked(calendar_ids=[long.id]))

    assert found == {long.id: [at("08:00"), at("08:30")]}


def test_a_calendar_that_does_not_offer_the_reason_has_no_starts(desk):
    other = factories.calendar()
    factories.reason(calendars=[other])
    factories.hours(other, weekdays=[1])

    assert free_slots(**desk.asked(calendar_ids=[other.id])) == {other.id: []}


def test_an_inactive_calendar_has_no_starts_even_for_staff(desk):
    desk.change_calendar(is_active=False)

    assert (desk.starts(), desk.starts(online=False)) == ([], [])


def test_a_room_is_not_booked_as_a_calendar(desk):
    desk.change_calendar(kind="room")

    assert desk.starts() == []


def test_a_calendar_that_is_not_online_is_open_to_staff(desk):
    desk.change_calendar(is_online=False)

    assert (desk.starts(), desk.starts(online=False)) == ([], ALL)


def test_a_reason_that_is_not_online_is_open_to_staff(desk):
    desk.change(is_online=False)

    assert (desk.starts(), desk.starts(online=False)) == ([], ALL)


def test_a_patient_finds_the_same_times(desk):
    with patient_scope(desk.clinic, person_id=desk.clinic.id):
        assert desk.starts() == ALL


def test_another_clinics_calendar_has_no_starts(desk):
    with visitor_scope(factories.organisation()):
        assert free_slots(**desk.asked()) == {desk.calendar.id: []}


def test_more_than_400_days_are_refused(desk):
    with pytest.raises(ValueError, match="400"):
        desk.starts(last_day=MONDAY + timedelta(days=400))


def test_days_in_the_wrong_order_hold_nothing(desk):
    question = desk.asked(last_day=MONDAY - timedelta(days=7))

    assert (free_slots(**question), next_free(**question)) == ({desk.calendar.id: []}, {})


# Notice and horizon


def test_the_minimum_notice_includes_its_last_moment(desk):
    desk.change(minimum_notice=60)

    assert desk.starts(now=at("08:00")) == ["09:00", "09:30"]
    assert desk.starts(now=at("08:00") + timedelta(microseconds=1)) == ["09:30"]


def test_staff_book_without_notice_but_not_in_the_past(desk):
    desk.change(minimum_notice=60)

    assert desk.starts(now=at("08:30"), online=False) == ["08:30", "09:00", "09:30"]


def test_the_horizon_includes_its_last_day(desk):
    desk.change(horizon=7)
    a_week_before = at("23:59", MONDAY - timedelta(days=7))

    assert desk.starts(now=a_week_before) == ALL
    assert desk.starts(now=at("00:00", MONDAY - timedelta(days=7)) - timedelta(seconds=1)) == []


def test_staff_book_beyond_the_horizon(desk):
    desk.change(horizon=0)

    assert (desk.starts(), desk.starts(online=False)) == ([], ALL)


# Absences and holidays


def test_an_absence_closes_exactly_its_time(desk):
    factories.absence(desk.calendar, at("08:30"), at("09:00"))

    assert desk.starts() == ["08:00", "09:00", "09:30"]


def test_an_absence_that_began_days_ago_closes(desk):
    factories.absence(desk.calendar, at("08:00") - timedelta(days=30), at("08:31"))

    assert desk.starts() == ["09:00", "09:30"]


def test_a_buffer_may_reach_into_an_absence(desk):
    desk.change(buffer_before=10, buffer_after=10)
    factories.absence(desk.calendar, at("08:30"), at("09:00"))

    assert desk.starts() == ["08:00", "09:00", "09:30"]


def test_a_public_holiday_closes_unless_the_clinic_works_on_it(bare_desk):
    christmas = date(2026, 12, 25)  # a Friday
    factories.hours(bare_desk.calendar, weekdays=[5], ends="10:00")
    assert bare_desk.starts(first_day=christmas, last_day=christmas) == []

    Organisation.objects.filter(pk=bare_desk.clinic.pk).update(closed_on_holidays=False)
    availability.forget_clinics()

    assert bare_desk.starts(first_day=christmas, last_day=christmas) == ALL


@pytest.mark.parametrize(("state", "expected"), [("BE", ALL), ("BY", [])])
def test_holidays_are_those_of_the_federal_state(bare_desk, state, expected):
    epiphany = date(2027, 1, 6)  # a Wednesday
    Organisation.objects.filter(pk=bare_desk.clinic.pk).update(federal_state=state)
    factories.hours(bare_desk.calendar, weekdays=[3], ends="10:00")

    assert bare_desk.starts(first_day=epiphany, last_day=epiphany) == expected


# Taken times


def test_taken_time_takes_exactly_itself(desk):
    factories.busy(desk.calendar, at("08:30"), at("09:00"))

    assert desk.starts() == ["08:00", "09:00", "09:30"]


def test_one_microsecond_takes_the_whole_start(desk):
    factories.busy(desk.calendar, at("08:30") - timedelta(microseconds=1), at("08:30"))

    assert desk.starts() == ["08:30", "09:00", "09:30"]


@pytest.mark.parametrize(
    ("buffers", "expected"),
    [
        ({"buffer_before": 1}, ["08:00", "09:30"]),
        ({"buffer_after": 1}, ["09:00", "09:30"]),
        ({"buffer_before": 30, "buffer_after": 30}, ["09:30"]),
    ],
)
def test_buffers_must_be_free_as_well(desk, buffers, expected):
    desk.change(**buffers)
    factories.busy(desk.calendar, at("08:30"), at("09:00"))

    assert desk.starts() == expected


def test_buffers_may_lie_outside_the_opening_hours(desk):
    desk.change(buffer_before=60, buffer_after=60)

    assert desk.starts() == ALL


def test_every_lane_is_busy(desk):
    factories.busy(desk.calendar, at("08:30"), at("09:00"), lane=2)

    assert desk.starts() == ["08:00", "09:00", "09:30"]


def test_time_that_is_taken_since_yesterday_counts(desk):
    factories.busy(desk.calendar, at("09:00") - timedelta(days=1), at("09:00"))

    assert desk.starts() == ["09:00", "09:30"]


def test_a_hold_counts_until_it_expires(desk):
    factories.hold(desk.calendar, desk.reason, at("08:30"), expires_at=at("07:00"), minutes=30)

    assert desk.starts(now=at("07:00") - timedelta(microseconds=1)) == ["08:00", "09:00", "09:30"]
    assert desk.starts(now=at("07:00")) == ALL


def test_another_calendars_time_does_not_count(desk):
    factories.busy(factories.calendar(), at("08:30"), at("09:00"))

    assert desk.starts() == ALL


# The first one, and one alone


def test_next_free_is_the_first_of_each_calendar_that_has_one(desk):
    full = factories.calendar()
    factories.offer(full, desk.reason)
    factories.busy(desk.calendar, at("08:00"), at("08:30"))

    assert next_free(**desk.asked(calendar_ids=[desk.calendar.id, full.id])) == {desk.calendar.id: at("08:30")}


def test_next_free_looks_into_overlapping_blocks(bare_desk):
    factories.hours(bare_desk.calendar, weekdays=[1], starts="08:00", ends="10:00")
    factories.hours(bare_desk.calendar, weekdays=[1], starts="08:10", ends="10:00")
    factories.busy(bare_desk.calendar, at("08:00"), at("08:10"))

    assert next_free(**bare_desk.asked()) == {bare_desk.calendar.id: at("08:10")}


def test_a_fit_names_its_times(desk):
    desk.change(buffer_before=10, buffer_after=5)

    fit = fit_slot(reason_id=desk.reason.id, calendar_id=desk.calendar.id, starts_at=at("09:00"), now=LONG_BEFORE)

    assert fit == availability.Fit(
        at("09:00"), at("09:30"), at("08:50"), at("09:35"), (desk.calendar.id,), desk.calendar.site_id
    )


@pytest.mark.parametrize("clock", ["09:15", "07:30", "10:00"])
def test_a_start_beside_the_grid_does_not_fit(desk, clock):
    assert desk.resources(clock) is None


def test_a_taken_start_is_still_offered_and_a_closed_one_is_not(desk):
    factories.busy(desk.calendar, at("08:30"), at("09:00"))
    factories.absence(desk.calendar, at("09:00"), at("09:30"))

    question = {"reason_id": desk.reason.id, "calendar_id": desk.calendar.id, "now": LONG_BEFORE}
    offered = [is_offered(starts_at=at(clock), **question) for clock in [*ALL, "08:15"]]

    assert offered == [True, True, False, True, False]
