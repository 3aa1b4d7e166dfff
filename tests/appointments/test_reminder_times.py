"""When reminders are due and may leave: quiet hours, and both nights in which clocks change."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from appointments.selectors.reminder_times import QuietHours, due_moment, leaves_at

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str, *, fold: int = 0) -> datetime:
    """A local time in Berlin, as the instant it stands for."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold).astimezone(UTC)


def quiet(begin: str = "20:00", end: str = "08:00") -> QuietHours:
    return QuietHours(time.fromisoformat(begin), time.fromisoformat(end), BERLIN)


@pytest.mark.parametrize(
    ("moment", "allowed"),
    [
        ("2026-11-24 19:59", "2026-11-24 19:59"),
        ("2026-11-24 20:00", "2026-11-25 08:00"),
        ("2026-11-24 23:30", "2026-11-25 08:00"),
        ("2026-11-25 00:30", "2026-11-25 08:00"),
        ("2026-11-25 07:59", "2026-11-25 08:00"),
        ("2026-11-25 08:00", "2026-11-25 08:00"),
    ],
)
def test_what_falls_into_the_night_leaves_in_the_morning(moment, allowed):
    assert quiet().allowed_from(at(moment)) == at(allowed)


def test_quiet_hours_may_lie_within_a_day_and_the_same_time_twice_is_never_quiet():
    noon = at("2026-11-24 12:30")
    assert quiet("12:00", "14:00").allowed_from(noon) == at("2026-11-24 14:00")
    assert quiet("12:00", "12:00").allowed_from(noon) == noon


@pytest.mark.parametrize("night", ["2026-03-28", "2026-10-24"])  # the next morning is an hour nearer, or farther
def test_quiet_hours_end_at_the_same_local_time_after_the_clock_change(night):
    moment = at(f"{night} 21:00")
    allowed = quiet().allowed_from(moment)
    assert allowed.astimezone(BERLIN).time() == time(8)
    assert allowed - moment == timedelta(hours=10 if night == "2026-03-28" else 12)


def test_an_end_that_does_not_exist_is_the_moment_after_the_jump():
    assert quiet("20:00", "02:30").allowed_from(at("2026-03-29 01:30")) == at("2026-03-29 03:30")


@pytest.mark.parametrize(("moment", "end"), [(0, 0), (1, 1)])
def test_an_end_that_comes_twice_is_never_in_the_past(moment, end):
    allowed = quiet("20:00", "02:30").allowed_from(at("2026-10-25 02:10", fold=moment))
    assert allowed == at("2026-10-25 02:30", fold=end)


@pytest.mark.parametrize(
    ("unit", "amount", "spring", "autumn"),
    [
        ("days", 7, "2026-03-23 10:00", "2026-10-19 10:00"),  # the same time on the clock
        ("hours", 48, "2026-03-28 09:00", "2026-10-24 11:00"),  # hours that really pass
    ],
)
def test_days_keep_the_local_time_and_hours_pass(unit, amount, spring, autumn):
    def due(text):
        return due_moment(at(text), amount=amount, unit=unit, zone=BERLIN)

    assert (due("2026-03-30 10:00"), due("2026-10-26 10:00")) == (at(spring), at(autumn))


@pytest.mark.parametrize(
    ("starts_at", "leaves"),
    [
        ("2026-11-25 08:01", "2026-11-25 08:00"),
        ("2026-11-25 08:00", None),  # not before the visit any more
        ("2026-11-25 07:30", None),
    ],
)
def test_a_reminder_never_leaves_when_the_visit_has_begun(starts_at, leaves):
    due = at("2026-11-25 06:00")
    found = leaves_at(due, starts_at=at(starts_at), now=due, quiet=quiet())
    assert found == (at(leaves) if leaves else None)


def test_what_was_found_late_at_night_waits_for_the_morning_too():
    due, now = at("2026-11-24 19:00"), at("2026-11-24 22:00")
    assert leaves_at(due, starts_at=at("2026-11-26 09:00"), now=now, quiet=quiet()) == at("2026-11-25 08:00")
