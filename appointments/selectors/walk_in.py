"""Where somebody who stands at the desk could be seen next. Runs in an organisation scope."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from .availability import local_date, next_free

DAYS = 7


def next_gaps(*, reason_id: int, calendar_ids: Sequence[int], now: datetime) -> list[tuple[int, datetime]]:
    """The first free time of each calendar within a week, the earliest first."""
    today = local_date(now)
    found = next_free(
        reason_id=reason_id,
        calendar_ids=calendar_ids,
        first_day=today,
        last_day=today + timedelta(days=DAYS - 1),
        now=now,
        online=False,
    )
    return sorted(found.items(), key=lambda each: (each[1], calendar_ids.index(each[0])))
