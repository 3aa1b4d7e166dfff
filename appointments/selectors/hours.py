"""Opening hours in words: "Montag bis Donnerstag: 8:00 bis 12:00 Uhr und 13:00 bis 17:00 Uhr"."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time

from django.utils.dates import WEEKDAYS
from django.utils.formats import time_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

Block = tuple[int, time, time]  # ISO weekday, start, end


@dataclass(frozen=True, slots=True)
class HoursLine:
    days: str
    times: str


def hours_in_words(blocks: Iterable[Block]) -> tuple[HoursLine, ...]:
    """One line for each run of neighbouring days with the same hours; closed days are left out."""
    by_day: dict[int, list[tuple[time, time]]] = {}
    for weekday, starts, ends in sorted(blocks):
        _add(by_day.setdefault(weekday, []), starts, ends)
    runs: list[tuple[int, int, list[tuple[time, time]]]] = []
    for weekday, spans in sorted(by_day.items()):
        if runs and runs[-1][1] == weekday - 1 and runs[-1][2] == spans:
            runs[-1] = (runs[-1][0], weekday, spans)
        else:
            runs.append((weekday, weekday, spans))
    return tuple(HoursLine(_days(first, last), _times(spans)) for first, last, spans in runs)


def _add(spans: list[tuple[time, time]], starts: time, ends: time) -> None:
    """Sorted blocks that touch or overlap are one span."""
    if spans and starts <= spans[-1][1]:
        spans[-1] = (spans[-1][0], max(spans[-1][1], ends))
    else:
        spans.append((starts, ends))


def _days(first: int, last: int) -> str:
    names = {"first": WEEKDAYS[first - 1], "last": WEEKDAYS[last - 1]}
    if first == last:
        return str(names["first"])
    if last == first + 1:
        return _("%(first)s and %(last)s") % names
    return _("%(first)s to %(last)s") % names


def _times(spans: list[tuple[time, time]]) -> str:
    parts = [
        pgettext("time range", "%(start)s to %(end)s")
        % {"start": time_format(starts, "H:i"), "end": time_format(ends, pgettext("time format", "H:i"))}
        for starts, ends in spans
    ]
    if len(parts) < 2:
        return "".join(parts)
    return _("%(first)s and %(last)s") % {"first": ", ".join(parts[:-1]), "last": parts[-1]}
