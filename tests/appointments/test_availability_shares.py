"""Rules of availability that clinics steer with: weeks, extra hours, shares, late release, ways, groups, horizons."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from appointments.models import Appointment, CalendarReason, Hold, Occupancy
from appointments.selectors.availability import fit_slot, free_slots
from appointments.services import booking
from doctolib.tenancy.scopes import organisation_scope
from tests import factories

from .bookings import booker, clinic
from .desk import ALL, LONG_BEFORE, MONDAY, at

pytestmark = pytest.mark.django_db
SUNDAY = MONDAY - timedelta(days=1)
CHRISTMAS = date(2026, 12, 25)  # a Friday


def booked(desk, clock: str, *, reason=None, calendar=None, **fields):
    """Someone else's visit, buffers not included."""
    reason, calendar = reason or desk.reason, calendar or desk.calendar
    hold = factories.hold(calendar, reason, at(clock), expires_at=datetime(2030, 1, 1, tzinfo=UTC), occupies=False)
    values = {"site_id": calendar.site_id, **fields}
    return factories.busy(calendar, at(clock), at(clock) + timedelta(minutes=30), status="held", hold=hold,
                          expires_at=hold.expires_at, reason=reason, **values)  # fmt: skip


# Weeks and days


@pytest.mark.parametrize(("weeks_ago", "expected"), [(0, ALL), (1, []), (2, ALL), (3, []), (4, ALL)])
def test_every_second_week_is_counted_from_the_week_of_the_first_day(bare_desk, weeks_ago, expected):
    first = MONDAY - timedelta(days=7 * weeks_ago) + timedelta(days=0)
    factories.hours(bare_desk.calendar, weekdays=[1], ends="10:00", every_weeks=2, valid_from=first)

    assert bare_desk.starts() == expected


def test_a_week_begins_on_monday_whatever_the_first_day_is(bare_desk):
    sunday_before = MONDAY - timedelta(days=1)
    factories.hours(bare_desk.calendar, weekdays=[1], ends="10:00", every_weeks=2, valid_from=sunday_before)

    assert bare_desk.starts() == []
    assert bare_desk.starts(first_day=MONDAY + timedelta(days=7), last_day=MONDAY + timedelta(days=7)) == ALL


def test_extra_hours_are_a_block_of_one_day(bare_desk):
    factories.hours(bare_desk.calendar, weekdays=[7], ends="10:00", valid_from=SUNDAY, valid_until=SUNDAY)

    assert bare_desk.starts(first_day=SUNDAY - timedelta(days=7), last_day=SUNDAY + timedelta(days=7)) == ALL


def test_hours_on_holidays_are_open_on_a_holiday(bare_desk):
    day = {"first_day": CHRISTMAS, "last_day": CHRISTMAS}
    factories.hours(bare_desk.calendar, weekdays=[5], starts="10:00", ends="12:00")
    assert bare_desk.starts(**day) == []

    factories.hours(bare_desk.calendar, weekdays=[5], ends="10:00", on_holidays=True)

    assert bare_desk.starts(**day) == ALL


# Horizon


@pytest.mark.parametrize(
    ("unit", "horizon", "opens_at", "now", "last"),
    [
        ("days", 1, None, ("2026-11-29", "00:00"), "2026-11-30"),
        ("days", 1, time(8), ("2026-11-29", "07:59"), "2026-11-29"),
        ("days", 1, time(8), ("2026-11-29", "08:00"), "2026-11-30"),
        ("weeks", 2, None, ("2026-11-16", "12:00"), "2026-11-30"),
        ("weeks", 2, None, ("2026-11-15", "23:59"), "2026-11-29"),
        ("months", 1, time(8), ("2026-11-30", "12:00"), "2026-12-31"),
        ("months", 1, time(8), ("2026-12-01", "07:59"), "2026-12-31"),
        ("months", 1, time(8), ("2026-12-01", "08:00"), "2027-01-31"),
        ("months", 0, None, ("2027-02-01", "00:00"), "2027-02-28"),
    ],
)
def test_the_last_day_that_may_be_booked(bare_desk, unit, horizon, opens_at, now, last):
    bare_desk.change(horizon_unit=unit, horizon=horizon, opens_at=opens_at)
    factories.hours(bare_desk.calendar, weekdays=range(1, 8), starts="22:00", ends="22:30", on_holidays=True)
    day, last_day = date.fromisoformat(now[0]), date.fromisoformat(last)

    asked = bare_desk.asked(now=at(now[1], day), first_day=day, last_day=last_day + timedelta(days=40))

    assert free_slots(**asked)[bare_desk.calendar.id][-1] == at("22:00", last_day)


# Shares


def test_a_reason_takes_its_share_of_a_block_and_no_more(bare_desk):
    factories.hours(bare_desk.calendar, weekdays=[1], ends="10:00", reasons=[bare_desk.reason], share=50)
    booked(bare_desk, "08:00")
    assert bare_desk.starts() == ALL[1:]

    booked(bare_desk, "09:00")

    assert (bare_desk.starts(), bare_desk.starts(online=False)) == ([], ["08:30", "09:30"])


def test_the_visits_of_other_reasons_and_other_blocks_leave_the_share(bare_desk):
    other = factories.reason(calendars=[bare_desk.calendar])
    factories.hours(bare_desk.calendar, weekdays=[1], ends="10:00", reasons=[bare_desk.reason, other], share=50)
    factories.hours(bare_desk.calendar, weekdays=[1], starts="12:00", ends="13:00", reasons=[other])
    booked(bare_desk, "08:00", reason=other)
    booked(bare_desk, "12:00")
    booked(bare_desk, "12:30")

    assert bare_desk.starts() == ALL[1:]


def test_a_day_is_full_with_its_most_visits_for_a_reason(desk):
    CalendarReason.objects.update(most_a_day=1)
    assert desk.starts() == ALL

    booked(desk, "09:30")

    assert (desk.starts(), desk.starts(online=False)) == ([], ALL[:3])


def test_another_day_and_another_reason_do_not_fill_the_day(desk):
    CalendarReason.objects.update(most_a_day=1)
    booked(desk, "09:30", reason=factories.reason(calendars=[desk.calendar]))
    tuesday = booked(desk, "09:00")
    Occupancy.objects.filter(pk=tuesday.pk).update(
        starts_at=tuesday.starts_at + timedelta(days=1), ends_at=tuesday.ends_at + timedelta(days=1)
    )

    assert desk.starts() == ALL[:3]


# Late release


@pytest.mark.parametrize(
    ("share", "early"), [(0, ALL), (25, ALL[:3]), (50, ["08:00", "09:00"]), (75, ["08:00"]), (100, [])]
)
def test_a_share_of_the_times_opens_late(bare_desk, share, early):
    factories.hours(bare_desk.calendar, weekdays=[1], ends="10:00", late_share=share, late_hours=48)

    assert (bare_desk.starts(), bare_desk.starts(online=False)) == (early, ALL)


def test_a_late_time_opens_so_many_hours_before_it(bare_desk):
    factories.hours(bare_desk.calendar, weekdays=[1], ends="10:00", late_share=100, late_hours=2)

    assert bare_desk.starts(now=at("06:00")) == ["08:00"]
    assert bare_desk.starts(now=at("06:00") - timedelta(microseconds=1)) == []
    assert bare_desk.starts(now=at("07:30")) == ALL


# Ways between sites


@pytest.fixture
def two_sites(bare_desk):
    """Mornings here, and over there from 10:00 on; half an hour lies between."""
    there = factories.site(name="Campus Nord")
    factories.hours(bare_desk.calendar, weekdays=[1], starts="08:00", ends="10:00")
    factories.hours(bare_desk.calendar, weekdays=[1], starts="10:00", ends="12:00", site=there)
    factories.travel(bare_desk.calendar.site, there, 30)
    return bare_desk, there


def test_the_way_to_another_site_is_kept_free(two_sites):
    desk, _there = two_sites
    assert desk.starts() == [*ALL, "10:00", "10:30", "11:00", "11:30"]

    booked(desk, "09:30")

    assert desk.starts() == [*ALL[:3], "10:30", "11:00", "11:30"]


def test_the_way_back_is_kept_free_as_well(two_sites):
    desk, there = two_sites

    booked(desk, "10:00", site_id=there.pk)

    assert desk.starts() == [*ALL[:3], "10:30", "11:00", "11:30"]


def test_a_visit_does_not_cross_from_one_site_to_the_other(two_sites):
    desk, _there = two_sites
    desk.change(duration=45, step=45)

    assert desk.starts() == ["08:00", "08:45", "10:00", "10:45"]


def test_a_fit_says_at_which_site(two_sites):
    desk, there = two_sites

    fits = [
        fit_slot(reason_id=desk.reason.pk, calendar_id=desk.calendar.pk, starts_at=at(clock), now=LONG_BEFORE)
        for clock in ("09:00", "10:00")
    ]

    assert [fit.site_id for fit in fits] == [desk.calendar.site_id, there.pk]


# More than one of a kind


def test_a_visit_that_needs_two_rooms_gets_two_different_ones(desk):
    rooms = [factories.room() for _ in range(3)]
    factories.requirement(desk.reason, rooms, quantity=2)
    factories.busy(rooms[1], at("08:00"), at("08:30"))
    factories.busy(rooms[0], at("08:30"), at("09:00"))
    factories.busy(rooms[2], at("08:30"), at("09:00"))

    assert desk.starts() == ["08:00", "09:00", "09:30"]
    assert desk.resources("08:00") == (rooms[0].pk, rooms[2].pk)


# Groups


def test_a_group_takes_as_many_as_it_has_places_in_the_same_room():
    place = clinic(rooms=1)
    with organisation_scope(place.organisation):
        type(factories.reason()).objects.filter(pk=place.reason_id).update(capacity=3)
    for _ in range(3):
        place.confirm(place.hold(), booker())

    with pytest.raises(booking.SlotTaken):
        place.hold()

    with organisation_scope(place.organisation):
        rows = Occupancy.objects.order_by("resource_id", "lane").values_list("resource_id", "lane")
        assert list(rows) == [(each, lane) for each in (*place.calendar_ids, *place.room_ids) for lane in range(3)]


def test_a_group_keeps_its_room_when_the_first_leaves():
    place = clinic(rooms=2)
    with organisation_scope(place.organisation):
        type(factories.reason()).objects.filter(pk=place.reason_id).update(capacity=2)
    first, second = place.hold(), place.hold()
    booking.release_hold(organisation=place.organisation, token=first)

    place.hold()

    with organisation_scope(place.organisation):
        held = Hold.objects.exclude(pk=second.split(".")[0]).get()
        assert sorted(Occupancy.objects.filter(hold=held).values_list("resource_id", "lane")) == [
            (place.calendar_ids[0], 0),
            (place.room_ids[0], 0),
        ]
        assert not Appointment.objects.exists()


def test_another_time_within_a_group_s_visit_is_taken(desk):
    desk.change(capacity=5, step=15)

    booked(desk, "08:30")

    assert desk.starts() == ["08:00", "08:30", "09:00", "09:15", "09:30"]


def test_something_else_in_the_way_closes_a_group(desk):
    desk.change(capacity=5)
    booked(desk, "08:30")
    factories.busy(desk.calendar, at("08:45"), at("08:50"), lane=1)

    assert desk.starts() == ["08:00", "09:00", "09:30"]
