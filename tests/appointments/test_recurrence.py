"""The dates of a series: the rule, its ends, and the nights when clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appointments.enums import SeriesUnit
from appointments.selectors.recurrence import (
    LONGEST,
    MOST_DATES,
    Rule,
    TooLong,
    TooManyDates,
    days_of,
    shifted,
    starts_of,
)

BERLIN = ZoneInfo("Europe/Berlin")
DAYS, WEEKS = SeriesUnit.DAYS, SeriesUnit.WEEKS
MONDAY = date(2026, 11, 23)


def rule(every=1, unit=WEEKS, first=MONDAY, **fields) -> Rule:
    if unit == WEEKS:
        fields.setdefault("weekdays", (first.isoweekday(),))
    if not {"count", "until"} & set(fields):
        fields["count"] = 4
    return Rule(every, unit, first, **fields)


def written(days) -> list[str]:
    return [day.strftime("%a %d.%m.") for day in days]


@pytest.mark.parametrize(
    ("asked", "dates"),
    [
        (rule(3, DAYS), ["Mon 23.11.", "Thu 26.11.", "Sun 29.11.", "Wed 02.12."]),
        (rule(1, DAYS, until=date(2026, 11, 25)), ["Mon 23.11.", "Tue 24.11.", "Wed 25.11."]),
        (rule(2), ["Mon 23.11.", "Mon 07.12.", "Mon 21.12.", "Mon 04.01."]),
        (rule(1, weekdays=(4, 1), count=5), ["Mon 23.11.", "Thu 26.11.", "Mon 30.11.", "Thu 03.12.", "Mon 07.12."]),
        (
            rule(1, first=MONDAY + timedelta(days=2), weekdays=(1, 4), count=3),
            ["Thu 26.11.", "Mon 30.11.", "Thu 03.12."],
        ),
        (
            rule(2, first=MONDAY + timedelta(days=2), weekdays=(1, 4), count=3),
            ["Thu 26.11.", "Mon 07.12.", "Thu 10.12."],
        ),
        (rule(1, until=MONDAY), ["Mon 23.11."]),
        (rule(1, first=MONDAY, weekdays=(2,), until=MONDAY), []),
    ],
)
def test_every_n_days_or_weeks_until_a_day_or_a_count(asked, dates):
    assert written(days_of(asked)) == dates


@pytest.mark.parametrize(
    "fields",
    [
        {"count": 3, "until": MONDAY},
        {"count": None},
        {"every": 0},
        {"unit": DAYS, "weekdays": (1,), "count": 3},
        {"unit": WEEKS, "weekdays": (), "count": 3},
    ],
)
def test_half_a_rule_is_none(fields):
    values = {"every": 1, "unit": WEEKS, "first_day": MONDAY, "weekdays": (1,), **fields}
    if "count" not in fields:
        values["count"] = 3
    with pytest.raises(ValueError):
        Rule(**values)


def test_a_series_has_at_most_104_dates():
    assert len(days_of(rule(1, DAYS, count=MOST_DATES))) == 104
    with pytest.raises(TooManyDates):
        days_of(rule(1, DAYS, count=MOST_DATES + 1))
    with pytest.raises(TooManyDates):
        days_of(rule(1, DAYS, until=MONDAY + timedelta(days=104)))


def test_a_series_lasts_two_years_at_most():
    assert days_of(rule(1, count=104))[-1] == date(2028, 11, 13)
    with pytest.raises(TooLong):
        days_of(rule(4, count=40))


def clocks(starts) -> list[str]:
    return [start.astimezone(BERLIN).strftime("%d.%m. %H:%M") for start in starts]


def test_the_local_hour_stays_when_clocks_go_back_and_forward():
    autumn = starts_of(rule(1, first=date(2026, 10, 19), count=3), time(9), BERLIN)
    spring = starts_of(rule(1, first=date(2027, 3, 22), count=3), time(9), BERLIN)

    assert clocks(autumn) == ["19.10. 09:00", "26.10. 09:00", "02.11. 09:00"]
    assert [start.hour for start in autumn] == [7, 8, 8]
    assert clocks(spring) == ["22.03. 09:00", "29.03. 09:00", "05.04. 09:00"]
    assert [start.hour for start in spring] == [8, 7, 7]


def test_a_time_that_a_night_does_not_have_is_the_moment_of_the_jump():
    starts = starts_of(rule(1, DAYS, first=date(2027, 3, 27), count=3), time(2, 30), BERLIN)
    assert clocks(starts) == ["27.03. 02:30", "28.03. 03:00", "29.03. 02:30"]


def test_a_time_that_a_night_has_twice_is_the_second():
    (start,) = starts_of(rule(1, DAYS, first=date(2026, 10, 25), count=1), time(2, 30), BERLIN)
    assert start == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_a_shift_keeps_the_clock_over_a_change_of_clocks():
    before = datetime(2026, 10, 24, 7, tzinfo=UTC)  # 9:00 in summer time
    assert clocks([shifted(before, days=1, minutes=30, zone=BERLIN)]) == ["25.10. 09:30"]
    assert shifted(before, days=1, minutes=30, zone=BERLIN) == datetime(2026, 10, 25, 8, 30, tzinfo=UTC)


firsts = st.dates(date(2026, 1, 1), date(2029, 12, 31))
times_of_day = st.times(time(4), time(23, 30)).map(lambda clock: clock.replace(second=0, microsecond=0))
day_rules = st.builds(
    lambda first, every, count: Rule(every, DAYS, first, count=count), firsts, st.integers(1, 7), st.integers(1, 104)
)
week_rules = st.builds(
    lambda first, every, weekdays, count: Rule(every, WEEKS, first, weekdays=tuple(weekdays), count=count),
    firsts, st.integers(1, 4), st.sets(st.integers(1, 7), min_size=1), st.integers(1, 24),
)  # fmt: skip
zones = st.sampled_from([BERLIN, ZoneInfo("Europe/London"), ZoneInfo("America/New_York"), ZoneInfo("UTC")])


@given(st.one_of(day_rules, week_rules), times_of_day, zones)
def test_any_series_has_its_count_of_days_in_order_at_its_local_time(asked, clock, zone):
    """Two years hold both changes of clocks; the times are those that every day has once."""
    days, starts = days_of(asked), starts_of(asked, clock, zone)
    local = [start.astimezone(zone) for start in starts]

    assert [moment.date() for moment in local] == days
    assert {moment.time() for moment in local} == {clock}
    assert days == sorted(set(days)) and len(days) == asked.count
    assert days[0] >= asked.first_day and days[-1] - asked.first_day <= LONGEST


@given(week_rules)
def test_any_weekly_series_is_on_its_weekdays_in_every_nth_week(asked):
    """Against a slow twin that looks at each day."""
    monday = asked.first_day - timedelta(days=asked.first_day.weekday())
    every_day = (asked.first_day + timedelta(days=number) for number in range(800))
    expected = [
        day for day in every_day
        if day.isoweekday() in asked.weekdays and (day - monday).days // 7 % asked.every == 0
    ]  # fmt: skip
    assert days_of(asked) == expected[: asked.count]


@given(st.one_of(day_rules, week_rules), st.integers(0, 400))
def test_a_day_as_the_end_gives_the_same_dates_as_a_count(asked, further):
    by_count = days_of(asked)
    until = by_count[-1] + timedelta(days=further)
    ended = Rule(asked.every, asked.unit, asked.first_day, weekdays=asked.weekdays, until=by_count[-1])
    longer = Rule(asked.every, asked.unit, asked.first_day, weekdays=asked.weekdays, until=until)

    assert days_of(ended) == by_count
    try:
        assert days_of(longer)[: len(by_count)] == by_count
    except (TooManyDates, TooLong):
        assert further > 0


@given(firsts, times_of_day, st.integers(-60, 60), st.integers(-180, 180))
def test_any_shift_moves_day_and_clock_by_as_much(first, clock, days, minutes):
    start = starts_of(Rule(1, DAYS, first, count=1), clock, BERLIN)[0]
    naive = datetime.combine(first, clock) + timedelta(days=days, minutes=minutes)
    moved = shifted(start, days=days, minutes=minutes, zone=BERLIN).astimezone(BERLIN).replace(tzinfo=None)

    assert moved == naive or naive.hour in (2, 3) and abs(moved - naive) <= timedelta(hours=1)
