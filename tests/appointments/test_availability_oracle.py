"""The statement against the oracle, over random clinics."""

from contextlib import contextmanager
from dataclasses import astuple
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

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
BERLIN = ZoneInfo("Europe/Berlin")
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


def mostly(usual, *others):
    """A clinic has many switches; with all of them thrown by chance nothing would be open."""
    return st.sampled_from([usual] * (2 * len(others) + 2) + list(others))


@st.composite
def clinics(draw) -> dict:
    """The description of a clinic and a question."""
    first_day = draw(st.sampled_from(ANCHORS))
    days = draw(st.integers(0, 2))
    calendars = draw(st.integers(1, 3))
    rooms = draw(st.integers(0, 4))
    which = mostly(0, *range(1, calendars + rooms))
    block = st.fixed_dictionaries(
        {
            "calendar": mostly(0, *range(1, calendars)),
            "day": st.integers(0, days),
            "clocks": clocks(),
            "validity": mostly((-9, None), (-9, 0), (1, None), (0, 1)),
            "allowed": st.sampled_from("-aab"),
            "share": mostly(None, 40, 80),
            "away": st.booleans(),
            "fields": st.fixed_dictionaries(
                {
                    "is_online": mostly(True, False),
                    "every_weeks": mostly(1, 2),
                    "on_holidays": st.booleans(),
                    "late_share": mostly(0, 30, 100),
                    "late_hours": st.sampled_from([2, 24, 48]),
                }
            ),
        }
    )
    held = st.sampled_from([None, None, -1, 0, 1])  # minutes from now until a hold expires
    room_sets = st.sets(st.integers(0, rooms - 1), max_size=3) if rooms else st.just(set())
    return {
        "days": (first_day, first_day + timedelta(days=days)),
        "now": draw(moments(first_day)) - draw(st.sampled_from([timedelta(0), timedelta(days=1), timedelta(days=3)])),
        "online": draw(st.sampled_from([True, True, False])),
        "reason": {
            "duration": draw(st.sampled_from([1, 5, 15, 20, 45, 90])),
            "step": draw(st.sampled_from([5, 10, 20, 30, 60])),
            "buffer_before": draw(st.sampled_from([0, 0, 5, 30])),
            "buffer_after": draw(st.sampled_from([0, 0, 10, 25])),
            "minimum_notice": draw(mostly(0, 90, 24 * 60)),
            "horizon": draw(mostly(90, 0, 1, 3)),
            "horizon_unit": draw(st.sampled_from(["days", "days", "weeks", "months"])),
            "opens_at": draw(mostly(None, time(8), time(23, 30))),
            "capacity": draw(st.sampled_from([1, 1, 2, 3])),
            "is_online": draw(mostly(True, False)),
        },
        "calendars": draw(
            st.lists(
                st.fixed_dictionaries(
                    {
                        "duration": mostly(None, 25),
                        "most_a_day": mostly(None, 0, 1, 2),
                        "off": mostly("", "inactive", "offline", "no offer"),
                    }
                ),
                min_size=calendars,
                max_size=calendars,
            )
        ),
        "rooms_active": draw(st.lists(mostly(True, False), min_size=rooms, max_size=rooms)),
        "hours": draw(st.lists(block, min_size=1, max_size=6)),
        "way": draw(st.sampled_from([None, 10, 45])),
        # A visit for the reason on the grid of a block: which block, which start, when its hold expires.
        "mates": draw(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3), mostly(1, -1)), max_size=6)),
        "absences": draw(st.lists(st.tuples(which, spans(first_day, longest=600)), max_size=2)),
        "busy": draw(st.lists(st.tuples(which, spans(first_day, longest=120), held), max_size=8)),
        "needs": draw(st.lists(st.tuples(room_sets, mostly(1, 2)), max_size=draw(mostly(0, 1, 2, 3)))),
        "probes": draw(st.lists(st.integers(0, 10**6), min_size=4, max_size=4)),
    }


def build(drawn: dict):
    """The rows of a drawn clinic: its reason and calendars."""
    first_day, now = drawn["days"][0], drawn["now"]
    calendars = [
        factories.calendar(is_active=each["off"] != "inactive", is_online=each["off"] != "offline")
        for each in drawn["calendars"]
    ]
    rooms = [factories.room(is_active=is_active) for is_active in drawn["rooms_active"]]
    reason, other = factories.reason(**drawn["reason"]), factories.reason()
    for calendar, each in zip(calendars, drawn["calendars"], strict=True):
        if each["off"] != "no offer":
            factories.offer(calendar, reason, duration=each["duration"], most_a_day=each["most_a_day"])
    elsewhere = factories.site()
    if drawn["way"] is not None:
        factories.travel(calendars[0].site, elsewhere, drawn["way"])
    for block in drawn["hours"]:
        from_day, until_day = block["validity"]
        factories.hours(
            calendars[block["calendar"]],
            weekdays=[(first_day + timedelta(days=block["day"])).isoweekday()],
            starts=block["clocks"][0],
            ends=block["clocks"][1],
            valid_from=first_day + timedelta(days=from_day),
            valid_until=None if until_day is None else first_day + timedelta(days=until_day),
            reasons={"-": [], "a": [reason], "b": [other]}[block["allowed"]],
            site=elsewhere if block["away"] else None,
            share=block["share"],
            **block["fields"],
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
    for need, quantity in drawn["needs"]:
        factories.requirement(reason, [rooms[number] for number in need], quantity=quantity)
    hours = drawn["hours"]
    for lane, (block, place, held) in enumerate(drawn["mates"], start=100):
        _mate(drawn, hours[block % len(hours)], place, held, lane, calendars, rooms, reason, elsewhere)
    return reason, calendars


def _mate(drawn, block, place, held, lane, calendars, rooms, reason, elsewhere) -> None:
    """Somebody else's hold for the same reason, with the first room where there is a way to go."""
    calendar, offer = calendars[block["calendar"]], drawn["calendars"][block["calendar"]]
    opens = oracle.instant(BERLIN, drawn["days"][0] + timedelta(days=block["day"]), block["clocks"][0])
    starts_at = opens + timedelta(minutes=place * reason.step - reason.buffer_before)
    length = reason.buffer_before + (offer["duration"] or reason.duration) + reason.buffer_after
    expires_at = drawn["now"] + timedelta(minutes=held)
    made = factories.hold(calendar, reason, starts_at, expires_at=expires_at, occupies=False)
    fields = {"status": "held", "hold": made, "expires_at": expires_at, "lane": lane, "reason": reason}
    site = elsewhere if block["away"] else calendar.site
    for each in [calendar, *rooms[:1]] if drawn["way"] else [calendar]:
        factories.busy(each, starts_at, starts_at + timedelta(minutes=length), site=site, **fields)


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
    max_examples=100,
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
