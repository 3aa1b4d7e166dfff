"""Dates as people type them in a hurry: "mi 14:30", "+6 W", "24.12.", "next tue", "KW 12". German and English."""

import re
from dataclasses import dataclass
from datetime import date, time, timedelta

from django.utils.dates import WEEKDAYS
from django.utils.translation import override

from doctolib.forms import month_named

from .selectors.local_days import months_before

NEAR_WORDS = {
    "gestern": -1,
    "yesterday": -1,
    "heute": 0,
    "today": 0,
    "morgen": 1,
    "tomorrow": 1,
    "übermorgen": 2,
    "uebermorgen": 2,
}
UNITS = {
    "days": ("t", "d", "tag", "tage", "tagen", "day", "days"),
    "weeks": ("w", "wo", "woche", "wochen", "week", "weeks"),
    "months": ("m", "mon", "monat", "monate", "monaten", "month", "months"),
}
CLOCK = re.compile(r"(?:^|\s)(?:um\s+|at\s+)?(?:(\d{1,2}):(\d\d)(?:\s*uhr)?|(\d{1,2})\s*(?:uhr|h))$")
STEP = re.compile(r"^(?:in\s+|([+-])\s*)(\d{1,3})\s*([a-z]*)$")
ISO = re.compile(r"^(\d{4})-(\d{1,2})-(\d{1,2})$")
NUMBERS = re.compile(r"^(\d{1,2})\s*[./]\s*(\d{1,2})\s*(?:[./]\s*(\d{4}|\d\d)?)?$")
DAY_FIRST = re.compile(r"^(\d{1,2})\.?\s+([a-zä]{3,})\.?(?:\s+(\d{4}))?$")
MONTH_FIRST = re.compile(r"^([a-zä]{3,})\.?\s+(\d{1,2})(?:,?\s+(\d{4}))?$")
WEEK = re.compile(r"^(?:kw|week|wk)\s*(\d{1,2})(?:[\s/]+(\d{4}))?$")
FOLLOWING = re.compile(r"^(?:nächste[nrs]?|naechste[nrs]?|next)\s+")


@dataclass(frozen=True, slots=True)
class Typed:
    day: date
    clock: time | None = None


def read_date(text: str, *, today: date) -> Typed | None:
    """What was typed as a day, perhaps with a time of day; None when it is neither. A day without a year is to come."""
    words = " ".join(text.casefold().split())
    clock, found = None, CLOCK.search(words)
    if found:
        hour, minute = int(found[1] or found[3]), int(found[2] or 0)
        if hour > 23 or minute > 59:
            return None
        clock, words = time(hour, minute), words[: found.start()].rstrip(" ,")
        if not words:
            return Typed(today, clock)
    try:
        day = _day(words, today)
    except (ValueError, OverflowError):  # well written, but there is no such day
        return None
    return Typed(day, clock) if day and 1901 <= day.year <= 8999 else None


def _day(words: str, today: date) -> date | None:
    if words in NEAR_WORDS:
        return today + timedelta(days=NEAR_WORDS[words])
    for read in (_step, _iso, _numbers, _named, _week, _weekday):
        day = read(words, today)
        if day:
            return day
    return None


def _step(words: str, today: date) -> date | None:
    found = STEP.match(words)
    if not found:
        return None
    count = int(found[2]) * (-1 if found[1] == "-" else 1)
    if not found[3] or found[3] in UNITS["days"]:
        return today + timedelta(days=count)
    if found[3] in UNITS["weeks"]:
        return today + timedelta(weeks=count)
    return months_before(today, -count) if found[3] in UNITS["months"] else None


def _iso(words: str, today: date) -> date | None:
    found = ISO.match(words)
    return date(int(found[1]), int(found[2]), int(found[3])) if found else None


def _numbers(words: str, today: date) -> date | None:
    found = NUMBERS.match(words)
    return _coming(int(found[1]), int(found[2]), found[3], today) if found else None


def _named(words: str, today: date) -> date | None:
    found = DAY_FIRST.match(words)
    day, name, year = (found[1], found[2], found[3]) if found else (None, None, None)
    if not found and (found := MONTH_FIRST.match(words)):
        day, name, year = found[2], found[1], found[3]
    month = month_named(name) if name else None
    return _coming(int(day or 0), month, year, today) if month else None


def _coming(day: int, month: int, year: str | None, today: date) -> date:
    if year:
        return date(int(year) + (2000 if len(year) == 2 else 0), month, day)
    for number in range(today.year, today.year + 9):  # 29.02. may be years away
        try:
            found = date(number, month, day)
        except ValueError:
            continue
        if found >= today:
            return found
    raise ValueError


def _week(words: str, today: date) -> date | None:
    found = WEEK.match(words)
    if not found:
        return None
    if found[2]:
        return date.fromisocalendar(int(found[2]), int(found[1]), 1)
    this = date.fromisocalendar(today.year, int(found[1]), 1)
    return this if this + timedelta(days=6) >= today else date.fromisocalendar(today.year + 1, int(found[1]), 1)


def _weekday(words: str, today: date) -> date | None:
    """The next such day, today included; "next" and "nächsten" mean the one of the following week."""
    rest = FOLLOWING.sub("", words).rstrip(".")
    for language in ("de", "en"):
        with override(language):
            for number, name in WEEKDAYS.items():
                if len(rest) >= 2 and str(name).casefold().startswith(rest):
                    return _on(number, today, following=rest != words.rstrip("."))
    return None


def _on(weekday: int, today: date, *, following: bool) -> date:
    if following:
        return today + timedelta(days=7 - today.weekday() + weekday)
    return today + timedelta(days=(weekday - today.weekday()) % 7)
