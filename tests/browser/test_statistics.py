"""The statistics in Chromium: axe, narrow, wide, light, dark, forced colours, print, keyboard, without scripts."""

from datetime import timedelta

import pytest

from appointments.models import Appointment
from tests import factories, pro

from .pro_clinic import MONDAY, at, look
from .tools import PHONE, axe, sideways

pytestmark = pytest.mark.django_db(transaction=True)
LAPTOP = {"width": 1280, "height": 800}
YEAR = "/statistics/?first=2026-01-01&last=2026-12-31"
STATUSES = ["done", "done", "no_show", "cancelled", "done"]


@pytest.fixture
def clinic(transactional_db):
    """Two calendars of two units, with long names; visits of all kinds in many weeks of the year."""
    made = pro.clinic(name="Universitätsklinikum Musterstadt")
    with made.scope():
        made.calendar.name = "Prof. Dr. Maximiliane-Charlotte von und zu Hohenlohe-Waldenburg"
        made.calendar.save()
        other = factories.calendar(name="MRT 1", unit=factories.unit(name_de="Radiologie", position=2))
        scan = factories.reason(calendars=[other], name_de="Kernspintomographie", duration=60)
        factories.hours(other, starts="09:00", ends="17:00")
        patient = factories.patient()
        rows = []
        for number in range(240):
            starts_at = at("08:00", -7 * (number % 46)) + timedelta(minutes=20 * (number % 24))
            status = STATUSES[number % 5]
            rows.append(
                Appointment(
                    calendar=(made.calendar, other)[number % 2],
                    reason=(made.reason, scan)[number % 2],
                    patient=patient,
                    starts_at=starts_at,
                    ends_at=starts_at + timedelta(minutes=20),
                    origin="online" if number % 3 else "staff",
                    status=status,
                    cancelled_at=starts_at if status == "cancelled" else None,
                    cancelled_by="patient" if status == "cancelled" else "",
                    arrived_at=starts_at - timedelta(minutes=5) if status == "done" else None,
                    started_at=starts_at + timedelta(minutes=number % 17) if status == "done" else None,
                )
            )
        Appointment.objects.bulk_create(rows)
        for number, row in enumerate(rows):
            Appointment.objects.filter(pk=row.pk).update(created_at=row.starts_at - timedelta(days=number % 60))
    return made


def wide_open(page) -> None:
    page.evaluate("() => document.querySelectorAll('details').forEach((each) => { each.open = !each.dataset.menu })")


@pytest.mark.parametrize(("size", "theme"), [(PHONE, "dark"), (LAPTOP, "light")], ids=["360-dark", "1280-light"])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(clinic, visit, size, theme):
    found = {}
    page = visit(YEAR, viewport=size, color_scheme=theme)
    for name, address in {
        "statistics": "",
        "statistics-reasons": f"{YEAR}&by=reason&step=week",
        "statistics-wrong": f"{YEAR}&step=day",
        "statistics-empty": "/statistics/?first=2020-01-01&last=2020-01-31",
    }.items():
        if address:
            page.goto(page.url.partition("/statistics/")[0] + address)
        look(page, f"{name}-{size['width']}-{theme}", full_page=True)
        wide_open(page)
        found[name] = [axe(page), sideways(page), page.complaints]
    assert found == {name: [[], [], []] for name in found}


def test_forced_colours_and_print_keep_bars_and_lines(clinic, visit):
    page = visit(YEAR, viewport=LAPTOP, forced_colors="active")
    look(page, "statistics-forced", full_page=True)
    forced = page.evaluate(
        """() => [".chart-bar", ".chart-line", ".chart-mark"].map((name) => {
            const style = getComputedStyle(document.querySelector(".chart-drawing " + name));
            return [style.fill, style.stroke].includes(getComputedStyle(document.body).color);
        })"""
    )
    page.emulate_media(media="print", forced_colors="none")
    look(page, "statistics-print", full_page=True)
    shown = page.evaluate(
        """() => [".statistics-form", ".chart-table", ".chart-drawing", ".statistics-overview"]
            .map((name) => document.querySelector(name).checkVisibility())"""
    )
    assert (forced, shown) == ([True, True, True], [False, False, True, True])


def test_without_scripts_the_form_asks_and_its_address_can_be_shared(clinic, visit):
    page = visit("/statistics/", viewport=LAPTOP, java_script_enabled=False)
    assert not page.get_by_label("Erster Tag").is_visible()
    page.get_by_label("Zeitraum").select_option("zwischen zwei Tagen")
    page.get_by_label("Erster Tag").fill(str(MONDAY))
    page.get_by_label("Letzter Tag").fill(str(MONDAY + timedelta(days=6)))
    page.get_by_label("Aufstellung").select_option("nach Einheiten")
    page.get_by_role("button", name="Anzeigen").click()

    assert page.locator("h1").inner_text() == "Statistik: 23.11.2026 bis 29.11.2026"
    again = visit(page.url.partition("/statistics/")[1] + page.url.partition("/statistics/")[2], viewport=LAPTOP)
    assert again.locator("caption", has_text="Nach Einheiten").count() == 1
    assert again.get_by_label("Erster Tag").input_value() == str(MONDAY)


def test_a_file_is_saved_by_the_keyboard(clinic, visit):
    page = visit(YEAR, viewport=LAPTOP)
    page.get_by_role("link", name="Als Excel-Datei sichern").focus()
    with page.expect_download() as download:
        page.keyboard.press("Enter")

    assert download.value.suggested_filename == f"{clinic.organisation.slug}-2026-01-01-2026-12-31.xlsx"
