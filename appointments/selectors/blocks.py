"""Blocks of opening hours as plain facts: is one open that day, do two meet, is a visit inside?

What availability_sql.py says of blocks in SQL is said here in Python, for the pages that set them up.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime, time, timedelta
from math import lcm

from appointments.models import OpeningHours

WEEK = timedelta(days=7)


def is_open(block: OpeningHours, day: date, *, is_holiday: bool = False) -> bool:
    """Whether the block counts on a local day; ``is_holiday``: one on which the clinic is closed."""
    return (
        block.weekday == day.isoweekday()
        and block.valid_from <= day
        and (block.valid_until is None or day <= block.valid_until)
        and is_its_week(block, day)
        and (block.on_holidays or not is_holiday)
    )


def is_its_week(block: OpeningHours, day: date) -> bool:
    """Every n weeks, counted from the week of the first day."""
    return (monday_of(day) - monday_of(block.valid_from)) // WEEK % block.every_weeks == 0


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def next_such_day(first: date, weekday: int) -> date:
    """The first day from ``first`` on that is this ISO weekday."""
    return first + timedelta(days=(weekday - first.isoweekday()) % 7)


def is_extra(block: OpeningHours) -> bool:
    """Hours of one day."""
    return block.valid_from == block.valid_until


def first_meeting(one: OpeningHours, other: OpeningHours) -> date | None:
    """The first day on which two blocks are open at one time; None: never. Blocks that touch do not meet."""
    if one.weekday != other.weekday or one.starts >= other.ends or other.starts >= one.ends:
        return None
    first = next_such_day(max(one.valid_from, other.valid_from), one.weekday)
    last = min((block.valid_until for block in (one, other) if block.valid_until), default=date.max)
    for turn in range(lcm(one.every_weeks, other.every_weeks)):
        if last - first < turn * WEEK:
            return None
        day = first + turn * WEEK
        if is_open(one, day) and is_open(other, day):
            return day
    return None


def share_a_reason(one: Collection[int], other: Collection[int]) -> bool:
    """Of two blocks' allowed reasons. None at all: every reason."""
    return not one or not other or not set(one).isdisjoint(other)


def is_inside(blocks: Iterable[OpeningHours], starts: datetime, ends: datetime, *, is_holiday: bool = False) -> bool:
    """Whether a visit, in local times, lies in the blocks of its day, joined where they touch."""
    day = starts.date()
    if ends.date() != day:
        return False
    reached: time | None = None
    for block in sorted(blocks, key=lambda each: each.starts):
        if not is_open(block, day, is_holiday=is_holiday):
            continue
        if reached is None or block.starts > reached:
            reached = block.ends if block.starts <= starts.time() else None
        else:
            reached = max(reached, block.ends)
        if reached is not None and reached >= ends.time():
            return True
    return False
