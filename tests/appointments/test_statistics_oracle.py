"""The statements of the statistics against their plain twin, over random clinics."""

from dataclasses import asdict
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appointments.enums import Breakdown, Step
from appointments.models import Appointment
from appointments.selectors.periods import Period
from appointments.selectors.statistics import Figures, Question, statistics
from tests import factories

from . import statistics_oracle as twin
from .test_availability_oracle import ANCHORS, clocks, example_of, mostly

pytestmark = pytest.mark.django_db
STATUSES = ["booked", "done", "no_show", "cancelled"]


@st.composite
def worlds(draw) -> dict:
    """The description of a clinic, and what is asked of it. Minutes are counted from the first day's midnight."""
    first = draw(st.sampled_from(ANCHORS))
    length = draw(st.sampled_from([1, 2, 3, 9]))
    calendars = draw(st.integers(1, 3))
    which = mostly(0, *range(1, calendars))
    minute = st.integers(-length * 1440 - 90, (length + 1) * 1440)
    block = st.fixed_dictionaries(
        {
            "calendar": which,
            "weekday": st.integers(1, 7),
            "clocks": clocks(),
            "validity": mostly((-40, None), (-40, 0), (1, None)),
            "fields": st.fixed_dictionaries({"every_weeks": mostly(1, 2), "on_holidays": st.booleans()}),
        }
    )
    visit = st.fixed_dictionaries(
        {
            "calendar": which,
            "reason": st.integers(0, 1),
            "minute": minute,
            "minutes": st.sampled_from([5, 15, 20, 45, 180]),
            "status": st.sampled_from(STATUSES),
            "origin": st.sampled_from(["online", "staff"]),
            "by": st.sampled_from(["", "patient", "staff"]),
            "lead": st.sampled_from([-30, 0, 60, 700, 1500, 10_000, 700_000]),  # minutes before the visit
            "arrived": st.sampled_from([None, -20, -3, 4]),
            "started": st.sampled_from([None, -7, 2, 31]),
        }
    )
    return {
        "first": first,
        "length": length,
        "step": draw(st.sampled_from(list(Step))),
        "by": draw(st.sampled_from(list(Breakdown))),
        "one_reason": draw(mostly(False, True)),
        "now": draw(minute),
        "active": draw(st.lists(mostly(True, False), min_size=calendars, max_size=calendars)),
        "asked": draw(st.lists(mostly(True, False), min_size=calendars, max_size=calendars)),
        "hours": draw(st.lists(block, max_size=10)),
        "visits": draw(st.lists(visit, max_size=12)),
        "absences": draw(st.lists(st.tuples(which, minute, st.integers(1, 2000)), max_size=2)),
    }


def build(clinic, drawn: dict):
    zero = datetime.combine(drawn["first"], time(), tzinfo=clinic.zone)

    def at(minutes: int) -> datetime:
        return zero.astimezone(factories.UTC) + timedelta(minutes=minutes)

    units = [factories.unit(), factories.unit()]
    calendars = [factories.calendar(unit=units[n % 2], is_active=active) for n, active in enumerate(drawn["active"])]
    reasons = [factories.reason(), factories.reason()]
    for block in drawn["hours"]:
        start, end = block["validity"]
        factories.hours(
            calendars[block["calendar"]],
            weekdays=[block["weekday"]],
            starts=block["clocks"][0],
            ends=block["clocks"][1],
            valid_from=drawn["first"] + timedelta(days=start),
            valid_until=None if end is None else drawn["first"] + timedelta(days=end),
            **block["fields"],
        )
    for number, start, length in drawn["absences"]:
        factories.absence(calendars[number], at(start), at(start + length))
    patient = factories.patient() if drawn["visits"] else None
    for each in drawn["visits"]:
        is_cancelled = each["status"] == "cancelled"
        row = Appointment.objects.create(
            calendar=calendars[each["calendar"]],
            reason=reasons[each["reason"]],
            patient=patient,
            starts_at=at(each["minute"]),
            ends_at=at(each["minute"] + each["minutes"]),
            status=each["status"],
            origin=each["origin"],
            cancelled_at=at(each["minute"]) if is_cancelled else None,
            cancelled_by=each["by"] if is_cancelled else "",
            arrived_at=None if each["arrived"] is None else at(each["minute"] + each["arrived"]),
            started_at=None if each["started"] is None else at(each["minute"] + each["started"]),
        )
        Appointment.objects.filter(pk=row.pk).update(created_at=at(each["minute"] - each["lead"]))
    return calendars, reasons, at(drawn["now"])


def plain(figures: Figures) -> dict:
    found = asdict(figures)
    return {**found, "open": round(found["open"]) if found["open"] else None, "used": round(found["used"])}


def without_use(found: dict) -> dict:
    return {**found, "open": None, "used": 0}


@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(drawn=worlds())
def test_statements_and_twin_agree(clinic, drawn):
    first, length = drawn["first"], drawn["length"]
    period = Period(first, first + timedelta(days=length - 1))
    with example_of(clinic):
        calendars, reasons, now = build(clinic, drawn)
        counted = [each.pk for each, asked in zip(calendars, drawn["asked"], strict=True) if asked]
        reason = reasons[0].pk if drawn["one_reason"] else None
        question = Question(clinic, period, drawn["step"], drawn["by"], counted, now, reason)

        found = statistics(question)

        oracle = twin.Twin(clinic, now)

        def expected(days: list[date], *, of=counted, reason=reason) -> dict:
            figures = oracle.figures(days, of, reason)
            return figures if reason is None else without_use(figures)

        days = [first + timedelta(days=number) for number in range(length)]
        before = [first - timedelta(days=length - number) for number in range(length)]
        assert plain(found.now) == expected(days)
        assert plain(found.before) == expected(before)
        assert [plain(figures) for _part, figures in found.steps] == [
            expected(part) for part in twin.parts(first, period.last, drawn["step"])
        ]
        for row in found.rows:
            named = of_row(drawn["by"], row.id, calendars, counted, reason)
            if named is not None:
                assert plain(row.now) == expected(days, **named)
                assert plain(row.before) == expected(before, **named)
        assert sum(row.now.booked for row in found.rows) == found.now.booked


def of_row(by: Breakdown, number: int, calendars, counted: list[int], reason: int | None) -> dict | None:
    """What the twin is asked for one row; None where the row is a reason and another one was asked for."""
    if by == Breakdown.CALENDAR:
        return {"of": [number]}
    if by == Breakdown.UNIT:
        return {"of": [each.pk for each in calendars if each.unit_id == number and each.pk in counted]}
    return {"reason": number} if reason in (None, number) else None


@pytest.fixture
def clinic(db):
    made = factories.organisation(closed_on_holidays=True)
    factories.agreement(made)
    return made
