"""Tags of the design system: dates and times in words, numbers to tap, icons with words."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.template import engines
from django.utils import timezone
from django.utils.translation import override

from doctolib.templatetags import ui

ROOT = Path(__file__).resolve().parents[2]
DAY = date(2026, 11, 26)
MOMENT = datetime(2026, 11, 26, 13, 30, tzinfo=UTC)  # 14:30 in Berlin


def render(source: str, **context: object) -> str:
    return engines["django"].from_string(source).render(context)


def plain(html: str) -> str:
    """With ordinary spaces in place of those that keep a line together."""
    return html.replace("\u00a0", " ")


@pytest.fixture(autouse=True)
def in_berlin():
    with timezone.override("Europe/Berlin"), override("de"):
        yield


def test_a_day_is_written_out():
    assert plain(render("{% day_long day %}", day=DAY)) == (
        '<time datetime="2026-11-26">Donnerstag, 26. November 2026</time>'
    )
    with override("en"):
        assert ui.day_text(DAY) == "Thursday 26 November 2026"


def test_a_date_is_broken_only_after_its_weekday():
    html = render("{% moment at %}", at=MOMENT)

    assert html.split(">")[1].split(" ") == ["Donnerstag,", "26.\u00a0November\u00a02026,", "14:30\u00a0Uhr</time"]


def test_a_clock_time_has_24_hours_in_both_languages():
    assert plain(render("{% clock at %}", at=MOMENT)) == '<time datetime="2026-11-26T14:30+01:00">14:30 Uhr</time>'
    with override("en"):
        assert ui.clock_text(MOMENT) == "14:30"


def test_a_time_is_that_of_the_clinics_zone():
    with timezone.override("Atlantic/Azores"):
        assert ui.moment_text(MOMENT) == "Donnerstag, 26. November 2026, 12:30 Uhr"


def test_a_range_has_no_dash():
    end = datetime(2026, 11, 26, 14, 0, tzinfo=UTC)

    assert render("{% clock_range a b %}", a=MOMENT, b=end) == "<span>14:30 bis 15:00 Uhr</span>"


@pytest.mark.parametrize(
    ("number", "dialled"),
    [
        ("030 23125 000", "+493023125000"),
        ("(030) 23125-000", "+493023125000"),
        ("+43 1 234567", "+431234567"),
        ("0041 44 123456", "+4144123456"),
        ("112", "112"),
    ],
)
def test_a_phone_number_is_shown_as_written_and_dialled_in_full(number, dialled):
    html = ui.phone_link(number)

    assert f'href="tel:{dialled}"' in html and html.endswith(f"{number}</a>")


def test_what_people_typed_is_escaped():
    evil = "<b>&\"'"

    html = render("{% notice title=t %}{{ t }}{% endnotice %}{% summary_row t %}{{ t }}{% endsummary_row %}", t=evil)

    assert "<b>" not in html


def test_a_time_button_says_the_day_and_the_person_in_hidden_words():
    html = render('{% day_times day slots who="Dr. Kaya" %}', day=DAY, slots=[MOMENT])

    button = (
        '<button type="submit" class="btn time-button" name="start" value="2026-11-26T13:30:00+00:00">14:30 Uhr'
        '<span class="visually-hidden">, Donnerstag, 26. November, Dr. Kaya</span></button>'
    )
    assert button in html
    assert "Nachmittag" in html and "Vormittag" not in html and "1 freie Zeit" in html


def test_more_than_twelve_times_of_half_a_day_are_folded():
    slots = [datetime(2026, 11, 26, 8, minute, tzinfo=UTC) for minute in range(0, 60, 4)]

    html = render("{% day_times day slots %}", day=DAY, slots=slots)

    shown, folded = html.split("<details>")
    assert (shown.count("<button"), folded.count("<button")) == (12, 3)
    assert "3 weitere Zeiten zeigen" in folded


def test_every_icon_that_python_names_is_in_the_sprite():
    names = set(json.loads((ROOT / "assets/icons.json").read_text(encoding="utf-8")))
    used = {name for name, _word in [*ui.STATUS.values(), *ui.FLAGS.values()]} | set(ui.NOTICE_ICONS.values())

    assert used - names == set()


def test_every_icon_that_a_template_names_is_in_the_sprite():
    import re

    names = set(json.loads((ROOT / "assets/icons.json").read_text(encoding="utf-8")))
    missing = [
        (path.name, name)
        for path in (ROOT / "templates").rglob("*.html")
        for name in re.findall(r"""\{% icon ["']([\w-]+)["']""", path.read_text(encoding="utf-8"))
        if name not in names
    ]

    assert missing == []


def test_every_status_of_an_appointment_has_an_icon_and_a_word():
    from appointments.enums import AppointmentStatus

    assert set(AppointmentStatus.values) - set(ui.STATUS) == set()
