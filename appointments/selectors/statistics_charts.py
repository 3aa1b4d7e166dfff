"""Statistics as charts. No queries."""

from collections.abc import Callable, Sequence

from django.utils.translation import gettext as _

from doctolib.charts import Chart, Series, Words, lines, stacked_bars

from .statistics import Figures, Quartiles, Statistics
from .statistics_words import axis_name, count, days, minutes, percent, step_name

Share = Callable[[Figures], float | None]


def charts(found: Statistics) -> list[Chart]:
    figures = [each for _part, each in found.steps]
    made = [
        stacked_bars(
            _words(found, "bookings", _("Bookings"), [each.booked for each in figures], count),
            [
                Series(_("booked online"), [each.online for each in figures], [count(each.online) for each in figures]),
                Series(
                    _("booked by the clinic"),
                    [each.by_phone for each in figures],
                    [count(each.by_phone) for each in figures],
                ),
            ],
        )
    ]
    if found.asked.reason is None:
        made.append(_shares(found, "use", _("Use of opening hours"), [("", lambda each: each.utilisation)], least=1))
    lost: list[tuple[str, Share]] = [
        (_("cancelled"), lambda each: each.cancelled_share),
        (_("did not come"), lambda each: each.missed_share),
    ]
    made.append(_shares(found, "lost", _("Cancelled, and did not come"), lost, least=0.1))
    made.append(_quartile_chart(found, "lead", _("Lead time in days"), [each.lead for each in figures], days))
    if found.now.waiting:
        waited = [each.waiting for each in figures]
        made.append(_quartile_chart(found, "waiting", _("Waiting time in minutes"), waited, minutes))
    return made


def _shares(found: Statistics, id: str, title: str, parts: Sequence[tuple[str, Share]], *, least: float) -> Chart:
    series = []
    for name, share in parts:
        values = [share(figures) for _part, figures in found.steps]
        series.append(Series(name or title, values, [percent(value) for value in values]))
    words = _words(found, id, title, series[0].values, lambda value: percent(value, decimals=0), name=parts[0][0])
    return lines(words, series, least=least)


def _quartile_chart(
    found: Statistics, id: str, title: str, values: Sequence[Quartiles | None], unit: Callable[[int], str]
) -> Chart:
    names = (_("median"), "median"), (_("lower quartile"), "lower"), (_("upper quartile"), "upper")
    series = []
    for name, which in names:
        numbers = [getattr(each, which) if each else None for each in values]
        series.append(Series(name, numbers, [_("none") if value is None else unit(value) for value in numbers]))
    words = _words(found, id, title, series[0].values, count, name=_("median"))
    return lines(words, series, whole=True)


def _words(
    found: Statistics,
    id: str,
    title: str,
    values: Sequence[float | None],
    number: Callable[[float], str],
    *,
    name: str = "",
) -> Words:
    """``values``: those that the description sums up; ``name``: what they are called, where not as the chart."""
    step, period = found.asked.step, found.asked.period
    labels = [step_name(step, part) for part, _figures in found.steps]
    known = [(value, at) for at, value in enumerate(values) if value is not None]
    description = _("There is no value in this period.")
    if known:
        (most, where), (least, at) = max(known, key=lambda each: each[0]), min(known, key=lambda each: each[0])
        description = _("%(name)s: highest %(most)s (%(where)s), lowest %(least)s (%(at)s).") % {
            "name": name or title,
            "most": number(most),
            "where": labels[where],
            "least": number(least),
            "at": labels[at],
        }
    short = [axis_name(step, part, period) for part, _figures in found.steps]
    return Words(f"chart-{id}", title, description, _("Time"), labels, short, number)
