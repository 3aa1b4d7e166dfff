"""A clinic's days: local time and instants, also in the two nights when clocks change.

A local time stands for one instant. One that does not exist (02:30 in spring) stands for the moment of the jump; one
that exists twice (02:30 in autumn) for the second. So local times keep their order, blocks that touch still touch, and
a block lasts as long as its staff is there: 01:00 to 04:00 takes four hours in autumn, two in spring.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

COUNTRY = "DE"


@dataclass(frozen=True, slots=True)
class Day:
    """A local day. ``midnight``: epoch seconds of its first moment. On a day when clocks change, ``jump`` seconds after
    midnight they go forward by ``shift`` seconds (back: less than 0); on all others both are 0."""

    day: date
    midnight: int
    jump: int = 0
    shift: int = 0

    def instant(self, second: int) -> int:
        """Epoch seconds of a local time, given as seconds on the clock since 00:00."""
        passed = second - self.shift if second >= self.jump + self.shift else min(second, self.jump)
        return self.midnight + passed


@lru_cache(maxsize=4096)
def local_day(zone: ZoneInfo, day: date) -> Day:
    midnight, end = _midnight(zone, day), _midnight(zone, day + timedelta(days=1))
    if end - midnight == 86_400:
        return Day(day, midnight)
    before = _offset(zone, midnight - 1) if _clock(zone, midnight) else _offset(zone, midnight)
    low, high = midnight, end  # the first second of the new offset
    while low < high:
        middle = (low + high) // 2
        if _offset(zone, middle) == before:
            low = middle + 1
        else:
            high = middle
    return Day(day, midnight, jump=low - midnight, shift=_offset(zone, low) - before)


@lru_cache(maxsize=256)
def public_holidays(federal_state: str, year: int) -> frozenset[date]:
    """The public holidays of a whole German federal state (ISO 3166-2 code without DE-)."""
    return frozenset(holidays.country_holidays(COUNTRY, subdiv=federal_state, years=year))


def is_holiday(federal_state: str, day: date) -> bool:
    return day in public_holidays(federal_state, day.year)


def _midnight(zone: ZoneInfo, day: date) -> int:
    """The first moment of the day; where clocks jump over midnight, the moment of the jump."""
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp())


def _offset(zone: ZoneInfo, moment: int) -> int:
    offset = datetime.fromtimestamp(moment, zone).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())


def _clock(zone: ZoneInfo, moment: int) -> int:
    """Seconds that the clock shows past midnight."""
    shown = datetime.fromtimestamp(moment, zone)
    return shown.hour * 3600 + shown.minute * 60 + shown.second


def months_before(day: date, months: int) -> date:
    """The same day of an earlier month, or its last day."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
