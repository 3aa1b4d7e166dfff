"""Periods, their steps, and the period before."""

from datetime import date

import pytest

from appointments.enums import Preset, Step
from appointments.selectors.periods import Period, fitting_step, named


def period(first: str, last: str) -> Period:
    return Period(date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (("2026-03-01", "2026-03-31"), ("2026-02-01", "2026-02-28")),  # a month: the month before
        (("2024-03-01", "2024-03-31"), ("2024-02-01", "2024-02-29")),
        (("2026-01-01", "2026-03-31"), ("2025-10-01", "2025-12-31")),
        (("2026-01-01", "2026-12-31"), ("2025-01-01", "2025-12-31")),
        (("2026-03-01", "2026-03-30"), ("2026-01-30", "2026-02-28")),  # 30 days: 30 days
        (("2026-03-30", "2026-04-05"), ("2026-03-23", "2026-03-29")),
        (("2026-03-30", "2026-03-30"), ("2026-03-29", "2026-03-29")),
    ],
)
def test_the_period_before_is_as_long_and_ends_where_it_begins(asked, expected):
    assert period(*asked).before == period(*expected)


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (Step.WEEK, [("2026-12-30", "2027-01-03"), ("2027-01-04", "2027-01-10"), ("2027-01-11", "2027-01-12")]),
        (Step.MONTH, [("2026-12-30", "2026-12-31"), ("2027-01-01", "2027-01-12")]),
        (Step.QUARTER, [("2026-12-30", "2026-12-31"), ("2027-01-01", "2027-01-12")]),
        (Step.YEAR, [("2026-12-30", "2026-12-31"), ("2027-01-01", "2027-01-12")]),
    ],
)
def test_steps_are_whole_and_cut_at_both_ends(step, expected):
    assert period("2026-12-30", "2027-01-12").steps(step) == [period(*each) for each in expected]


def test_days_are_steps():
    assert period("2026-02-27", "2026-03-01").steps(Step.DAY) == [
        period(day, day) for day in ("2026-02-27", "2026-02-28", "2026-03-01")
    ]


@pytest.mark.parametrize(
    ("preset", "expected"),
    [
        (Preset.THIS_WEEK, ("2026-11-23", "2026-11-29")),
        (Preset.LAST_WEEK, ("2026-11-16", "2026-11-22")),
        (Preset.THIS_MONTH, ("2026-11-01", "2026-11-30")),
        (Preset.LAST_MONTH, ("2026-10-01", "2026-10-31")),
        (Preset.THIS_QUARTER, ("2026-10-01", "2026-12-31")),
        (Preset.LAST_QUARTER, ("2026-07-01", "2026-09-30")),
        (Preset.THIS_YEAR, ("2026-01-01", "2026-12-31")),
        (Preset.LAST_YEAR, ("2025-01-01", "2025-12-31")),
    ],
)
def test_presets(preset, expected):
    assert named(preset, date(2026, 11, 26)) == period(*expected)


@pytest.mark.parametrize(
    ("last", "step", "parts"),
    [("2026-01-31", "day", 31), ("2026-03-31", "week", 14), ("2026-12-31", "month", 12), ("2030-12-31", "quarter", 20)],
)
def test_a_period_is_divided_into_few_parts_where_nobody_says(last, step, parts):
    asked = period("2026-01-01", last)

    assert (fitting_step(asked), len(asked.steps(fitting_step(asked)))) == (step, parts)
