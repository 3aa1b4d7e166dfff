"""Statistics as the page and the files show them: the overview and the tables. No queries."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from appointments.enums import Breakdown

from .periods import Period
from .statistics import Figures, Quartiles, Statistics
from .statistics_words import count, days, minutes, percent, period_name, sign, signed, span, step_name, with_share

Cell = str | int | float | None


# Overview ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """A figure with that of the period before. ``change``: empty where one of them is missing."""

    name: str
    now: str
    before: str
    change: str


def overview(found: Statistics) -> list[Line]:
    now, before = found.now, found.before
    made = [
        _counted(_("Bookings"), now.booked, before.booked),
        _counted(_("booked online"), now.online, before.online),
        _counted(_("booked by the clinic"), now.by_phone, before.by_phone),
        _shared(_("Use of opening hours"), now.utilisation, before.utilisation),
        _ranged(_("Lead time"), now.lead, before.lead, days),
        _counted(_("Cancelled"), now.cancelled, before.cancelled),
        _counted(_("cancelled by patients"), now.by_patient, before.by_patient),
        _counted(_("cancelled by the clinic"), now.by_clinic, before.by_clinic),
        _shared(_("cancelled, of all bookings"), now.cancelled_share, before.cancelled_share),
        _counted(_("Did not come"), now.missed, before.missed),
        _shared(_("did not come, of all that were due"), now.missed_share, before.missed_share),
        _ranged(_("Waiting time"), now.waiting, before.waiting, minutes),
    ]
    return [line for line in made if line is not None and not (found.asked.reason and _is_use(line))]


def _is_use(line: Line) -> bool:
    return line.name == _("Use of opening hours")


def _counted(name: str, now: int, before: int) -> Line:
    change = signed((now - before) / before * 100, 1) if before else ""
    text = pgettext("percentage", "%(number)s%%") % {"number": change} if change else ""
    return Line(name, count(now), count(before), text)


def _shared(name: str, now: float | None, before: float | None) -> Line:
    change = ""
    if now is not None and before is not None:
        change = _("%(number)s percentage points") % {"number": signed((now - before) * 100, 1)}
    return Line(name, percent(now), percent(before), change)


def _ranged(name: str, now: Quartiles | None, before: Quartiles | None, unit: Callable[[int], str]) -> Line:
    change = ""
    if now and before:
        difference = now.median - before.median
        change = f"{sign(difference)}{unit(abs(difference))}"
    return Line(name, span(now, unit), span(before, unit), change)


# Tables and files ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Column:
    """``text`` on the page (None: only in files), ``values`` in files: heads and what stands below them."""

    head: Promise | str
    text: Callable[[Figures], str] | None
    values: tuple[tuple[Promise | str, Callable[[Figures], Cell]], ...]
    is_use: bool = False


def _quartile(name: str, which: str) -> Callable[[Figures], Cell]:
    return lambda figures: getattr(getattr(figures, name), which, None)


def _tenth(share: Callable[[Figures], float | None]) -> Callable[[Figures], Cell]:
    return lambda figures: None if share(figures) is None else round(share(figures) * 100, 1)  # type: ignore[operator]


def _hours(minutes: Callable[[Figures], float | None]) -> Callable[[Figures], Cell]:
    return lambda figures: None if figures.open is None else round((minutes(figures) or 0) / 60, 2)


COLUMNS = (
    Column(
        gettext_lazy("Bookings"),
        lambda each: count(each.booked),
        ((gettext_lazy("Bookings"), lambda each: each.booked),),
    ),
    Column(
        gettext_lazy("Online"),
        lambda each: with_share(each.online, each.online_share),
        (
            (gettext_lazy("Booked online"), lambda each: each.online),
            (gettext_lazy("Booked by the clinic"), lambda each: each.by_phone),
        ),
    ),
    Column(
        gettext_lazy("Cancelled"),
        lambda each: with_share(each.cancelled, each.cancelled_share),
        (
            (gettext_lazy("Cancelled"), lambda each: each.cancelled),
            (gettext_lazy("Cancelled by patients"), lambda each: each.by_patient),
            (gettext_lazy("Cancelled by the clinic"), lambda each: each.by_clinic),
            (gettext_lazy("Cancelled in percent"), _tenth(lambda each: each.cancelled_share)),
        ),
    ),
    Column(
        gettext_lazy("Did not come"),
        lambda each: with_share(each.missed, each.missed_share),
        (
            (gettext_lazy("Did not come"), lambda each: each.missed),
            (gettext_lazy("Were due"), lambda each: each.due),
            (gettext_lazy("Did not come in percent"), _tenth(lambda each: each.missed_share)),
        ),
    ),
    Column(
        gettext_lazy("Use of opening hours"),
        lambda each: percent(each.utilisation),
        (
            (gettext_lazy("Opening hours in hours"), _hours(lambda each: each.open)),
            (gettext_lazy("Booked of them in hours"), _hours(lambda each: each.used)),
            (gettext_lazy("Use of opening hours in percent"), _tenth(lambda each: each.utilisation)),
        ),
        is_use=True,
    ),
    Column(
        gettext_lazy("Lead time"),
        lambda each: span(each.lead, days),
        (
            (gettext_lazy("Lead time in days, lower quartile"), _quartile("lead", "lower")),
            (gettext_lazy("Lead time in days, median"), _quartile("lead", "median")),
            (gettext_lazy("Lead time in days, upper quartile"), _quartile("lead", "upper")),
        ),
    ),
    Column(
        gettext_lazy("Waiting time"),
        lambda each: span(each.waiting, minutes),
        (
            (gettext_lazy("Waiting time in minutes, lower quartile"), _quartile("waiting", "lower")),
            (gettext_lazy("Waiting time in minutes, median"), _quartile("waiting", "median")),
            (gettext_lazy("Waiting time in minutes, upper quartile"), _quartile("waiting", "upper")),
        ),
    ),
)


def columns(found: Statistics, *, of_rows: bool = False) -> list[Column]:
    """What can be said: the use of opening hours not of one reason, nor reason by reason."""
    no_use = found.asked.reason is not None or (of_rows and found.asked.by == Breakdown.REASON)
    return [column for column in COLUMNS if not (column.is_use and no_use)]


@dataclass(frozen=True, slots=True)
class Table:
    caption: str
    label: str
    heads: list[str]
    rows: list[tuple[str, list[str]]]


def table_of_steps(found: Statistics) -> Table:
    shown = columns(found)
    rows = [(step_name(found.asked.step, part), _texts(shown, figures)) for part, figures in found.steps]
    return Table(_("Over time"), _("Time"), [str(column.head) for column in shown], rows)


def table_of_rows(found: Statistics) -> Table:
    shown = columns(found, of_rows=True)
    rows = [(row.name, _texts(shown, row.now)) for row in found.rows]
    return Table(ROW_CAPTIONS[found.asked.by], ROW_LABELS[found.asked.by], [str(each.head) for each in shown], rows)


ROW_CAPTIONS = {
    Breakdown.CALENDAR: gettext_lazy("By calendar"),
    Breakdown.UNIT: gettext_lazy("By unit"),
    Breakdown.REASON: gettext_lazy("By reason"),
}
ROW_LABELS = {
    Breakdown.CALENDAR: gettext_lazy("Calendar"),
    Breakdown.UNIT: gettext_lazy("Unit"),
    Breakdown.REASON: gettext_lazy("Reason"),
}


def _texts(shown: list[Column], figures: Figures) -> list[str]:
    return [column.text(figures) for column in shown if column.text]


def file_rows(found: Statistics) -> Iterator[list[Cell]]:
    """Everything as one table: the whole, the period before, each step, each row and what it was before."""
    values = [each for column in COLUMNS for each in column.values]
    yield [_("Part"), _("Name"), _("First day"), _("Last day"), *(str(head) for head, _value in values)]
    period = found.asked.period
    parts: list[tuple[str, str, Period, Figures]] = [
        (_("Period"), period_name(period), period, found.now),
        (_("Period before"), period_name(period.before), period.before, found.before),
    ]
    parts += [(_("Step"), step_name(found.asked.step, part), part, figures) for part, figures in found.steps]
    of_row, of_row_before = str(ROW_LABELS[found.asked.by]), _("%(part)s, period before")
    for row in found.rows:
        parts.append((of_row, row.name, period, row.now))
        parts.append((of_row_before % {"part": of_row}, row.name, period.before, row.before))
    for part, name, when, figures in parts:
        yield [part, name, when.first.isoformat(), when.last.isoformat(), *(value(figures) for _head, value in values)]
