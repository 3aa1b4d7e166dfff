"""Blocks of opening hours: open that day, meeting, a visit inside. Held against the statement of availability."""

from datetime import UTC, date, datetime, time

import pytest

from appointments.models import OpeningHours
from appointments.selectors.blocks import first_meeting, is_inside, is_open, share_a_reason

MONDAY = date(2026, 11, 23)


def block(starts="08:00", ends="12:00", **fields) -> OpeningHours:
    values = {"weekday": 1, "valid_from": MONDAY, **fields}
    times = {"starts": time.fromisoformat(starts), "ends": time.fromisoformat(ends)}
    return OpeningHours(organisation_id="00000000-0000-0000-0000-000000000000", **times, **values)


@pytest.mark.parametrize(
    ("fields", "day", "wanted"),
    [
        ({}, MONDAY, True),
        ({}, date(2026, 11, 24), False),
        ({}, date(2026, 11, 16), False),  # before its first day
        ({"valid_until": date(2026, 11, 30)}, date(2026, 11, 30), True),
        ({"valid_until": date(2026, 11, 30)}, date(2026, 12, 7), False),
        ({"every_weeks": 2}, date(2026, 11, 30), False),
        ({"every_weeks": 2}, date(2026, 12, 7), True),
        ({"every_weeks": 2, "valid_from": date(2026, 11, 25)}, date(2026, 12, 7), True),  # counted from its week
    ],
)
def test_a_block_is_open_on_its_days(fields, day, wanted):
    assert is_open(block(**fields), day) is wanted


def test_on_a_public_holiday_only_a_block_that_says_so_is_open():
    assert is_open(block(), MONDAY, is_holiday=True) is False
    assert is_open(block(on_holidays=True), MONDAY, is_holiday=True) is True


@pytest.mark.parametrize(
    ("one", "other", "wanted"),
    [
        (block(), block("10:00", "14:00"), MONDAY),
        (block(), block("12:00", "14:00"), None),  # they touch
        (block(), block(weekday=2), None),
        (block(valid_until=MONDAY), block(valid_from=date(2026, 11, 30)), None),
        (block(), block(valid_from=date(2027, 1, 1)), date(2027, 1, 4)),
        (block(every_weeks=2), block(every_weeks=2, valid_from=date(2026, 11, 30)), None),  # in turn
        (block(every_weeks=2), block(every_weeks=3, valid_from=date(2026, 11, 30)), date(2026, 12, 21)),
        (
            block(every_weeks=2),
            block(every_weeks=3, valid_until=date(2026, 12, 20), valid_from=date(2026, 11, 30)),
            None,
        ),
    ],
)
def test_two_blocks_meet_on_the_first_day_both_are_open(one, other, wanted):
    assert first_meeting(one, other) == wanted
    assert first_meeting(other, one) == wanted


def test_blocks_without_reasons_are_for_all_of_them():
    assert [share_a_reason([], [1]), share_a_reason([1], [1, 2]), share_a_reason([1], [2])] == [True, True, False]


@pytest.mark.parametrize(
    ("starts", "ends", "wanted"),
    [
        ("08:00", "08:30", True),
        ("11:30", "12:30", True),  # across two blocks that touch
        ("07:45", "08:15", False),
        ("13:30", "14:15", False),
        ("14:00", "14:30", False),
        ("15:00", "16:00", True),
        ("13:00", "15:30", False),  # across a gap
    ],
)
def test_a_visit_lies_inside_blocks_joined_where_they_touch(starts, ends, wanted):
    blocks = [block("15:00", "16:00"), block("12:00", "14:00"), block()]
    first, last = (datetime.combine(MONDAY, time.fromisoformat(each), UTC) for each in (starts, ends))

    assert is_inside(blocks, first, last) is wanted
