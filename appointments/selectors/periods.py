"""Periods of statistics: from one local day to another, their steps, and the period before."""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from appointments.enums import Preset, Step

MONTHS = {Step.MONTH: 1, Step.QUARTER: 3, Step.YEAR: 12}
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """Whole local days, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def before(self) -> "Period":
        """As many months just before, where it is whole months; else as many days."""
        if self.first.day == 1 and (self.last + DAY).day == 1:
            months = (self.last.year - self.first.year) * 12 + self.last.month - self.first.month + 1
            return Period(months_after(self.first, -months), self.first - DAY)
        return Period(self.first - timedelta(days=self.days), self.first - DAY)

    def steps(self, step: Step) -> list["Period"]:
        """Its parts, in order: whole days, weeks, months, quarters or years, the first and the last cut to fit."""
        return list(self._parts(step))

    def _parts(self, step: Step) -> Iterator["Period"]:
        first = self.first
        while first <= self.last:
            last = min(whole(step, first).last, self.last)
            yield Period(first, last)
            first = last + DAY


def months_after(first: date, months: int) -> date:
    """The first of the month that lies so many months after the first of a month."""
    number = first.year * 12 + first.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def whole(step: Step, day: date) -> Period:
    """The day, week, month, quarter or year that a day is in."""
    if step == Step.DAY:
        return Period(day, day)
    if step == Step.WEEK:
        monday = day - timedelta(days=day.weekday())
        return Period(monday, monday + timedelta(days=6))
    months = MONTHS[step]
    first = date(day.year, (day.month - 1) // months * months + 1, 1)
    last = months_after(first, months - 1)
    return Period(first, last.replace(day=monthrange(last.year, last.month)[1]))


def named(preset: Preset, today: date) -> Period:
    """What a preset other than DATES means today."""
    which, step = preset.split("-")
    this = whole(Step(step), today)
    return this if which == "this" else whole(Step(step), this.first - DAY)


def fitting_step(period: Period) -> Step:
    """The step that divides a period into a readable number of parts, where none was asked for."""
    for step, most in ((Step.DAY, 31), (Step.WEEK, 140), (Step.MONTH, 1100)):
        if period.days <= most:
            return step
    return Step.QUARTER
