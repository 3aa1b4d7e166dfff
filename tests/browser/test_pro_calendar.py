"""The staff's calendar in Chromium: what is seen, keys, the panel, axe, narrow and wide, light and dark."""

import os
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import Page, expect

from appointments.models import Occupancy
from doctolib.tenancy.scopes import organisation_scope
from tests import factories, pro

from .tools import DESK, PHONE, axe, chromium, opened, shot, sideways

pytestmark = pytest.mark.django_db(transaction=True)

MONDAY = datetime(2026, 11, 23, tzinfo=UTC).date()
LONG = {"first_name": "Maximiliane-Charlotte", "last_name": "von und zu Hohenlohe-Waldenburg-Schillingsfürst"}
NAMES = [
    LONG,
    {"first_name": "Jürgen", "last_name": "Müller"},
    {"first_name": "Ayşe", "last_name": "Yıldırım"},
    {"first_name": "Änne", "last_name": "Krämer-Weiß"},
    {"first_name": "محمد", "last_name": "الأحمد"},
    {"first_name": "Bruno", "last_name": "Groß"},
]
STATUSES = ["done", "no_show", "in_treatment", "arrived", "booked", "booked"]


def at(clock: str, day: int = 0) -> datetime:
    """A local time in Berlin on a day of that week."""
    hour, minute = clock.split(":")
    local = datetime.combine(MONDAY + timedelta(days=day), time(int(hour), int(minute)))
    return local.replace(tzinfo=timezone.get_default_timezone())


def full_clinic() -> pro.Clinic:
    """Two units, four calendars, cards of every status and length, a hold, a block, absences."""
    clinic = pro.clinic(name="Universitätsklinikum Musterstadt")
    with clinic.scope():
        unit = clinic.calendar.unit
        unit.name_de, unit.name_en, unit.position = "Hals-Nasen-Ohren-Heilkunde", "Ear, nose and throat", 1
        unit.save()
        other_unit = factories.unit(name_de="Radiologie", position=2)
        who = factories.practitioner(first_name="Sven", last_name="Öztürk-Hagenbach", title="Prof. Dr.")
        calendars = [
            clinic.calendar,
            factories.calendar(name="Prof. Öztürk-Hagenbach", practitioner=who, edge="amber"),
            factories.calendar(name="MRT 1", unit=other_unit, edge="plum"),
            factories.calendar(name="Sonographie", unit=other_unit, edge="sage"),
        ]
        room = factories.room(name="Untersuchungsraum 3")
        check, scan = "Verlaufskontrolle nach Operation", "Kernspintomographie"
        long = factories.reason(calendars=calendars, name_de=check, code="VK", duration=30, edge="indigo")
        hour = factories.reason(calendars=calendars, name_de=scan, code="MRT", duration=60, edge="rust")
        clinic.reason.duration = 15
        clinic.reason.save()
        for calendar in calendars[1:]:
            factories.offer(calendar, clinic.reason)
            factories.hours(calendar, starts="09:00", ends="12:30")
            factories.hours(calendar, starts="13:30", ends="17:00", weekdays=[1, 2, 4])
        number = 0
        for day in range(5):
            for place, calendar in enumerate(calendars):
                clock = at("08:00" if place == 0 else "09:00", day)
                for slot in range(6):
                    reason = (clinic.reason, long, hour)[(slot + place) % 3]
                    name = NAMES[(number + place) % len(NAMES)]
                    patient = factories.patient(
                        name={"title": "", "birth_date": "1961-02-03", "sex": "female", **name},
                        insurance={"kind": "statutory", "insurer": "Muster BKK", "number": "A123456780"},
                    )
                    origin = "online" if slot % 2 else "staff"
                    made = factories.appointment(
                        calendar, reason, patient, clock, status=STATUSES[slot], origin=origin
                    )
                    if reason is hour and place == 0:
                        factories.busy(room, clock, made.ends_at, status="booked", appointment=made)
                    clock = made.ends_at + timedelta(minutes=15 * (slot % 2))
                    number += 1
        cancelled = factories.appointment(
            calendars[0], long, factories.patient(), at("14:00"), status="cancelled", cancelled_at=at("10:00")
        )
        Occupancy.objects.filter(appointment=cancelled).delete()
        factories.hold(calendars[0], long, at("15:00"), expires_at=timezone.now() + timedelta(minutes=9), minutes=30)
        factories.busy(calendars[2], at("15:00"), at("15:30"))
        factories.absence(calendars[3], at("13:00"), at("18:00"), note="Fortbildung")
        factories.absence(calendars[1], at("00:00", 1), at("00:00", 3), note="Urlaub")
    clinic.made = calendars
    return clinic


@pytest.fixture(scope="module")
def browser():
    with chromium() as started:
        yield started


@pytest.fixture
def clinic(transactional_db):
    return full_clinic()


@pytest.fixture
def visit(browser, live_server, clinic):
    """Open a page of the pro door, signed in; options as for Playwright's contexts."""
    open_pages = []

    def go(path: str, *, signed_in: bool = True, **options) -> Page:
        manager = opened(browser, **options)
        page = manager.__enter__()
        open_pages.append(manager)
        base = f"http://{settings.PRO_HOST.split(':')[0]}:{live_server.thread.port}"
        if signed_in:
            name = settings.DOOR_SESSION_COOKIES["pro"]
            page.context.add_cookies([{"name": name, "value": clinic.client.cookies[name].value, "url": base}])
        page.goto(base + path)
        return page

    yield go
    for manager in reversed(open_pages):
        manager.__exit__(None, None, None)


def all_of(clinic: pro.Clinic) -> str:
    return ",".join(str(calendar.pk) for calendar in clinic.made)


def look(page: Page, name: str, **options) -> None:
    """A screenshot for people to look at, where SCREENSHOTS names a folder."""
    if os.environ.get("SCREENSHOTS"):
        shot(page, Path(os.environ["SCREENSHOTS"]) / f"{name}.png", **{"full_page": False, **options})


PAGES = {
    "day": "/day/?date=2026-11-23&calendars={all}",
    "week": "/week/?date=2026-11-23&calendars={one}",
    "week-mixed": "/week/?date=2026-11-23&calendars={all}",
    "list": "/list/?date=2026-11-23&calendars={all}",
    "list-week": "/list/?date=2026-11-23&days=7&calendars={one}",
    "empty": "/list/?date=2026-11-29&calendars={all}",
    "wrong-date": "/day/?date=gestern&calendars={one}",
    "appointment": "/appointments/{appointment}/",
    "patient": "/patients/{patient}/",
}


def address(clinic: pro.Clinic, name: str) -> str:
    with organisation_scope(clinic.organisation):
        appointment = clinic.calendar.appointments.order_by("starts_at").first()
    return PAGES[name].format(
        all=all_of(clinic), one=clinic.calendar.pk, appointment=appointment.pk, patient=appointment.patient_id
    )


def opened_grid(visit, clinic, name: str = "day", **options) -> Page:
    page = visit(address(clinic, name), **options)
    page.wait_for_selector("button.card-button[tabindex='0']")
    return page


def focused(page: Page) -> str:
    """The visible text of the element with focus."""
    return page.evaluate("() => document.activeElement.innerText.split('\\n')[0]")


def card(page: Page, name: str):
    return page.locator("button.card-button", has_text=name).first


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["360", "1440"])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(clinic, visit, size, theme):
    found = {}
    for name in PAGES:
        page = visit(address(clinic, name), viewport=size, color_scheme=theme)
        if "/day/" in page.url or "/week/" in page.url:
            page.wait_for_selector("button.card-button[tabindex='0']")
        look(page, f"{name}-{size['width']}-{theme}")
        found[name] = [axe(page), sideways(page), page.complaints]
        page.context.close()
    assert found == {name: [[], [], []] for name in PAGES}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["360", "1440"])
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
    assert page.locator(".column-more").first.inner_text() == "Ear, nose and throat, 6 appointments"
    assert axe(page) == []


def test_cards_show_the_decrypted_name_and_say_day_person_and_status(clinic, visit):
    page = opened_grid(visit, clinic)

    first = card(page, "Krämer-Weiß, Änne")
    assert first.locator(".card-name").inner_text() == "Krämer-Weiß, Änne"
    # What is seen comes first, what is only heard after it.
    names = page.get_by_role("button", name="Krämer-Weiß, Änne EG").all_inner_texts()
    assert len(names) == 4
    spoken = page.locator("button.card-button .visually-hidden").all_text_contents()
    said = ", Montag, 23. November, 09:00 bis 09:30 Uhr, Prof. Dr. Sven Öztürk-Hagenbach"
    assert f"{said}, Verlaufskontrolle nach Operation, erledigt" in spoken
    assert page.locator(".ec").get_attribute("role") == "group"
    assert page.locator(".ec [role=row], .ec [role=cell], .ec [role=columnheader], .ec h4").count() == 0


def test_times_off_and_taken_times_are_said_in_words(clinic, visit):
    page = opened_grid(visit, clinic)

    expect(page.locator(".absence", has_text="Abwesend: Fortbildung")).to_be_visible()
    expect(page.locator(".is-held", has_text="Reserviert bis")).to_have_count(1)
    expect(page.locator(".is-blocked", has_text="Gesperrt")).to_have_count(1)
    assert page.locator(".ec-bg-event.closed").count() > 4


def test_the_grid_is_one_tab_stop_and_arrow_keys_go_from_card_to_card(clinic, visit):
    page = opened_grid(visit, clinic)
    assert page.locator("button.card-button[tabindex='0']").count() == 1
    card(page, "Müller, Jürgen").focus()
    page.keyboard.press("Home")

    path = [focused(page)]
    for key in ("ArrowDown", "ArrowDown", "ArrowUp", "ArrowRight", "ArrowLeft", "End", "Home", "ArrowUp"):
        page.keyboard.press(key)
        path.append(focused(page))

    first, last = f"{LONG['last_name']}, {LONG['first_name']}", "von Müller-Lüdenscheidt, Änne"
    second, third, neighbour = "Müller, Jürgen", "Yıldırım, Ayşe", "Yıldırım, Ayşe"
    assert path == [first, second, third, second, neighbour, third, last, first, first]
    assert page.locator("button.card-button[tabindex='0']").count() == 1
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.closest('.ec') === null")


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
    page.locator("#go-to").fill("2026-11-27")
    page.get_by_role("button", name="Anzeigen").click()
    expect(page.locator("h1")).to_have_text("Freitag, 27. November 2026")
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

    expect(page.locator("#panel .notice-success")).to_contain_text("Abgesagt: Mia Morgen")
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
