"""Beside the grid: month, check-in list, saved selections, palette, print; others' changes in a second browser."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from appointments.models import Appointment
from tests import factories

from .pro_clinic import all_of, card, full_clinic, look, opened_grid
from .tools import PHONE, axe, sideways

pytestmark = pytest.mark.django_db(transaction=True)
WIDE = {"width": 1920, "height": 1000}
NARROW_DESK = {"width": 1280, "height": 800}


@pytest.fixture
def clinic(transactional_db):
    return full_clinic()


def with_today(clinic):
    """Somebody who waits, somebody treated, somebody to come: today."""
    with clinic.scope():
        now = timezone.now().replace(second=0, microsecond=0)
        rows = (
            ("Wartend", "arrived", 25),
            ("Behandelt", "in_treatment", 40),
            ("Erwartet", "booked", 0),
            ("Kam", "booked", 5),
        )
        for number, (name, status, minutes) in enumerate(rows):
            patient = factories.patient(name={"last_name": name, "first_name": "Eva", "birth_date": "1961-02-03"})
            starts = timezone.localtime(now).replace(hour=12, minute=0) + timedelta(minutes=15 * number)
            arrived = now - timedelta(minutes=minutes) if status != "booked" else None
            clinic.made.append(
                factories.appointment(
                    clinic.calendar, clinic.reason, patient, starts, status=status, arrived_at=arrived
                )
            )
    calendars = clinic.made[:4]
    clinic.made, rows = calendars, clinic.made[4:]
    return rows


@pytest.mark.parametrize("viewport", [WIDE, NARROW_DESK, PHONE], ids=["1920", "1280", "360"])
@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("month", "/calendar/month/?date=2026-11-23&calendars={all}"),
        ("today", "/calendar/today/?calendars={all}"),
        ("print-day", "/calendar/print/?date=2026-11-23&calendars={all}"),
        ("print-week", "/calendar/print/?date=2026-11-23&days=7&calendars={one}"),
        ("selection-add", "/calendar/selections/add/?calendars={all}"),
        ("palette-page", "/palette/"),
    ],
)
def test_a_page_fits_and_axe_finds_nothing(clinic, visit, name, path, viewport):
    with_today(clinic)
    page = visit(path.format(all=all_of(clinic), one=clinic.calendar.pk), viewport=viewport)
    look(page, f"{name}-{viewport['width']}", full_page=True)

    assert (axe(page), sideways(page), page.complaints) == ([], [], [])
    assert page.locator("h1").count() == 1


def test_the_work_week_has_five_days_and_turns_by_weeks(clinic, visit):
    page = visit(f"/calendar/work-week/?date=2026-11-25&calendars={clinic.calendar.pk}", viewport=NARROW_DESK)
    page.wait_for_selector("button.card-button")
    assert page.locator(".ec-header .column-name").all_inner_texts() == [
        "Mo., 23.11.",
        "Di., 24.11.",
        "Mi., 25.11.",
        "Do., 26.11.",
        "Fr., 27.11.",
    ]
    look(page, "work-week")

    page.get_by_role("link", name="Nächste Woche").click()
    expect(page.locator("h1")).to_have_text("30. November bis 4. Dezember 2026, KW 49")
    assert axe(page) == []


def test_arrow_keys_walk_through_the_month_and_enter_opens_the_day(clinic, visit):
    page = visit(f"/calendar/month/?date=2026-11-23&calendars={all_of(clinic)}")
    page.locator('a.month-link[href*="2026-11-23"]').focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowUp", "End", "Home"):
        page.keyboard.press(key)
    assert "date=2026-11-23" in page.evaluate("() => document.activeElement.href")

    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Montag, 23. November 2026")


def test_without_scripts_the_check_in_list_works(clinic, visit):
    rows = with_today(clinic)
    page = visit("/calendar/today/", java_script_enabled=False)
    row = page.locator(f"#visit-{rows[2].pk}")
    row.get_by_role("button", name="angekommen").click()

    assert "/calendar/today/" in page.url
    expect(page.locator(f"#visit-{rows[2].pk}")).to_contain_text("0 Minuten")


def test_a_status_is_set_without_a_reload_and_focus_stays_in_the_row(clinic, visit):
    rows = with_today(clinic)
    page = visit(f"/calendar/today/?calendars={clinic.calendar.pk}", viewport=NARROW_DESK)
    expect(page.locator(".today-sums")).to_contain_text("2 warten")
    assert page.locator(f"#visit-{rows[0].pk} td.today-wait").inner_text() == "25 Minuten"
    button = page.locator(f"#visit-{rows[2].pk}").get_by_role("button", name="angekommen")
    button.focus()
    page.keyboard.press("Enter")

    expect(page.locator(".today-sums")).to_contain_text("3 warten")
    expect(page.locator("#announcer")).to_contain_text("angekommen")
    expect(page.locator(f"#next-{rows[2].pk}")).to_be_focused()
    assert page.locator("tr[id^=visit-]").first.get_attribute("id") == f"visit-{rows[0].pk}"
    page.locator(f"#more-{rows[2].pk}").click()
    look(page, "today-menu")
    assert axe(page) == []


def test_a_change_in_a_second_browser_is_seen_and_typed_text_and_focus_stay(clinic, visit):
    with clinic.scope():
        ahead = timezone.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=14, hours=1)
        one, other = (
            factories.appointment(
                clinic.made[0],
                clinic.reason,
                factories.patient(name={"last_name": name, "first_name": "Eva"}),
                ahead + timedelta(minutes=15 * number),
            )
            for number, name in enumerate(("Erste", "Zweite"))
        )
    page = visit(f"/day/?date={timezone.localtime(ahead).date()}&calendars={clinic.calendar.pk}")
    card(page, "Erste, Eva").click()
    page.locator("summary", has_text="Termin absagen").click()
    page.get_by_label("Grund").fill("Halb geschrieb")

    second = visit(f"/appointments/{other.pk}/")
    second.locator("summary", has_text="Termin absagen").click()
    second.get_by_role("button", name="Termin absagen", exact=True).click()

    expect(page.locator(".ec-event.is-cancelled", has_text="Zweite, Eva")).to_have_count(1, timeout=5000)
    expect(page.locator(".ec-event.is-changed", has_text="Zweite, Eva")).to_have_count(1)
    expect(page.locator("#announcer")).to_have_text("Ein Termin geändert.")
    expect(page.get_by_label("Grund")).to_be_focused()
    expect(page.get_by_label("Grund")).to_have_value("Halb geschrieb")
    look(page, "live")
    assert axe(page, include=".ec") == []

    # Then the one whose panel is open: who types is told, and sees what it is now when they want to.
    second.goto(second.url.replace(str(other.pk), str(one.pk)))
    write_note(second, "Bringt Befunde mit")
    note = page.locator("#panel .panel-changed")
    expect(note).to_contain_text("Jemand hat diesen Termin geändert.", timeout=5000)
    expect(page.get_by_label("Grund")).to_be_focused()
    expect(page.get_by_label("Grund")).to_have_value("Halb geschrieb")
    assert axe(page, include="#panel") == []
    note.get_by_role("button", name="Zeigen, wie er jetzt ist").click()
    expect(page.locator("#panel")).to_contain_text("Bringt Befunde mit")

    # Nothing is typed any more: the panel follows by itself, and focus stays.
    to_move = page.locator("#panel").get_by_role("link", name="Verschieben oder Länge ändern")
    to_move.focus()
    write_note(second, "Bringt nichts mit")
    expect(page.locator("#panel")).to_contain_text("Bringt nichts mit", timeout=5000)
    expect(to_move).to_be_focused()

    # A form that somebody went to is not taken away, even before anything is typed into it.
    to_move.click()
    write_note(second, "Bringt doch etwas mit")
    expect(note).to_have_count(1, timeout=5000)
    expect(page.locator("#panel").get_by_role("heading", name="Termin verschieben")).to_be_visible()
    expect(page.locator(".ec-event.is-changed")).to_have_count(0, timeout=12_000)


def write_note(page, text: str) -> None:
    page.locator(".note-edit > summary").click()
    page.locator(".note-edit textarea").fill(text)
    page.locator(".note-edit button[type=submit]").click()
    page.get_by_text("Die Notiz ist gespeichert.").wait_for()


@pytest.mark.parametrize("path", ["/list/?date={day}", "/calendar/today/?calendars={one}"])
def test_lists_follow_others_and_focus_stays(clinic, visit, path):
    rows = with_today(clinic)
    page = visit(path.format(day=timezone.localdate(), one=clinic.calendar.pk) + f"&calendars={clinic.calendar.pk}")
    link = page.locator(f'a[data-appointment="{rows[2].pk}"]')
    link.focus()
    with page.expect_response(lambda answer: "/api/calendar/events" in answer.url):
        pass
    with clinic.scope():
        Appointment.objects.filter(pk=rows[3].pk).update(status="done", version=2)

    expect(page.locator("tr", has_text="Kam, Eva")).to_contain_text("erledigt", timeout=5000)
    expect(link).to_be_focused()
    expect(page.locator("tr.is-changed-row", has_text="Kam, Eva")).to_have_count(1)


def test_live_changes_can_be_switched_off(clinic, visit):
    page = opened_grid(visit, clinic)
    page.clock.install()
    page.reload()  # so that its timers are the clock's
    page.wait_for_selector(".ec [tabindex='0']")
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "/api/calendar/events" in request.url else None)
    page.locator(".calendar-display summary").click()
    look(page, "display")
    assert axe(page) == []
    switch = page.get_by_label("Änderungen anderer sofort zeigen")
    switch.uncheck()
    asked.clear()  # what was asked while the page was looked at
    for _ in range(5):
        page.clock.run_for(4_000)
        page.evaluate("fetch('/palette/').then(() => true)")  # what was asked before this is known when it is answered

    assert asked == []
    with page.expect_request(lambda request: "/api/calendar/events" in request.url):
        switch.check()


def test_colours_by_status_and_the_legend(clinic, visit):
    page = opened_grid(visit, clinic)
    page.locator(".calendar-display summary").click()
    page.locator(".calendar-display").get_by_role("link", name="Status").click()
    page.wait_for_selector("button.card-button")

    assert "colours=status" in page.url
    assert page.locator(".ec-event.is-arrived.edge-amber").count() == page.locator(".ec-event.is-arrived").count() > 0
    page.locator(".calendar-display summary").click()
    assert page.locator(".legend li").all_inner_texts() == [
        "gebucht", "angekommen", "in Behandlung", "erledigt", "nicht erschienen", "abgesagt",
    ]  # fmt: skip


def test_a_selection_is_saved_ordered_and_shown_in_its_order(clinic, visit):
    page = visit(f"/day/?date=2026-11-23&calendars={all_of(clinic)}", viewport=NARROW_DESK)
    page.wait_for_selector("button.card-button")
    page.locator(".calendar-picker summary").click()
    look(page, "picker")
    assert axe(page) == []
    page.get_by_role("link", name="Diese als Auswahl speichern").click()
    page.get_by_label("Name").fill("Meine Station")
    page.get_by_role("button", name="Speichern").click()
    page.wait_for_selector("button.card-button")
    heads = page.locator(".ec-header .column-name")
    before = heads.all_inner_texts()

    page.locator(".calendar-picker summary").click()
    page.get_by_role("link", name="Auswahlen verwalten").click()
    look(page, "selections")
    assert axe(page) == []
    page.get_by_role("link", name=re.compile("Ändern.*Meine Station")).click()
    page.get_by_role("button", name=f"{before[0]} nach hinten").click()
    look(page, "selection")
    assert (axe(page), sideways(page)) == ([], [])
    page.get_by_role("link", name="Im Kalender anzeigen").click()
    page.wait_for_selector("button.card-button")

    assert heads.all_inner_texts() == [before[1], before[0], *before[2:]]
    expect(page.locator(".picker-chosen")).to_have_text("Meine Station")
    assert page.complaints == []


def test_the_palette_opens_by_key_and_finds_pages_days_and_patients(clinic, visit):
    page = visit("/settings/", viewport=NARROW_DESK)
    page.keyboard.press("Control+k")
    box = page.get_by_role("combobox", name="Gehe zu Seite, Tag oder Patient")
    expect(box).to_be_focused()
    expect(page.locator("#palette [role=option]").first).to_have_attribute("aria-selected", "true")
    look(page, "palette")
    assert axe(page) == []

    page.keyboard.type("müll")
    expect(page.locator("#palette [role=option]").first).to_contain_text("Müller, Jürgen")
    expect(box).to_be_focused()
    assert box.get_attribute("aria-activedescendant") == "palette-option-1"
    look(page, "palette-patients")
    assert axe(page) == []
    page.keyboard.press("ArrowDown")
    assert box.get_attribute("aria-activedescendant") == "palette-option-2"

    box.fill("24.12.2026")
    expect(page.locator("#palette [role=option]").first).to_contain_text("Donnerstag, 24. Dezember 2026")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Donnerstag, 24. Dezember 2026")
    assert "müll" not in page.url
    assert page.complaints == []


def test_escape_closes_the_palette_and_focus_is_where_it_was(clinic, visit):
    page = opened_grid(visit, clinic)
    card(page, "Müller, Jürgen").focus()
    page.keyboard.press("Control+k")
    expect(page.locator("#palette-input")).to_be_focused()
    page.keyboard.press("Escape")

    expect(page.locator("#palette")).to_be_hidden()
    assert page.evaluate("() => document.activeElement.matches('button.card-button')")


def test_on_paper_heads_repeat_and_controls_are_gone(clinic, visit):
    page = visit(f"/calendar/print/?date=2026-11-23&days=7&calendars={clinic.calendar.pk}")
    page.emulate_media(media="print")

    assert page.locator(".print-tools").is_hidden()
    style = page.locator("thead").first.evaluate("(head) => getComputedStyle(head).display")
    edge = page.locator(".print-card").first.evaluate("(cell) => getComputedStyle(cell).printColorAdjust")
    assert (style, edge) == ("table-header-group", "exact")
