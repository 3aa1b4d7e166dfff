"""The calendar's keys in Chromium: one cursor over cards and free time, help, what never fires."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from .pro_clinic import LONG, card, focused, full_clinic, look, opened_grid
from .tools import axe

pytestmark = pytest.mark.django_db(transaction=True)
FIRST = f"{LONG['last_name']}, {LONG['first_name']}"
KAYA = "Dr. Grace Hopper"


@pytest.fixture
def clinic(transactional_db):
    return full_clinic()


def walked(page: Page, *keys: str) -> list[str]:
    """What has focus after each of these keys."""
    path = []
    for key in keys:
        page.keyboard.press(key)
        path.append(focused(page))
    return path


def test_the_grid_is_one_tab_stop_and_arrows_go_over_cards_and_free_time(clinic, visit):
    page = opened_grid(visit, clinic)
    assert page.locator(".ec [tabindex='0']").count() == 1
    card(page, "Müller, Jürgen").focus()

    down = walked(page, "Home", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowUp")

    free = f"Montag, 08:45 Uhr, {KAYA}, frei"
    assert down == [FIRST, "Müller, Jürgen", free, "Yıldırım, Ayşe", "Krämer-Weiß, Änne", "Yıldırım, Ayşe"]
    assert page.locator(".ec [tabindex='0']").count() == 1
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.closest('.ec') === null")


def test_sideways_the_cursor_keeps_its_time_and_the_ends_are_reached_at_once(clinic, visit):
    page = opened_grid(visit, clinic)
    card(page, "Müller, Jürgen").focus()

    path = walked(page, "ArrowRight", "ArrowLeft", "ArrowLeft", "ArrowLeft", "Control+End", "Control+Home", "End")

    outside = "außerhalb der Sprechzeit"
    professor = "Prof. Dr. Sven Öztürk-Hagenbach"
    assert path == [
        f"Montag, 08:15 Uhr, {professor}, {outside}",
        "Müller, Jürgen",
        "Müller, Jürgen",  # there is no column before it
        "Müller, Jürgen",
        f"Montag, 08:15 Uhr, Sonographie, {outside}",
        "Müller, Jürgen",
        f"Montag, 16:45 Uhr, Dr. Grace Hopper, {outside}",
    ]


def test_shift_and_arrows_choose_a_longer_time_and_say_it(clinic, visit):
    page = opened_grid(visit, clinic)
    card(page, "Müller, Jürgen").focus()
    walked(page, "ArrowDown", "Shift+ArrowDown", "Shift+ArrowDown", "Shift+ArrowUp")

    assert focused(page) == f"Montag, 08:45 bis 09:15 Uhr, {KAYA}, frei"
    expect(page.locator("#announcer")).to_have_text(f"Montag, 08:45 bis 09:15 Uhr, {KAYA}, frei")
    assert page.locator(".slot-cursor").bounding_box()["height"] == 48


def test_page_down_keeps_column_and_time(clinic, visit):
    page = opened_grid(visit, clinic)
    card(page, "Müller, Jürgen").focus()
    walked(page, "ArrowRight")
    page.keyboard.press("PageDown")

    expect(page.locator("h1")).to_have_text("Dienstag, 24. November 2026")
    page.wait_for_function("() => document.activeElement.innerText.startsWith('Dienstag, 08:15')")


def test_the_help_opens_by_key_and_by_button_and_single_keys_can_be_switched_off(clinic, visit):
    page = opened_grid(visit, clinic)
    card(page, "Müller, Jürgen").focus()
    page.keyboard.press("?")

    dialog = page.get_by_role("dialog", name="Tasten des Kalenders")
    expect(dialog).to_be_visible()
    look(page, "keys")
    assert axe(page) == []
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert focused(page) == "Müller, Jürgen"

    page.locator(".calendar-display summary").click()
    page.get_by_role("button", name="Tasten des Kalenders").click()
    dialog.get_by_label("Einzelne Buchstaben und Ziffern ausschalten").check()
    page.keyboard.press("Escape")
    assert page.evaluate("() => localStorage.getItem('calendar-keys-off')") == "1"
    card(page, "Müller, Jürgen").focus()
    page.keyboard.press("g")
    page.keyboard.press("?")
    assert focused(page) == "Müller, Jürgen"
    expect(dialog).to_be_hidden()
    page.reload()
    page.wait_for_selector(".ec [tabindex='0']")
    assert page.locator("[data-keys-off]").is_checked()


def test_letters_lead_to_today_a_date_the_week_and_the_list(clinic, visit):
    page = opened_grid(visit, clinic)
    card(page, "Müller, Jürgen").focus()
    page.keyboard.press("g")
    expect(page.locator("#go-to")).to_be_focused()
    card(page, "Müller, Jürgen").focus()
    page.keyboard.press("w")
    page.wait_for_url("**/week/**")
    page.wait_for_selector(".ec [tabindex='0']")
    page.locator(".ec [tabindex='0']").focus()
    page.keyboard.press("l")
    page.wait_for_url("**/list/**")


def test_keys_do_nothing_in_a_field(clinic, visit):
    page = opened_grid(visit, clinic)
    page.locator(".calendar-jump summary").click()
    page.locator("#go-to").focus()
    for key in ("m", "h", "1", "?", "Delete", "Control+z"):
        page.keyboard.press(key)

    expect(page.locator("h1")).to_have_text("Montag, 23. November 2026")
    expect(page.locator("#go-to")).to_be_focused()
    expect(page.locator("#calendar-keys")).to_be_hidden()
    expect(page.locator("#calendar-notice")).to_be_hidden()


def test_escape_before_the_panel_is_there_calls_it_off(clinic, visit):
    page = opened_grid(visit, clinic)
    held: list[Route] = []
    page.route(re.compile(r"/appointments/[0-9a-f-]{36}/$"), lambda route: held.append(route))
    card(page, "Müller, Jürgen").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#panel-body")).to_have_attribute("aria-busy", "true")

    page.keyboard.press("Escape")
    assert page.locator("#panel-body").get_attribute("aria-busy") is None
    page.unroute_all()
    page.keyboard.press("Enter")  # and it can be had again

    expect(page.locator("#panel h2", has_text="Jürgen Müller")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_hidden()
    assert focused(page) == "Müller, Jürgen"
    assert len(held) == 1


def test_a_digit_sets_the_status_of_all_selected_cards_as_one_change(clinic, visit):
    page = opened_grid(visit, clinic)
    for name in ("Yıldırım, Ayşe", "Krämer-Weiß, Änne"):
        card(page, name).focus()
        page.keyboard.press("Space")
    before = _words(page)

    page.keyboard.press("5")
    notice = page.get_by_role("region", name="Meldung zur letzten Änderung")
    expect(notice.locator(".notice-text")).to_have_text("2 Termine haben den Status: nicht erschienen.")
    for name in ("Yıldırım, Ayşe", "Krämer-Weiß, Änne"):
        expect(card(page, name)).to_contain_text("nicht erschienen")
    look(page, "status-of-several")

    page.keyboard.press("Control+z")
    expect(notice.locator(".notice-text")).to_have_text("Rückgängig gemacht: 2 Termine.")
    expect(card(page, "Krämer-Weiß, Änne")).not_to_contain_text("nicht erschienen")
    assert _words(page) == before

    card(page, "Krämer-Weiß, Änne").focus()
    page.keyboard.press("m")
    page.get_by_label("Status", exact=True).select_option("arrived")
    look(page, "status-in-panel")
    assert axe(page) == []
    page.get_by_role("button", name="Status von 2 setzen").click()
    expect(page.locator("#panel [role=status]")).to_contain_text("2 Termine haben den Status: angekommen.")
    assert page.complaints == []


def test_shift_and_a_click_selects_all_between_in_one_column(clinic, visit):
    page = opened_grid(visit, clinic)
    column = page.locator(f"button.card-button[data-resource='{clinic.calendar.pk}']")
    names = [column.nth(number).locator(".card-name").inner_text() for number in range(column.count())]
    by_time = sorted(range(len(names)), key=lambda at: column.nth(at).bounding_box()["y"])

    column.nth(by_time[3]).click(modifiers=["ControlOrMeta"])
    column.nth(by_time[1]).click(modifiers=["Shift"])

    chosen = page.locator("button.card-button[aria-pressed=true]")
    assert sorted(chosen.locator(".card-name").all_inner_texts()) == sorted(names[at] for at in by_time[1:4])
    expect(page.locator("#announcer")).to_have_text(f"Ausgewählt: {names[by_time[1]]}. 3 ausgewählt.")
    other = page.locator(f"button.card-button:not([data-resource='{clinic.calendar.pk}'])").first
    other.click(modifiers=["Shift"])  # another column: just this one
    expect(chosen).to_have_count(4)
    expect(page.locator("#panel")).to_be_hidden()
    assert page.complaints == []


def _words(page: Page) -> list[str]:
    return sorted(page.locator("button.card-button").all_inner_texts())


def test_the_space_bar_selects_cards_and_escape_lets_go(clinic, visit):
    page = opened_grid(visit, clinic)
    card(page, "Müller, Jürgen").focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Space")

    assert page.locator("button.card-button[aria-pressed=true]").count() == 2
    expect(page.locator("#announcer")).to_have_text(f"Ausgewählt: {FIRST}. 2 ausgewählt.")
    look(page, "selected")
    page.keyboard.press("Escape")
    assert page.locator("button.card-button[aria-pressed]").count() == 0
    assert focused(page) == FIRST


def test_the_menu_of_a_card_opens_by_key_pointer_and_right_click(clinic, visit):
    page = opened_grid(visit, clinic)
    card(page, "Müller, Jürgen").focus()
    page.keyboard.press("Shift+F10")

    menu = page.get_by_role("menu", name="Aktionen für Müller, Jürgen")
    expect(menu.get_by_role("menuitem", name="Öffnen")).to_be_focused()
    look(page, "menu")
    assert axe(page) == []
    page.keyboard.press("k")
    expect(menu.get_by_role("menuitem", name="Kopieren")).to_be_focused()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    assert focused(page) == "Müller, Jürgen"

    card(page, "Groß, Bruno").hover()
    page.get_by_role("button", name="Aktionen für Groß, Bruno").click()
    page.get_by_role("menuitem", name="Öffnen").click()
    expect(page.locator("#panel h2", has_text="Bruno Groß")).to_be_focused()  # its text is there before it is shown
    page.keyboard.press("Escape")
    assert focused(page) == "Groß, Bruno"
    card(page, "Müller, Jürgen").click(button="right")
    expect(menu).to_be_visible()
