"""The two nights when clocks change, and zones that change them at midnight."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appointments.selectors.availability import free_slots
from appointments.selectors.local_days import local_day
from doctolib.tenancy.scopes import organisation_scope
from tests import factories

from . import oracle

AUTUMN, SPRING = date(2026, 10, 25), date(2027, 3, 28)  # Sundays
LONG_BEFORE = datetime(2026, 10, 1, tzinfo=UTC)


@pytest.fixture
def free(db):
    """Free starts of one night's blocks, as UTC clock times: 30 minutes, every 30."""

    def ask(night: date, *blocks: tuple[str, str], duration: int = 30) -> list[str]:
        clinic = factories.organisation()
        with organisation_scope(clinic):
            calendar = factories.calendar()
            reason = factories.reason(calendars=[calendar], duration=duration, step=30, horizon=300)
            for starts, ends in blocks:
                factories.hours(calendar, weekdays=[7], starts=starts, ends=ends)
            found = free_slots(
                reason_id=reason.id, calendar_ids=[calendar.id], first_day=night, last_day=night, now=LONG_BEFORE
            )
        return [start.strftime("%H:%M") for start in found[calendar.id]]

    return ask


def test_an_autumn_night_has_one_hour_more(free):
    # 01:00 to 03:00 in Berlin: 01:00, 01:30, 02:00, 02:30 in summer time, then 02:00 and 02:30 again.
    assert free(AUTUMN, ("01:00", "03:00")) == ["23:00", "23:30", "00:00", "00:30", "01:00", "01:30"]


def test_a_block_in_the_hour_that_comes_twice_is_open_once(free):
    assert free(AUTUMN, ("02:00", "03:00")) == ["01:00", "01:30"]


def test_blocks_that_touch_in_the_hour_that_comes_twice_lose_and_double_nothing(free):
    assert free(AUTUMN, ("01:00", "02:30"), ("02:30", "03:00")) == free(AUTUMN, ("01:00", "03:00"))


def test_a_spring_night_has_one_hour_less(free):
    # 01:00 to 04:00 in Berlin: 01:00, 01:30, 03:00, 03:30.
    assert free(SPRING, ("01:00", "04:00")) == ["00:00", "00:30", "01:00", "01:30"]


@pytest.mark.parametrize("block", [("02:00", "03:00"), ("02:10", "02:50")])
def test_a_block_in_the_hour_that_does_not_exist_is_closed(free, block):
    assert free(SPRING, block) == []


def test_a_block_that_ends_in_the_missing_hour_ends_at_the_jump(free):
    assert free(SPRING, ("01:00", "02:30")) == ["00:00", "00:30"]


def test_a_block_that_begins_in_the_missing_hour_begins_at_the_jump(free):
    assert free(SPRING, ("02:30", "04:00")) == ["01:00", "01:30"]


def test_blocks_that_touch_in_the_missing_hour_are_one_run(free):
    assert free(SPRING, ("01:00", "02:30"), ("02:30", "04:00"), duration=90) == ["00:00", "00:30"]


def test_blocks_that_only_the_jump_brings_together_are_one_run(free):
    assert free(SPRING, ("01:00", "02:15"), ("02:45", "04:00"), duration=90) == ["00:00", "00:30"]


def test_a_visit_across_the_change_takes_its_real_time(free):
    assert free(AUTUMN, ("01:00", "03:00"), duration=180) == ["23:00"]
    assert free(SPRING, ("01:00", "04:00"), duration=90) == ["00:00", "00:30"]


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Europe/Berlin", AUTUMN),
        ("Europe/Berlin", SPRING),
        ("Europe/Berlin", date(2026, 11, 30)),
        ("Europe/Dublin", date(2026, 10, 25)),
        ("Asia/Beirut", date(2025, 3, 30)),  # midnight does not exist
        ("America/Havana", date(2025, 11, 2)),  # midnight comes twice
        ("America/Sao_Paulo", date(2018, 2, 17)),  # the last hour comes twice
        ("Australia/Lord_Howe", date(2026, 4, 5)),  # half an hour
    ],
)
@settings(max_examples=30, deadline=None)
@given(minutes=st.lists(st.integers(0, 1439), min_size=2, max_size=2).map(sorted))
def test_local_times_become_the_instants_of_the_oracle_in_their_order(zone, day, minutes):
    mapped = [local_day(ZoneInfo(zone), day).instant(minute * 60) for minute in minutes]

    clocks = [time(minute // 60, minute % 60) for minute in minutes]
    assert mapped == [int(oracle.instant(ZoneInfo(zone), day, clock).timestamp()) for clock in clocks]
    assert mapped == sorted(mapped)


def test_days_follow_each_other_without_a_gap():
    zone, start = ZoneInfo("Europe/Berlin"), date(2026, 1, 1)
    days = [local_day(zone, start + timedelta(days=number)) for number in range(365)]

    lengths = {following.midnight - day.midnight: day.day for day, following in zip(days, days[1:], strict=False)}

    assert lengths == {86_400: date(2026, 12, 30), 82_800: date(2026, 3, 29), 90_000: AUTUMN}
