"""The statistics' page and files: who sees which figures, what is refused, and what stands there."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from accounts.enums import Level, UserKind
from appointments.models import Appointment
from doctolib.audit.models import AuditEvent
from tests import factories, pro

pytestmark = pytest.mark.django_db
WEEK = "/statistics/?first=2026-11-23&last=2026-11-29"
FILE = WEEK.replace("/?", "/statistics.csv?")


@pytest.fixture
def clinic():
    return pro.clinic()


def colleague_of(clinic, *, level: Level | None = None, leads: bool = False, member: bool = False):
    """Another professional's browser: a level on the clinic's calendar, or a unit to lead."""
    user = pro.user(UserKind.PROFESSIONAL, organisation=clinic.organisation)
    with clinic.scope():
        if level is not None:
            factories.right(clinic.calendar, user, level)
        if leads or member:
            factories.member(clinic.calendar.unit, user, is_unit_admin=leads)
    return pro.client_of(user)


def tables(answer) -> dict[str, list[list[str]]]:
    """The tables of a page by their captions, as text."""
    found = {}
    for table in re.findall(r"<table.*?</table>", answer.content.decode(), re.S):
        caption = re.search(r"<caption[^>]*>(.*?)</caption>", table, re.S)[1]
        rows = re.findall(r"<tr>(.*?)</tr>", table, re.S)
        found[caption] = [
            [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)]
            for row in rows
        ]
    return found


def booked(clinic, starts_at=pro.MONDAY, *, lead=0, **fields):
    row = clinic.book(starts_at, **fields)
    with clinic.scope():
        Appointment.objects.filter(pk=row.pk).update(created_at=starts_at - timedelta(days=lead))
    return row


def a_week(clinic) -> None:
    """Monday: one online, one by phone who did not come; cancelled by the patient; the week before: one by phone."""
    at = pro.MONDAY
    booked(clinic, at, lead=2, origin="online", status="done", arrived_at=at, started_at=at + timedelta(minutes=7))
    booked(clinic, at + timedelta(hours=1), lead=10, status="no_show")
    gone = {"status": "cancelled", "cancelled_at": at, "cancelled_by": "patient"}
    booked(clinic, at + timedelta(hours=2), lead=3, **gone)
    booked(clinic, at - timedelta(days=7), lead=1, status="done")


@pytest.fixture(autouse=True)
def next_week(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 12, 1, 12, tzinfo=UTC))


def test_the_overview_compares_with_the_period_before(clinic):
    a_week(clinic)

    shown = tables(clinic.client.get(WEEK))["Überblick"]

    assert shown == [
        ["Kennzahl", "23.11.2026 bis 29.11.2026", "Davor: 16.11.2026 bis 22.11.2026", "Veränderung"],
        ["Buchungen", "3", "1", "+200,0 %"],
        ["online gebucht", "1", "0", ""],
        ["von der Klinik gebucht", "2", "1", "+100,0 %"],
        ["Auslastung der Sprechzeiten", "1,7 %", "0,8 %", "+0,8 Prozentpunkte"],
        ["Vorlauf", "2 Tage (2 bis 10)", "1 Tag (1 bis 1)", "+1 Tag"],
        ["Abgesagt", "1", "0", ""],
        ["von Patienten abgesagt", "1", "0", ""],
        ["von der Klinik abgesagt", "0", "0", ""],
        ["abgesagt, von allen Buchungen", "33,3 %", "0,0 %", "+33,3 Prozentpunkte"],
        ["Nicht erschienen", "1", "0", ""],
        ["nicht erschienen, von allen fälligen", "50,0 %", "0,0 %", "+50,0 Prozentpunkte"],
        ["Wartezeit", "7 Minuten (7 bis 7)", "keine", ""],
    ]


def test_the_list_goes_by_calendar_unit_or_reason(clinic):
    a_week(clinic)
    with clinic.scope():
        clinic.calendar.unit.name_de = "Kardiologie"
        clinic.calendar.unit.save()
    heads = [
        "Buchungen",
        "Online",
        "Abgesagt",
        "Nicht erschienen",
        "Auslastung der Sprechzeiten",
        "Vorlauf",
        "Wartezeit",
    ]
    figures = ["3", "1 (33,3 %)", "1 (33,3 %)", "1 (50,0 %)", "1,7 %", "2 Tage (2 bis 10)", "7 Minuten (7 bis 7)"]

    assert {
        by: list(tables(clinic.client.get(f"{WEEK}&by={by}")).items())[-1] for by in ("calendar", "unit", "reason")
    } == {
        "calendar": ("Nach Kalendern", [["Kalender", *heads], ["Sprechstunde Dr. Kaya", *figures]]),
        "unit": ("Nach Einheiten", [["Einheit", *heads], ["Kardiologie", *figures]]),
        "reason": (
            "Nach Gründen",
            [["Grund", *heads[:4], *heads[5:]], ["Erstgespräch", *figures[:4], *figures[5:]]],
        ),
    }


def test_each_chart_is_also_a_table(clinic):
    a_week(clinic)

    answer = clinic.client.get(WEEK)

    shown = tables(answer)
    monday = "Montag, 23. November 2026"
    assert {name: rows[:2] for name, rows in shown.items() if "als Tabelle" in name} == {
        "Buchungen, als Tabelle": [["Zeit", "online gebucht", "von der Klinik gebucht"], [monday, "1", "2"]],
        "Auslastung der Sprechzeiten, als Tabelle": [["Zeit", "Auslastung der Sprechzeiten"], [monday, "8,3 %"]],
        "Abgesagt und nicht erschienen, als Tabelle": [
            ["Zeit", "abgesagt", "nicht erschienen"],
            [monday, "33,3 %", "50,0 %"],
        ],
        "Vorlauf in Tagen, als Tabelle": [
            ["Zeit", "Median", "unteres Quartil", "oberes Quartil"],
            [monday, "2 Tage", "2 Tage", "10 Tage"],
        ],
        "Wartezeit in Minuten, als Tabelle": [
            ["Zeit", "Median", "unteres Quartil", "oberes Quartil"],
            [monday, "7 Minuten", "7 Minuten", "7 Minuten"],
        ],
    }
    drawings = re.findall(r"<title[^>]*>(.*?)</title>\s*<desc[^>]*>(.*?)</desc>", answer.content.decode())
    assert [title for title, _text in drawings] == [
        name.removesuffix(", als Tabelle") for name in shown if "als Tab" in name
    ]
    assert drawings[0][1] == f"Buchungen: am höchsten 3 ({monday}), am niedrigsten 0 (Dienstag, 24. November 2026)."


def cells(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))


HEADS = [
    "Teil",
    "Name",
    "Erster Tag",
    "Letzter Tag",
    "Buchungen",
    "Online gebucht",
    "Von der Klinik gebucht",
    "Abgesagt",
    "Von Patienten abgesagt",
    "Von der Klinik abgesagt",
    "Abgesagt in Prozent",
    "Nicht erschienen",
    "Waren fällig",
    "Nicht erschienen in Prozent",
    "Sprechzeiten in Stunden",
    "Davon belegt in Stunden",
    "Auslastung der Sprechzeiten in Prozent",
    "Vorlauf in Tagen, unteres Quartil",
    "Vorlauf in Tagen, Median",
    "Vorlauf in Tagen, oberes Quartil",
    "Wartezeit in Minuten, unteres Quartil",
    "Wartezeit in Minuten, Median",
    "Wartezeit in Minuten, oberes Quartil",
]


def test_the_files_hold_the_same_numbers_as_german_spreadsheets_read_them(clinic):
    a_week(clinic)

    as_csv = clinic.client.get(f"{FILE}&step=week")
    as_xlsx = clinic.client.get(f"{FILE}&step=week".replace(".csv", ".xlsx"))

    days, earlier = ["2026-11-23", "2026-11-29"], ["2026-11-16", "2026-11-22"]
    now = [3, 1, 2, 1, 1, 0, 33.3, 1, 2, 50.0, 40.0, 0.67, 1.7, 2, 2, 10, 7, 7, 7]
    before = [1, 0, 1, 0, 0, 0, 0.0, 0, 1, 0.0, 40.0, 0.33, 0.8, 1, 1, 1, None, None, None]
    expected = [
        HEADS,
        ["Zeitraum", "23.11.2026 bis 29.11.2026", *days, *now],
        ["Zeitraum davor", "16.11.2026 bis 22.11.2026", *earlier, *before],
        ["Schritt", "KW 48 2026", *days, *now],
        ["Kalender", "Sprechstunde Dr. Kaya", *days, *now],
        ["Kalender, Zeitraum davor", "Sprechstunde Dr. Kaya", *earlier, *before],
    ]
    sheet = load_workbook(io.BytesIO(as_xlsx.content)).active
    assert [list(row) for row in sheet.iter_rows(values_only=True)] == expected
    assert cells(as_csv.content) == [
        ["" if cell is None else str(cell).replace(".", ",") if isinstance(cell, float) else str(cell) for cell in row]
        for row in expected
    ]
    assert as_csv.content.startswith(b"\xef\xbb\xbf")
    assert as_csv["Content-Disposition"] == (
        f'attachment; filename="{clinic.organisation.slug}-2026-11-23-2026-11-29.csv"'
    )
    with clinic.scope():
        assert list(AuditEvent.objects.values_list("action", flat=True)) == ["statistics.exported"] * 2


def test_a_calendar_that_is_called_like_a_formula_is_only_a_name(clinic):
    a_week(clinic)
    with clinic.scope():
        clinic.calendar.name = "=1+1"
        clinic.calendar.save()

    assert [row[1] for row in cells(clinic.client.get(FILE).content) if row[0] == "Kalender"] == ["'=1+1"]


def test_nobody_is_named(clinic):
    a_week(clinic)

    for address in (WEEK, FILE, FILE.replace(".csv", ".xlsx")):
        assert "Müller-Lüdenscheidt" not in clinic.client.get(address).content.decode("utf-8", "replace")


def bookings(client) -> str:
    return tables(client.get(WEEK))["Überblick"][1][1]


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ({}, 403),
        ({"member": True}, 403),
        ({"level": Level.READ}, 403),
        ({"level": Level.INSIDE}, "3"),
        ({"level": Level.FULL}, "3"),
        ({"leads": True}, "3"),
    ],
)
def test_others_see_the_calendars_in_which_they_may_book_or_whose_unit_they_lead(clinic, who, expected):
    a_week(clinic)
    with clinic.scope():
        other = factories.calendar(name="Echo", unit=factories.unit())
        factories.offer(other, clinic.reason)
    booked(clinic, pro.MONDAY, calendar=other)
    client = colleague_of(clinic, **who)

    if expected == 403:
        assert [client.get(address).status_code for address in (WEEK, FILE)] == [403, 403]
    else:
        assert bookings(client) == expected
        assert client.get(f"{WEEK}&calendar={other.pk}").status_code == 422
        assert [row[1] for row in cells(client.get(FILE).content) if row[0] == "Kalender"] == ["Sprechstunde Dr. Kaya"]
    assert bookings(clinic.client) == "4"


def test_nobody_signed_in_is_sent_to_sign_in_and_other_clinics_see_their_own(clinic):
    a_week(clinic)
    stranger = pro.clinic()

    assert pro.client_of(None).get(WEEK)["Location"].startswith("/account/sign-in/?next=/statistics/")
    assert stranger.client.get(f"{WEEK}&calendar={clinic.calendar.pk}").status_code == 422
    assert "Keine Termine" in stranger.client.get(WEEK).content.decode()


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("first=2026-02-30&last=2026-03-01", "Geben Sie ein Datum ein."),
        ("first=2026-02-01", "Geben Sie ein Datum ein."),
        ("first=2026-03-01&last=2026-02-28", "Der letzte Tag darf nicht vor dem ersten liegen."),
        ("first=1600-01-01&last=2026-02-28", "Geben Sie ein Jahr von 2000 bis 2100 ein."),
        ("first=2020-01-01&last=2026-02-28", "Wählen Sie höchstens fünf Jahre."),
        ("first=2026-01-01&last=2026-12-31&step=day", "Dieser Zeitraum hat mehr als 120 solche Schritte."),
        ("period=always", "Wählen Sie etwas aus der Liste."),
        ("calendar=0", "Wählen Sie etwas aus der Liste."),
        ("unit=x", "Wählen Sie etwas aus der Liste."),
        ("reason=%27", "Wählen Sie etwas aus der Liste."),
    ],
)
def test_a_wrong_question_is_refused_in_words_and_kept(clinic, query, message):
    page = clinic.client.get(f"/statistics/?{query}")
    file = clinic.client.get(f"/statistics/statistics.csv?{query}")

    assert (page.status_code, message in page.content.decode(), file.status_code) == (422, True, 400)
    assert "error-summary" in page.content.decode()


def test_without_a_question_it_is_this_month(clinic):
    booked(clinic, datetime(2026, 12, 31, 22, 30, tzinfo=UTC))  # half past eleven at night in Berlin
    booked(clinic, datetime(2026, 12, 31, 23, 30, tzinfo=UTC))  # next year

    answer = clinic.client.get("/statistics/").content.decode()

    assert "<h1>Statistik: Dezember 2026</h1>" in answer
    assert tables(clinic.client.get("/statistics/"))["Überblick"][1] == ["Buchungen", "1", "0", ""]


def test_dates_out_of_sight_are_not_looked_at(clinic):
    assert clinic.client.get("/statistics/?period=last-month&first=x&last=y").status_code == 200


def test_one_reason_has_no_use_of_opening_hours(clinic):
    a_week(clinic)

    shown = tables(clinic.client.get(f"{WEEK}&reason={clinic.reason.pk}"))

    assert "Auslastung der Sprechzeiten" not in [row[0] for row in shown["Überblick"]]
    assert "Auslastung der Sprechzeiten, als Tabelle" not in shown
    assert "Auslastung der Sprechzeiten" not in shown["Im Verlauf"][0]


def test_a_calendar_out_of_use_keeps_its_bookings(clinic):
    a_week(clinic)
    with clinic.scope():
        clinic.calendar.is_active = False
        clinic.calendar.save()

    assert tables(clinic.client.get(WEEK))["Überblick"][1:5] == [
        ["Buchungen", "3", "1", "+200,0 %"],
        ["online gebucht", "1", "0", ""],
        ["von der Klinik gebucht", "2", "1", "+100,0 %"],
        ["Auslastung der Sprechzeiten", "keine", "keine", ""],
    ]


def test_the_page_is_the_same_in_english(clinic):
    a_week(clinic)

    answer = clinic.client.get(WEEK, headers={"accept-language": "en"})

    assert tables(answer)["Overview"][:2] == [
        ["Figure", "23/11/2026 to 29/11/2026", "Before: 16/11/2026 to 22/11/2026", "Change"],
        ["Bookings", "3", "1", "+200.0%"],
    ]


def test_the_number_of_queries_stays_the_same(clinic):
    def queries(address: str) -> int:
        with (
            CaptureQueriesContext(connections["pool"]) as captured,
            CaptureQueriesContext(connections["default"]) as more,
        ):
            assert clinic.client.get(address).status_code == 200
        return len(captured) + len(more)

    booked(clinic, pro.MONDAY)
    one = [queries(address) for address in (WEEK, f"{WEEK}&by=unit", f"{WEEK}&by=reason", FILE)]
    for number in range(1, 3):
        with clinic.scope():
            calendar = factories.calendar(unit=factories.unit())
            factories.hours(calendar)
            clinic.reason = factories.reason(calendars=[calendar])
        booked(clinic, pro.MONDAY + timedelta(days=number), calendar=calendar)

    assert [queries(address) for address in (WEEK, f"{WEEK}&by=unit", f"{WEEK}&by=reason", FILE)] == one
