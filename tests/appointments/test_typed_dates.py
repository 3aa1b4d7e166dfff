"""Dates as people type them."""

from datetime import date, time

import pytest

from appointments.typed_dates import Typed, read_date

THURSDAY = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("text", "day", "clock"),
    [
        ("heute", THURSDAY, None),
        ("Tomorrow", date(2026, 11, 27), None),
        ("übermorgen 9 Uhr", date(2026, 11, 28), time(9)),
        ("14:30", THURSDAY, time(14, 30)),
        ("mi 14:30", date(2026, 12, 2), time(14, 30)),
        ("Mittwoch", date(2026, 12, 2), None),
        ("wed 8:05", date(2026, 12, 2), time(8, 5)),
        ("do", THURSDAY, None),
        ("nächsten Do", date(2026, 12, 3), None),
        ("next thursday", date(2026, 12, 3), None),
        ("next mon", date(2026, 11, 30), None),
        ("+6 W", date(2027, 1, 7), None),
        ("+6w", date(2027, 1, 7), None),
        ("-1 w", date(2026, 11, 19), None),
        ("+10", date(2026, 12, 6), None),
        ("in 3 Tagen", date(2026, 11, 29), None),
        ("in 2 weeks 10:00", date(2026, 12, 10), time(10)),
        ("+3 M", date(2027, 2, 26), None),
        ("24.12.", date(2026, 12, 24), None),
        ("24.12", date(2026, 12, 24), None),
        ("24/12", date(2026, 12, 24), None),
        ("3.2.", date(2027, 2, 3), None),
        ("3.2.26", date(2026, 2, 3), None),
        ("29.02.", date(2028, 2, 29), None),
        ("24. Dezember", date(2026, 12, 24), None),
        ("24 dec 2027", date(2027, 12, 24), None),
        ("december 24, 11:15", date(2026, 12, 24), time(11, 15)),
        ("2027-01-04", date(2027, 1, 4), None),
        ("KW 2", date(2027, 1, 11), None),
        ("week 48", date(2026, 11, 23), None),
    ],
)
def test_a_day_and_a_time_are_understood(text, day, clock):
    assert read_date(text, today=THURSDAY) == Typed(day, clock)


@pytest.mark.parametrize("text", ["", "m", "müller", "31.2.2027", "99:99", "25 Uhr", "+5 x", "KW 60", "24.13.", "+"])
def test_what_is_no_date_is_none(text):
    assert read_date(text, today=THURSDAY) is None


def test_a_month_later_ends_with_the_month():
    assert read_date("+1 m", today=date(2027, 1, 31)) == Typed(date(2027, 2, 28))
