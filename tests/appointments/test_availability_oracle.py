"""The statement against the oracle, over random clinics."""

from contextlib import contextmanager
from dataclasses import astuple
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appointments.selectors.availability import fit_slot, free_slots, next_free
from doctolib.tenancy.scopes import booking_scope, organisation_scope, visitor_scope
from tests import factories

from . import oracle

pytestmark = pytest.mark.django_db

# Ordinary days, Christmas, and both nights when clocks change.
ANCHORS = [date(2026, 11, 30), date(2026, 12, 24), date(2026, 10, 24), date(2027, 3, 27)]


@contextmanager
def example_of(clinic):
    """A scope whose rows are gone afterwards."""
    with organisation_scope(clinic), transaction.atomic(using=clinic.database):
        yield
        transaction.set_rollback(True, using=clinic.database)


@st.composite
def moments(draw, first_day: date) -> datetime:
    """An instant in the days asked for or just beside them; most on five minutes, some to the microsecond."""
    midnight = datetime.combine(first_day, time(), tzinfo=UTC)
    minutes = draw(st.integers(-30, 30 * 12)) * 5 if draw(st.booleans()) else draw(st.integers(-60, 26 * 60))
    odd = draw(st.sampled_from([0, 0, 0, 1, 59_999_999]))
    return midnight + timedelta(minutes=minutes, microseconds=odd)


@st.composite
def spans(draw, first_day: date, *, longest: int) -> tuple[datetime, datetime]:
    start = draw(moments(first_day))
    return start, start + timedelta(minutes=draw(st.integers(1, longest)))


@st.composite
def clocks(draw) -> tuple[time, time]:
    """A block, often in the hours in which clocks change."""
    begin = draw(st.integers(0, 40)) * 15
    end = begin + draw(st.integers(1, 20)) * 15
    return time(begin // 60, begin % 60), time(min(end, 1439) // 60, min(end, 1439) % 60)


@st.composite
def clinics(draw) -> dict:
    """The description of a clinic and a question."""
    first_day = draw(st.sampled_from(ANCHORS))
    last_day = first_day + timedelta(days=draw(st.integers(0, 2)))
    calendars = draw(st.integers(1, 3))
    rooms = draw(st.integers(0, 4))
    resources = calendars + rooms
    which = st.integers(0, resources - 1)
    validity = st.sampled_from([(-9, None), (-9, 0), (1, None), (0, 1)])
    block = st.tuples(
        st.integers(0, calendars - 1), st.integers(0, 2), clocks(), validity, st.booleans(), st.sampled_from("-ab")
    )
    held = st.sampled_from([None, None, -1, 0, 1])  # minutes from now until a hold expires
    return {
        "days": (first_day, last_day),
        "now": draw(moments(first_day)) - draw(st.sampled_from([timedelta(0), timedelta(days=1), timedelta(days=3)])),
        "online": draw(st.sampled_from([True, True, False])),
        "reason": {
            "duration": draw(st.sampled_from([1, 5, 15, 20, 45, 90])),
            "step": draw(st.sampled_from([5, 10, 20, 30, 60])),
            "buffer_before": draw(st.sampled_from([0, 0, 5, 30])),
            "buffer_after": draw(st.sampled_from([0, 0, 10, 25])),
            "minimum_notice": draw(st.sampled_from([0, 0, 90, 24 * 60])),
            "horizon": draw(st.sampled_from([0, 1, 3, 90])),
            "is_online": draw(st.sampled_from([True, True, True, False])),
        },
        "calendars": draw(
            st.lists(
                st.fixed_dictionaries({"duration": st.sampled_from([None, None, 25]), "off": st.integers(0, 9)}),
                min_size=calendars,
                max_size=calendars,
            )
        ),
        "rooms_off": draw(st.lists(st.integers(0, 9), min_size=rooms, max_size=rooms)),
        "hours": draw(st.lists(block, min_size=1, max_size=6)),
        "absences": draw(st.lists(st.tuples(which, spans(first_day, longest=2000)), max_size=3)),
        "busy": draw(st.lists(st.tuples(which, spans(first_day, longest=240), held), max_size=8)),
        "needs": draw(st.lists(st.sets(st.integers(0, rooms - 1), max_size=3), max_size=3)) if rooms else [],
        "probes": draw(st.lists(st.integers(0, 10**6), min_size=4, max_size=4)),
    }


def build(drawn: dict):
    """The rows of a drawn clinic: its reason and calendars."""
    first_day, now = drawn["days"][0], drawn["now"]
    calendars = [
        factories.calendar(is_active=each["off"] != 1, is_online=each["off"] != 2) for each in drawn["calendars"]
    ]
    rooms = [factories.room(is_active=off != 1) for off in drawn["rooms_off"]]
    reason, other = factories.reason(**drawn["reason"]), factories.reason()
    for calendar, each in zip(calendars, drawn["calendars"], strict=True):
        if each["off"] != 3:
            factories.offer(calendar, reason, duration=each["duration"])
    for number, day, (starts, ends), (from_day, until_day), online, allowed in drawn["hours"]:
        factories.hours(
            calendars[number],
            weekdays=[(first_day + timedelta(days=day)).isoweekday()],
            starts=starts,
            ends=ends,
            valid_from=first_day + timedelta(days=from_day),
            valid_until=None if until_day is None else first_day + timedelta(days=until_day),
            is_online=online,
            reasons={"-": [], "a": [reason], "b": [other]}[allowed],
        )
    resources = [*calendars, *rooms]
    for number, (starts_at, ends_at) in drawn["absences"]:
        factories.absence(resources[number], starts_at, ends_at)
    for lane, (number, (starts_at, ends_at), held) in enumerate(drawn["busy"]):
        fields = {}
        if held is not None:
            expires_at = now + timedelta(minutes=held)
            made = factories.hold(calendars[0], reason, starts_at, expires_at=expires_at, occupies=False)
            fields = {"status": "held", "hold": made, "expires_at": expires_at}
        factories.busy(resources[number], starts_at, ends_at, lane=lane, **fields)
    for need in drawn["needs"]:
        factories.requirement(reason, [rooms[number] for number in need])
    return reason, calendars


@pytest.fixture
def two_clinics():
    """One closes on holidays; the other does not, and has its own database."""
    clinics = [
        factories.organisation(closed_on_holidays=True),
        factories.organisation(closed_on_holidays=False, database="dedicated", federal_state="BY"),
    ]
    for clinic in clinics:
        factories.agreement(clinic)
    return clinics


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(drawn=clinics(), number=st.integers(0, 1))
def test_statement_and_oracle_agree(two_clinics, drawn, number):
    clinic = two_clinics[number]
    first_day, last_day = drawn["days"]
    question = {"now": drawn["now"], "online": drawn["online"]}
    with example_of(clinic):
        reason, calendars = build(drawn)
        ids = [calendar.id for calendar in calendars]
        world = oracle.World.read(clinic, reason.id, **question)
        expected = {each: oracle.free_slots(world, each, first_day, last_day) for each in ids}
        asked = {"reason_id": reason.id, "calendar_ids": ids, "first_day": first_day, "last_day": last_day, **question}

        with visitor_scope(clinic):
            assert free_slots(**asked) == expected
            assert next_free(**asked) == {each: starts[0] for each, starts in expected.items() if starts}

        grid = [(each, v.starts_at) for each in ids for v in oracle.visits(world, each, first_day, last_day)]
        for probe in drawn["probes"] if grid else []:
            calendar_id, starts_at = grid[probe % len(grid)]
            with booking_scope(clinic, hold_id=clinic.id):
                fit = fit_slot(reason_id=reason.id, calendar_id=calendar_id, starts_at=starts_at, **question)
            assert (fit and astuple(fit)) == oracle.fit(world, calendar_id, starts_at)
