"""The staff's pages in Chromium: axe on each, narrow and wide, light and dark, without scripts, without a server."""

import pytest
from playwright.sync_api import expect

from accounts.enums import UserKind
from accounts.models import User
from crypto import keyring
from tests.accounts.conftest import sent_code

from .pro_clinic import PAGES, address, card, focused, full_clinic, look, opened_grid
from .tools import DESK, PHONE, axe, sideways

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clinic(transactional_db):
    return full_clinic()


@pytest.mark.parametrize(("size", "theme"), [(PHONE, "dark"), (DESK, "light")], ids=["360-dark", "1440-light"])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(clinic, walk, size, theme):
    found = {}
    names = {address(clinic, name): name for name in PAGES}
    for path, page in walk(names, viewport=size, color_scheme=theme):
        name = names[path]
        if "/day/" in page.url or "/week/" in page.url:
            page.wait_for_selector(".ec [tabindex='0']")
        look(page, f"{name}-{size['width']}-{theme}")
        found[name] = [axe(page), sideways(page), page.complaints]
    assert found == {name: [[], [], []] for name in PAGES}


@pytest.mark.parametrize(("size", "theme"), [(PHONE, "dark"), (DESK, "light")], ids=["360-dark", "1440-light"])
def test_axe_finds_nothing_with_the_panel_or_the_picker_open(clinic, visit, size, theme):
    page = opened_grid(visit, clinic, viewport=size, color_scheme=theme)
    page.locator(".calendar-picker > summary").click()
    look(page, f"picker-{size['width']}-{theme}")
    found = [axe(page)]
    page.keyboard.press("Escape")
    page.locator("button.card-button").nth(3).click()
    expect(page.locator("#panel h2")).to_be_focused()
    look(page, f"panel-{size['width']}-{theme}")
    found += [axe(page), sideways(page), page.complaints]
    assert found == [[], [], [], []]


def test_the_pages_are_the_same_in_english(clinic, visit):
    page = opened_grid(visit, clinic, locale="en-GB")
    look(page, "day-english")

    assert page.locator("h1").inner_text() == "Monday 23 November 2026"
    assert page.locator(".column-more").first.inner_text() == "6 appointments, Ear, nose and throat"
    assert axe(page) == []


def test_the_list_opens_the_panel_and_returns_to_the_name(clinic, visit):
    page = visit(address(clinic, "list"))
    name = page.get_by_role("link", name="Groß, Bruno").first
    name.focus()
    page.keyboard.press("Enter")

    expect(page.locator("#panel h2")).to_be_focused()
    look(page, "list-panel")
    assert axe(page) == []
    page.keyboard.press("Escape")
    expect(name).to_be_focused()


def test_without_scripts_the_list_and_the_appointments_page_say_the_same(clinic, visit):
    page = visit(address(clinic, "day"), java_script_enabled=False)
    page.get_by_role("link", name="Liste öffnen").click()
    assert page.locator("caption").inner_text().startswith("25 Termine: Montag, 23. November 2026")
    page.get_by_role("link", name="Nächster Tag").click()
    page.get_by_role("link", name="Groß, Bruno").first.click()

    assert page.locator("h1").inner_text() == "Bruno Groß"
    page.get_by_role("link", name="Patientenkarte öffnen").click()
    assert page.locator("h1").inner_text() == "Bruno Groß"


def test_a_phone_starts_with_the_list_and_may_still_have_the_grid(clinic, visit):
    page = visit("/", viewport=PHONE)
    page.wait_for_url("**/list/**")
    page.locator(".calendar-views summary").click()
    page.get_by_role("link", name="Tag", exact=True).click()
    page.wait_for_selector(".ec-main")
    assert "/day/" in page.url


def test_choosing_calendars_shows_them(clinic, visit):
    page = opened_grid(visit, clinic)
    page.locator(".calendar-picker > summary").click()
    page.get_by_role("button", name="Alle Hals-Nasen-Ohren-Heilkunde").click()
    page.get_by_role("button", name="Kalender anzeigen").click()
    page.wait_for_load_state()

    assert page.locator(".ec-col-head .column-name").all_inner_texts() == ["MRT 1", "Sonographie"]


def test_a_professional_signs_in_with_password_and_code_and_sees_the_name(clinic, visit, monkeypatch):
    monkeypatch.setattr("doctolib.outbox.kicking._ask", lambda wait: None)
    with keyring.platform_keys():
        User.objects.create_account(
            kind=UserKind.PROFESSIONAL,
            email="empfang@example.org",
            password="ein langes Passwort",
            organisation=clinic.organisation,
            is_organisation_admin=True,
        )
    page = visit(address(clinic, "day"), signed_in=False)
    page.get_by_label("E-Mail-Adresse").fill("empfang@example.org")
    page.get_by_label("Passwort", exact=True).fill("ein langes Passwort")
    page.get_by_role("button", name="Anmelden").click()
    page.get_by_label("Handynummer").fill("0152 28817386")
    page.get_by_role("button", name="Code senden").click()
    page.wait_for_url("**/account/sign-in/code/**")
    page.get_by_label("Code", exact=True).fill(sent_code())
    page.get_by_role("button", name="Anmelden").click()

    expect(card(page, "Yıldırım, Ayşe")).to_be_visible()
    assert page.url.endswith(address(clinic, "day"))  # where they wanted to go


def test_signed_out_meanwhile_the_card_leads_to_the_sign_in_page(clinic, visit):
    page = opened_grid(visit, clinic)
    page.context.clear_cookies()
    card(page, "Müller, Jürgen").click()

    page.wait_for_url("**/account/sign-in/?next=/day/**")


def test_when_the_server_does_not_answer_the_page_says_so_and_stays(clinic, visit):
    page = opened_grid(visit, clinic)
    page.route("**/api/calendar/events**", lambda route: route.abort())
    page.route("**/appointments/**", lambda route: route.abort())
    page.get_by_role("link", name="Nächster Tag").click()
    expect(page.locator("#calendar-notes")).to_contain_text("konnte nicht geladen werden")
    assert page.locator("h1").inner_text() == "Montag, 23. November 2026"

    card(page, "Müller, Jürgen").click()
    expect(page.locator("#panel h2")).to_contain_text("konnte nicht geladen werden")
    page.keyboard.press("Escape")
    assert focused(page) == "Müller, Jürgen"


def test_with_forced_colours_and_little_motion_cards_keep_a_border(clinic, visit):
    page = opened_grid(visit, clinic, forced_colors="active", reduced_motion="reduce")
    look(page, "forced-colours")

    widths = page.evaluate(
        "() => [...document.querySelectorAll('.ec-event')].map((card) => getComputedStyle(card).borderTopWidth)"
    )
    assert set(widths) == {"1px"}
