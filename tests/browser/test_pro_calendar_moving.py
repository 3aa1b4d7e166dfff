"""Moving appointments in the grid: by mouse, by clicks alone, by keys; refusals with a way on, undo, two at once."""

from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect

from accounts.enums import Level, UserKind
from appointments.models import Appointment
from tests import factories, pro

from .desk_clinic import (
    BERG,
    KAYA,
    at,
    column_of,
    day,
    desk_clinic,
    drag_to,
    grab,
    grab_end,
    on_body,
    opened_day,
    point,
    times,
)
from .pro_clinic import card, focused, look
from .tools import axe

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clinic(transactional_db):
    return desk_clinic()


def booked(clinic: pro.Clinic, clock: str) -> list[tuple[str, str]]:
    """Calendars and lengths of what is booked at that time."""
    with clinic.scope():
        found = Appointment.objects.filter(starts_at=at(clock)).exclude(status="cancelled").select_related("calendar")
        return sorted(
            (row.calendar.name, f"{(row.ends_at - row.starts_at).total_seconds() / 60:.0f} min") for row in found
        )


@contextmanager
def counted_pulls(page: Page):
    """How many cards were drawn anew in between: only those that changed may be."""
    page.evaluate("() => document.querySelectorAll('button.card-button').forEach((card) => (card.seen = true))")
    fresh: list[str] = []
    yield fresh
    fresh += page.evaluate(
        "() => [...document.querySelectorAll('button.card-button')].filter((card) => !card.seen)"
        ".map((card) => card.querySelector('.card-name').innerText)"
    )


def test_a_card_is_dragged_to_another_time_and_undo_brings_it_back(clinic, visit):
    page = opened_day(visit, clinic)
    with counted_pulls(page) as drawn:
        grab(page, card(page, "Müller, Jürgen"))
        drag_to(page, KAYA, "11:00", drop=False)
        expect(page.locator(".ec-preview .ghost-time")).to_have_text("11:00–11:30")
        expect(page.locator(".ec-preview .ghost-state")).to_have_text("frei")
        expect(page.locator("#announcer")).to_have_text("Dienstag, 11:00 Uhr, Dr. Grace Hopper, frei")
        look(page, "dragging")
        page.mouse.up()
        notice = page.get_by_role("region", name="Meldung zur letzten Änderung")
        expect(notice.locator(".notice-text")).to_contain_text("11:00 Uhr, Sprechstunde Dr. Kaya")
    assert drawn == ["Müller, Jürgen"]
    assert booked(clinic, "11:00") == [("Sprechstunde Dr. Kaya", "30 min")]
    assert times(page, "Müller, Jürgen") == "11:00–11:30"
    assert focused(page) == "Müller, Jürgen"
    expect(page.locator("#panel")).to_be_hidden()  # the end of a drag is no click
    look(page, "moved")
    assert axe(page) == []
    assert notice.get_by_role("link", name="Letzte Änderungen").get_attribute("href") == "/calendar/changes/"

    notice.get_by_role("button", name="Rückgängig").click()
    expect(notice.locator(".notice-text")).to_contain_text("Rückgängig gemacht")
    expect(page.locator("button.card-button", has_text="Müller").locator(".card-line")).to_contain_text("09:00–09:30")
    assert booked(clinic, "11:00") == []
    assert not on_body(page)
    assert page.complaints == []


def test_a_card_is_dragged_to_another_column(clinic, visit):
    page = opened_day(visit, clinic)
    grab(page, card(page, "Groß, Bruno"))
    drag_to(page, BERG, "10:30")

    expect(page.locator("#calendar-notice")).to_contain_text("10:30 Uhr, Sprechstunde Dr. Nora Berg")
    assert column_of(page, "Groß, Bruno") == BERG
    assert booked(clinic, "10:30") == [("Sprechstunde Dr. Nora Berg", "30 min")]
    heads = page.locator(".column-more").all_inner_texts()
    assert heads == ["1 Termin", "2 Termine"]


def test_a_card_is_dragged_to_another_day_of_the_week(clinic, visit):
    clinic.made = clinic.made[:1]
    page = opened_day(visit, clinic, "week")
    grab(page, card(page, "Müller, Jürgen"))
    drag_to(page, 3, "09:00")

    expect(page.locator("#calendar-notice")).to_contain_text("Verschoben auf Donnerstag")
    assert column_of(page, "Müller, Jürgen") == 3


def test_a_card_is_made_longer_by_its_lower_edge(clinic, visit):
    page = opened_day(visit, clinic)
    grab_end(page, card(page, "Groß, Bruno"))
    drag_to(page, KAYA, "10:45")

    expect(page.locator("#calendar-notice")).to_contain_text("60 Minuten")
    assert booked(clinic, "10:00") == [("Sprechstunde Dr. Kaya", "60 min")]
    assert times(page, "Groß, Bruno") == "10:00–11:00"


def test_escape_while_dragging_changes_nothing(clinic, visit):
    page = opened_day(visit, clinic)
    grab(page, card(page, "Groß, Bruno"))
    drag_to(page, BERG, "12:00", drop=False)
    page.keyboard.press("Escape")
    page.mouse.up()

    expect(page.locator("#announcer")).to_have_text("Nicht verschoben.")
    expect(page.locator(".ec-preview")).to_have_count(0)
    assert times(page, "Groß, Bruno") == "10:00–10:30"
    assert column_of(page, "Groß, Bruno") == KAYA
    expect(page.locator("#calendar-notice")).to_be_hidden()


def test_a_taken_time_is_said_refused_and_can_be_overbooked(clinic, visit):
    page = opened_day(visit, clinic)
    grab(page, card(page, "Müller, Jürgen"))
    drag_to(page, KAYA, "10:00", drop=False)
    expect(page.locator(".ec-preview .ghost-state")).to_contain_text("10:00 bis 10:30 Uhr")
    assert page.locator(".ec-preview").get_attribute("data-state") == "taken"
    look(page, "ghost-taken")
    page.mouse.up()

    notice = page.locator("#calendar-notice")
    expect(notice).to_contain_text("Nächste freie Zeiten:")
    expect(notice).to_be_focused()
    assert notice.locator(".notice-nearest button").count() == 3
    assert times(page, "Müller, Jürgen") == "09:00–09:30"  # back where it was
    look(page, "refused")
    assert axe(page) == []
    page.keyboard.press("Escape")
    expect(notice).to_be_hidden()
    assert focused(page) == "Müller, Jürgen"

    grab(page, card(page, "Müller, Jürgen"))
    drag_to(page, KAYA, "10:00")
    notice.get_by_role("button", name="Diese Zeit überbuchen").click()
    expect(notice).to_contain_text("Verschoben auf")
    overbooked = page.locator(".ec-event.is-overbooked")
    expect(overbooked).to_have_count(1)
    expect(overbooked.locator(".card-mark")).to_have_text("Ü")
    assert len(booked(clinic, "10:00")) == 2
    assert not on_body(page)
    look(page, "overbooked")


def test_one_of_the_nearest_times_is_one_click(clinic, visit):
    page = opened_day(visit, clinic)
    grab(page, card(page, "Müller, Jürgen"))
    drag_to(page, KAYA, "10:00")
    nearest = page.locator(".notice-nearest button").first
    text = nearest.inner_text().split(", ")[-1]
    nearest.click()

    expect(page.locator("#calendar-notice")).to_contain_text(f"Verschoben auf Dienstag, {day().day}.")
    assert text[:5] in times(page, "Müller, Jürgen")


def test_outside_opening_hours_is_a_button_of_its_own(clinic, visit):
    page = opened_day(visit, clinic, viewport={"width": 1440, "height": 1200})  # the whole day, nothing scrolls
    with clinic.scope():
        factories.appointment(clinic.calendar, clinic.reason, factories.patient(), at("17:00"))  # so the grid shows it
    page.reload()
    page.wait_for_selector(".ec [tabindex='0']")
    grab(page, card(page, "Groß, Bruno"))
    drag_to(page, KAYA, "16:15")
    page.get_by_role("button", name="Außerhalb der Sprechzeit buchen").click()

    expect(page.locator(".ec-event.is-outside", has_text="Groß, Bruno")).to_have_count(1)
    assert "außerhalb der Sprechzeit" in card(page, "Groß, Bruno").locator(".visually-hidden").last.text_content()


def test_somebody_was_quicker_and_both_versions_are_shown(clinic, visit):
    page = opened_day(visit, clinic)
    with clinic.scope():
        Appointment.objects.filter(starts_at=at("10:00")).update(version=7)
    grab(page, card(page, "Groß, Bruno"))
    drag_to(page, KAYA, "13:00")

    notice = page.locator("#calendar-notice")
    expect(notice).to_contain_text("10:00 Uhr, Sprechstunde Dr. Kaya, gebucht.")
    expect(notice).to_contain_text("Ihre Änderung: Dienstag, 13:00 bis 13:30 Uhr, Dr. Grace Hopper.")
    assert times(page, "Groß, Bruno") == "10:00–10:30"
    look(page, "stale")
    assert axe(page) == []
    notice.get_by_role("button", name="Meine Änderung übernehmen").click()
    expect(notice).to_contain_text("Verschoben auf")
    assert times(page, "Groß, Bruno") == "13:00–13:30"


def test_by_clicks_alone_menu_then_target(clinic, visit):
    page = opened_day(visit, clinic)
    card(page, "Groß, Bruno").hover()
    page.get_by_role("button", name="Aktionen für Groß, Bruno").click()
    page.get_by_role("menuitem", name="Verschieben …").click()
    notice = page.locator("#calendar-notice")
    expect(notice).to_contain_text("Klicken Sie auf die neue Zeit")
    page.get_by_role("button", name="Länger").click()
    expect(notice.locator(".move-length")).to_have_text("45 Minuten")
    page.mouse.move(*point(page, BERG, "11:00"))
    expect(page.locator(".slot-ghost")).to_have_attribute("data-state", "free")
    look(page, "moving")
    assert axe(page) == []
    page.mouse.click(*point(page, BERG, "11:00"))

    expect(notice).to_contain_text("11:00 Uhr, Sprechstunde Dr. Nora Berg")
    assert booked(clinic, "11:00") == [("Sprechstunde Dr. Nora Berg", "45 min")]
    expect(page.locator("#panel")).to_be_hidden()
    assert focused(page) == "Groß, Bruno"


def test_by_keys_alone_with_a_spoken_preview(clinic, visit):
    page = opened_day(visit, clinic)
    card(page, "Groß, Bruno").focus()
    page.keyboard.press("m")
    for key in ("ArrowRight", "ArrowDown", "+"):
        page.keyboard.press(key)
    expect(page.locator("#announcer")).to_have_text("Dienstag, 10:15 Uhr, Dr. Nora Berg, frei")
    expect(page.locator(".slot-ghost")).to_contain_text("10:15–11:00")
    assert not on_body(page)
    page.keyboard.press("Enter")

    expect(page.locator("#calendar-notice")).to_contain_text("10:15 Uhr, Sprechstunde Dr. Nora Berg")
    page.wait_for_function("() => document.activeElement.innerText.startsWith('Groß, Bruno')")
    assert booked(clinic, "10:15") == [("Sprechstunde Dr. Nora Berg", "45 min")]
    expect(page.locator(".slot-ghost")).to_have_count(0)

    page.keyboard.press("Control+z")
    expect(page.locator("#calendar-notice")).to_contain_text("Rückgängig gemacht")
    assert booked(clinic, "10:00") == [("Sprechstunde Dr. Kaya", "30 min")]
    page.wait_for_function("() => document.activeElement.innerText.startsWith('Groß, Bruno')")


def test_escape_gives_up_and_returns_to_the_card(clinic, visit):
    page = opened_day(visit, clinic)
    card(page, "Groß, Bruno").focus()
    for key in ("m", "ArrowDown", "Escape"):
        page.keyboard.press(key)

    assert focused(page) == "Groß, Bruno"
    expect(page.locator(".slot-ghost")).to_have_count(0)
    expect(page.locator("#calendar-notice")).to_be_hidden()
    assert booked(clinic, "10:00") == [("Sprechstunde Dr. Kaya", "30 min")]


def test_cut_and_paste_move_an_appointment_to_the_cursor_also_on_another_day(clinic, visit):
    page = opened_day(visit, clinic)
    card(page, "Groß, Bruno").focus()
    page.keyboard.press("Control+x")
    expect(page.locator(".ec-event.is-cut")).to_have_count(1)
    page.keyboard.press("PageDown")
    expect(page.locator("h1")).to_contain_text("Mittwoch")
    page.wait_for_function("() => document.activeElement.innerText.startsWith('Mittwoch, 10:00')")
    page.keyboard.press("Control+v")

    expect(page.locator("#calendar-notice")).to_contain_text("Verschoben auf Mittwoch")
    page.wait_for_function("() => document.activeElement.innerText.startsWith('Groß, Bruno')")


def test_a_status_by_one_key_and_for_several(clinic, visit):
    with clinic.scope():
        for number, name in enumerate(("Erste", "Zweite")):
            starts = at("09:00").replace(year=2026, month=11, day=23, hour=9 + number)
            patient = factories.patient(name={"last_name": name, "first_name": "Eva"})
            factories.appointment(clinic.calendar, clinic.reason, patient, starts)
    page = visit(f"/day/?date=2026-11-23&calendars={clinic.calendar.pk}")
    page.wait_for_selector(".ec [tabindex='0']")
    card(page, "Erste, Eva").focus()
    page.keyboard.press("4")
    expect(page.locator("#calendar-notice")).to_contain_text("Status: erledigt.")
    expect(page.locator(".ec-event.is-done", has_text="Erste, Eva")).to_have_count(1)
    page.wait_for_function("() => document.activeElement.innerText.startsWith('Erste, Eva')")

    for key in ("Space", "ArrowDown", "ArrowDown", "ArrowDown", "Space", "5"):
        page.keyboard.press(key)
    expect(page.locator(".ec-event.is-no_show")).to_have_count(2)
    assert not on_body(page)


def test_what_may_only_be_read_cannot_be_dragged_and_offers_nothing_new(clinic, visit):
    reader = pro.user(UserKind.PROFESSIONAL, organisation=clinic.organisation)
    with clinic.scope():
        for calendar, level in zip(clinic.made, (Level.READ, Level.FULL), strict=True):
            factories.right(calendar, reader, level)
    clinic.client = pro.client_of(reader)
    page = opened_day(visit, clinic)
    grab(page, card(page, "Müller, Jürgen"))
    drag_to(page, KAYA, "11:00")
    assert times(page, "Müller, Jürgen") == "09:00–09:30"
    expect(page.locator(".ec-resizer")).to_have_count(1)  # only Dr. Berg's card
    expect(page.locator("#calendar-notice")).to_be_hidden()

    page.mouse.click(*point(page, KAYA, "12:00"))
    expect(page.locator("#announcer")).to_have_text("Sie dürfen diesen Kalender ansehen, aber keine Termine eintragen.")
    expect(page.locator("#panel")).to_be_hidden()
    assert focused(page) == "Dienstag, 12:00 Uhr, Dr. Grace Hopper, frei, nur lesen"
    card(page, "Müller, Jürgen").focus()
    page.keyboard.press("m")
    expect(page.locator(".slot-ghost")).to_have_count(0)
    page.keyboard.press("Shift+F10")
    assert page.get_by_role("menuitem").all_inner_texts() == ["Öffnen\n⏎", "Kopieren\nStrg+C", "Noch einmal buchen …"]
