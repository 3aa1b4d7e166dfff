"""Many starts of one calendar looked at together: the rules of availability_sql.py for times that staff wish for.

The starts need not be on the grid of the opening hours. One statement, which looks at the days of the starts only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .availability import Fit, fit_of, local_date, question_on, run
from .availability_sql import ABSENCE, FIT, FREE_ALTERNATIVES, GRID, RULES, RUN, WANTED, Rule, starts, statement

MANY = "%(starts_at)s::timestamptz[]"


def _among(rules: tuple[Rule, ...]) -> str:
    """``availability_sql.starts`` with the wished starts of each block instead of those on its grid."""
    on_grid = starts(rules=rules)
    wished = on_grid.replace("SELECT generate_series(first, last, o.step) AS t", "SELECT t").replace(
        "AS late) b", f"AS late) b JOIN unnest({MANY}) wished (t) ON t BETWEEN first AND last"
    )
    assert wished.count("wished") == 1 and "generate_series" not in wished
    return wished


# What can be had of them; what lies in opening hours; when somebody is there.
AT_STARTS = statement(
    ",\n       ".join(f"ARRAY(SELECT DISTINCT t{_among(rules)})" for rules in (RULES, (GRID, RUN), (GRID, ABSENCE)))
)
# What each of those that can be had takes.
FIT_STARTS = statement(
    "each.t, " + FIT.replace(WANTED, "each.t"),
    more=f"\nCROSS JOIN LATERAL (SELECT DISTINCT t{_among(RULES)}) each"
    + FREE_ALTERNATIVES.replace(WANTED, "each.t")
    + "\nORDER BY each.t, o.site_id",
)


@dataclass(frozen=True, slots=True)
class AtStarts:
    """What is true of the starts asked for: ``free`` can be booked; ``open``: within opening hours; ``present``:
    nobody is absent (of those within opening hours)."""

    free: frozenset[datetime]
    open: frozenset[datetime]
    present: frozenset[datetime]


def at_starts(
    *, reason_id: int, calendar_id: int, starts: Sequence[datetime], now: datetime, minutes: int | None = None
) -> AtStarts:
    """What stands against each of these (UTC) for staff. ``minutes``: as long as that instead of as usual."""
    rows = _rows(AT_STARTS, reason_id, calendar_id, starts, now, minutes)
    free, opened, present = (frozenset(start for row in rows for start in row[column]) for column in (1, 2, 3))
    return AtStarts(free, opened, present)


def fit_starts(
    *, reason_id: int, calendar_id: int, starts: Sequence[datetime], now: datetime, minutes: int | None = None
) -> dict[datetime, Fit]:
    """As ``fit_slot``: those that can be had. Each is looked at by itself, as if none of the others were booked."""
    found: dict[datetime, Fit] = {}
    for _id, start, *columns in _rows(FIT_STARTS, reason_id, calendar_id, starts, now, minutes):
        if start not in found:  # at the first of several sites
            found[start] = fit_of(calendar_id, reason_id, start, columns, now)
    return found


def _rows(
    sql: str, reason_id: int, calendar_id: int, starts: Sequence[datetime], now: datetime, minutes: int | None
) -> list[tuple]:
    days = {local_date(start) for start in starts}
    asked: dict[str, Any] = question_on(reason_id, [calendar_id], days, now, online=False, minutes=minutes)
    return run(sql, {**asked, "starts_at": list(starts)}) if asked["days"] else []
