"""The staff's calendar in Chromium: what cards say, keys, the panel, turning the page."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests import factories

from .pro_clinic import card, focused, full_clinic, look, opened_grid
from .tools import PHONE, axe

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clinic(transactional_db):
    return full_clinic()


def test_cards_show_the_decrypted_name_and_say_day_person_and_status(clinic, visit):
    page = opened_grid(visit, clinic)

    first = card(page, "Krämer-Weiß, Änne")
    assert first.locator(".card-name").inner_text() == "Krämer-Weiß, Änne"
    # What is seen comes first, what is only heard after it.
    names = page.get_by_role("button", name="Krämer-Weiß, Änne EG").all_inner_texts()
    assert len(names) == 4
    spoken = page.locator("button.card-button .visually-hidden").all_text_contents()
    said = ", Montag, 23. November, 09:00 bis 09:30 Uhr, Prof. Dr. Sven Öztürk-Hagenbach"
    assert f"{said}, Verlaufskontrolle nach Operation, erledigt, neu in der Klinik" in spoken
    assert page.locator(".ec").get_attribute("role") == "group"
    assert page.locator(".ec [role=row], .ec [role=cell], .ec [role=columnheader], .ec h4").count() == 0


def test_times_off_and_taken_times_are_said_in_words(clinic, visit):
    page = opened_grid(visit, clinic)

    expect(page.locator(".absence", has_text="Abwesend: Fortbildung")).to_be_visible()
    expect(page.locator(".is-held", has_text="Reserviert bis")).to_have_count(1)
    expect(page.locator(".is-blocked", has_text="Gesperrt")).to_have_count(1)
    assert page.locator(".ec-bg-event.closed").count() > 4


def test_a_focused_card_is_never_under_the_column_heads(clinic, visit):
    page = opened_grid(visit, clinic, "week", viewport={"width": 1000, "height": 420})
    card(page, "Müller, Jürgen").focus()
    page.keyboard.press("End")
    covered = []
    for _step in range(8):
        page.keyboard.press("ArrowUp")
        covered.append(
            page.evaluate(
                """() => document.activeElement.getBoundingClientRect().bottom
                    <= document.querySelector('.ec-header').getBoundingClientRect().bottom + 8"""
            )
        )
    assert covered == [False] * 8


def test_enter_opens_the_panel_and_escape_returns_to_the_card(clinic, visit):
    page = opened_grid(visit, clinic)
    width = page.locator(".ec").bounding_box()["width"]
    card(page, "Groß, Bruno").focus()
    page.keyboard.press("Enter")

    expect(page.locator("#panel h2")).to_be_focused()
    expect(page.locator("#panel h2")).to_have_text("Bruno Groß")
    phone = page.locator("#panel").get_by_role("link", name="+49 1511 2345678")
    assert phone.get_attribute("href") == "tel:+4915112345678"
    assert page.locator(".ec").bounding_box()["width"] < width - 300  # it narrows the grid and covers nothing

    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_hidden()
    assert focused(page) == "Groß, Bruno"


def test_where_there_is_no_room_the_panel_is_a_full_screen_dialog(clinic, visit):
    page = opened_grid(visit, clinic, viewport=PHONE)
    card(page, "Müller, Jürgen").click()

    dialog = page.get_by_role("dialog", name="Termindetails")
    expect(dialog.locator("h2")).to_be_focused()
    assert page.locator("#panel").bounding_box() == {"x": 0, "y": 0, **PHONE}
    assert page.evaluate("() => document.querySelector('#main').inert")
    page.get_by_role("button", name="Schließen").click()
    assert focused(page) == "Müller, Jürgen"
    assert not page.evaluate("() => document.querySelector('#main').inert")


def test_turning_the_page_fetches_the_days_and_keeps_focus_and_address(clinic, visit):
    page = opened_grid(visit, clinic)
    following = page.get_by_role("link", name="Nächster Tag")
    following.focus()
    page.keyboard.press("Enter")

    expect(page.locator("h1")).to_have_text("Dienstag, 24. November 2026")
    expect(page.locator("#announcer")).to_have_text("Dienstag, 24. November 2026: 24 Termine")
    expect(following).to_be_focused()
    assert page.title() == "Dienstag, 24. November 2026 – Doctolib Pro"
    assert "date=2026-11-24" in page.url
    assert "date=2026-11-24" in page.get_by_role("link", name="Woche", exact=True).get_attribute("href")
    assert "date=2026-11-25" in following.get_attribute("href")
    expect(page.locator(".absence", has_text="Abwesend: Urlaub")).to_be_visible()

    page.go_back()
    expect(page.locator("h1")).to_have_text("Montag, 23. November 2026")
    page.locator(".calendar-jump summary").click()
    page.locator("#go-to").fill("2026-11-27")
    page.get_by_role("button", name="Anzeigen").click()
    expect(page.locator("h1")).to_have_text("Freitag, 27. November 2026")
    expect(page.locator("#go-to")).to_be_hidden()
    expect(page.locator(".calendar-jump summary")).to_be_focused()
    assert page.complaints == []


def test_page_down_turns_the_page_and_focus_is_on_a_card_again(clinic, visit):
    page = opened_grid(visit, clinic)
    card(page, "Müller, Jürgen").focus()
    page.keyboard.press("PageDown")

    expect(page.locator("h1")).to_have_text("Dienstag, 24. November 2026")
    page.wait_for_function("() => document.activeElement.matches('button.card-button')")


def test_a_taller_row_shows_more_of_a_card_and_is_remembered(clinic, visit):
    page = opened_grid(visit, clinic)
    half_an_hour = card(page, "Müller, Jürgen").locator(".card-line")
    assert half_an_hour.all_inner_texts() == ["08:15–08:45 Verlaufskontrolle nach Operation"]
    page.locator(".calendar-display summary").click()
    page.locator("#zoom").select_option("44")

    expect(half_an_hour).to_have_text(["08:15–08:45 Verlaufskontrolle nach Operation", "geb. 03.02.1961"])
    look(page, "zoom-44")
    page.reload()
    page.wait_for_selector("button.card-button[tabindex='0']")
    assert page.locator("#zoom").input_value() == "44"


def test_cancelling_in_the_panel_changes_the_card_and_keeps_the_panel(clinic, visit):
    with clinic.scope():
        ahead = factories.appointment(
            clinic.made[0],
            clinic.reason,
            factories.patient(name={"last_name": "Morgen", "first_name": "Mia"}),
            timezone.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=14, hours=1),
        )
    day = timezone.localtime(ahead.starts_at).date()
    page = visit(f"/day/?date={day}&calendars={clinic.calendar.pk}")
    card(page, "Morgen, Mia").click()
    page.locator("summary", has_text="Termin absagen").click()
    page.get_by_label("Grund").fill("Gerät defekt")
    look(page, "cancel")
    assert axe(page) == []
    page.get_by_role("button", name="Termin absagen", exact=True).click()

    expect(page.locator("#panel .notice-success")).to_contain_text("Abgesagt: ")
    expect(page.locator("#panel .notice-success")).to_contain_text("Sprechstunde Dr. Kaya")
    expect(page.locator("#panel")).to_contain_text("Gerät defekt")
    expect(page.locator(".ec-event.is-cancelled", has_text="Morgen, Mia")).to_have_count(1)
    expect(page.locator("#panel h2")).to_be_focused()
    look(page, "cancelled")
    page.keyboard.press("Escape")
    assert focused(page) == "Morgen, Mia"


def test_typed_text_is_not_lost_without_a_question(clinic, visit):
    with clinic.scope():
        starts = timezone.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=14, hours=1)
        for number, name in enumerate(("Erste", "Zweite")):
            patient = factories.patient(name={"last_name": name, "first_name": "Eva"})
            factories.appointment(clinic.made[0], clinic.reason, patient, starts + timedelta(minutes=15 * number))
    page = visit(f"/day/?date={timezone.localtime(starts).date()}&calendars={clinic.calendar.pk}")
    card(page, "Erste, Eva").click()
    page.locator("summary", has_text="Termin absagen").click()
    page.get_by_label("Grund").fill("Halb geschrieb")

    card(page, "Zweite, Eva").click()
    expect(page.get_by_role("button", name="Weiterschreiben")).to_be_focused()
    look(page, "unsaved")
    assert axe(page) == []
    page.keyboard.press("Enter")
    expect(page.get_by_label("Grund")).to_have_value("Halb geschrieb")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Weiterschreiben")).to_be_focused()
    card(page, "Zweite, Eva").click()
    page.get_by_role("button", name="Verwerfen").click()
    expect(page.locator("#panel h2")).to_have_text("Eva Zweite")
