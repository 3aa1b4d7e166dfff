"""Numbers, spans and periods of statistics as people read them."""

from collections.abc import Callable

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from appointments.enums import Step
from doctolib.templatetags.ui import day_text

from .periods import Period, whole
from .statistics import Quartiles


def rounded(value: float, decimals: int) -> str:
    """Django's own would cut off, not round."""
    return number_format(round(value, decimals), decimals, force_grouping=True)


def percent(share: float | None, *, decimals: int = 1) -> str:
    if share is None:
        return _("none")
    return pgettext("percentage", "%(number)s%%") % {"number": rounded(share * 100, decimals)}


def count(value: float) -> str:
    return rounded(value, 0)


def days(value: int) -> str:
    return ngettext("%d day", "%d days", value) % value


def minutes(value: int) -> str:
    return ngettext("%d minute", "%d minutes", value) % value


def span(quartiles: Quartiles | None, unit: Callable[[int], str]) -> str:
    """``12 Tage (3 bis 30)``: the median, and between what the middle half lies."""
    if quartiles is None:
        return _("none")
    values = {"median": unit(quartiles.median), "lower": quartiles.lower, "upper": quartiles.upper}
    return pgettext("median and quartiles", "%(median)s (%(lower)d to %(upper)d)") % values


def with_share(number: int, share: float | None) -> str:
    return count(number) if share is None else f"{count(number)} ({percent(share)})"


# Steps ---------------------------------------------------------------------------------------------------------------


def step_name(step: Step, part: Period) -> str:
    """``November 2026``, ``KW 48 2026``; a step that the period cuts says which days are left."""
    name = _whole_name(step, part)
    if part == whole(step, part.first):
        return name
    return _("%(name)s (%(first)s to %(last)s)") % {"name": name, **_ends(part)}


def _whole_name(step: Step, part: Period) -> str:
    if step == Step.DAY:
        return day_text(part.first)
    if step == Step.WEEK:
        year, week, _day = part.first.isocalendar()
        return _("week %(week)d of %(year)d") % {"week": week, "year": year}
    if step == Step.MONTH:
        return date_format(part.first, "F Y")
    if step == Step.QUARTER:
        return _("quarter %(quarter)d of %(year)d") % _quarter(part)
    return str(part.first.year)


def _quarter(part: Period) -> dict[str, int]:
    return {"quarter": (part.first.month + 2) // 3, "year": part.first.year}


def axis_name(step: Step, part: Period, period: Period) -> str:
    """As short as it can be without an abbreviated day or month."""
    one_year = period.first.year == period.last.year
    if step == Step.DAY:
        return date_format(part.first, pgettext("date format: day and month in numbers", "j/n"))
    if step == Step.WEEK:
        return pgettext("calendar week on an axis", "W%(week)d") % {"week": part.first.isocalendar().week}
    if step == Step.MONTH:
        return date_format(part.first, "F") if one_year else date_format(part.first, "m/Y")
    if step == Step.QUARTER:
        return f"{_quarter(part)['quarter']}/{part.first.year}"
    return str(part.first.year)


def period_name(period: Period) -> str:
    """A whole month, quarter or year by its name, anything else by its days."""
    for step in (Step.DAY, Step.YEAR, Step.QUARTER, Step.MONTH):
        if period == whole(step, period.first):
            return _whole_name(step, period)
    return _("%(first)s to %(last)s") % _ends(period)


def _ends(period: Period) -> dict[str, str]:
    form = pgettext("date format: day, month, year in numbers", "j/n/Y")
    return {"first": date_format(period.first, form), "last": date_format(period.last, form)}


# Changes -------------------------------------------------------------------------------------------------------------


def signed(value: float, decimals: int) -> str:
    return f"{sign(round(value, decimals))}{rounded(abs(value), decimals)}"


def sign(value: float) -> str:
    return "+" if value > 0 else "−" if value < 0 else "±"
