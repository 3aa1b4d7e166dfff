"""Opening hours and absences in Chromium: drawn by pointer and by keyboard, the bulk move, axe, sizes, no scripts."""

from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone

from appointments.models import Absence, Appointment, OpeningHours
from doctolib.tenancy.scopes import organisation_scope
from tests import factories, pro

from .pro_clinic import look
from .tools import PHONE, axe, sideways

pytestmark = pytest.mark.django_db(transaction=True)
DESK = {"width": 1280, "height": 800}
LONG = "Sprechstunde Prof. Dr. Maximiliane von und zu Hohenlohe-Waldenburg"


@pytest.fixture
def clinic(transactional_db):
    """Open from 8 to 12, on two days in the afternoon, too; a second calendar, a room, absences, an appointment."""
    made = pro.clinic()
    with made.scope():
        OpeningHours.objects.all().delete()
        factories.hours(made.calendar, starts="08:00", ends="12:00")
        factories.hours(made.calendar, weekdays=[2, 4], starts="13:30", ends="17:15", is_online=False, late_share=25)
        other = factories.reason(calendars=[made.calendar], name_de="Verlaufskontrolle nach Operation")
        factories.hours(made.calendar, weekdays=[1], starts="14:00", ends="16:00", reasons=[other], share=50)
        saturday = today() + timedelta(days=5 - today().weekday())
        factories.hours(
            made.calendar, weekdays=[6], starts="09:00", ends="11:00", valid_from=saturday, valid_until=saturday
        )
        second = factories.calendar(name=LONG)
        factories.offer(second, made.reason)
        factories.hours(second)
        factories.room(name="Untersuchungsraum 3")
        factories.absence(made.calendar, at("00:00", 14), at("00:00", 21), note="Urlaub")
        factories.absence(second, at("13:00", 9), at("18:00", 9), note="Fortbildung", series_id=made.organisation.pk)
    for clock in ("09:00", "09:20", "09:40"):
        made.book(at(clock, 7))
    return made


def today():
    return timezone.localdate()


def at(clock: str, days: int) -> datetime:
    """On a weekday so many days after this week's Monday."""
    day = today() + timedelta(days=days - today().weekday())
    return timezone.make_aware(datetime.combine(day, datetime.strptime(clock, "%H:%M").time()))


def base(clinic) -> str:
    return f"/calendars/{clinic.calendar.pk}/hours/"


def paths(clinic) -> list[str]:
    with clinic.scope():
        block = OpeningHours.objects.filter(calendar=clinic.calendar, weekday=1, starts__hour=14).get()
        absence, in_series = Absence.objects.order_by("-starts_at")
    hours = [base(clinic) + tail for tail in ("", "add/", "extra/", "copy/", f"{block.pk}/", f"{block.pk}/end/")]
    own = [f"/absences/{in_series.pk}/", f"/absences/{in_series.pk}/delete/", f"/absences/{absence.pk}/appointments/"]
    return ["/settings/hours/", *hours, "/absences/", "/absences/add/", *own]


@pytest.mark.parametrize(("size", "theme"), [(PHONE, "light"), (DESK, "light"), (DESK, "dark")], ids=str)
def test_axe_finds_nothing_and_nothing_scrolls_sideways(clinic, walk, size, theme):
    found = {}
    for number, (path, page) in enumerate(walk(paths(clinic), viewport=size, color_scheme=theme)):
        look(page, f"hours-{number:02}-{size['width']}-{theme}", full_page=True)
        found[path] = [axe(page), sideways(page), page.complaints]
    assert found == {path: [[], [], []] for path in found}


def query(page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def test_hours_are_drawn_by_pointer_and_saved(clinic, visit):
    page = visit(base(clinic), viewport=DESK)
    day = page.locator(".hours-day[data-weekday='3']")
    box = day.bounding_box()
    hour = box["height"] / 12  # from 7 to 19
    page.mouse.move(box["x"] + 40, box["y"] + 6 * hour)
    page.mouse.down()
    page.mouse.move(box["x"] + 40, box["y"] + 7 * hour)
    page.mouse.move(box["x"] + 40, box["y"] + 8.5 * hour)
    look(page, "hours-drawing")
    page.mouse.up()
    page.wait_for_url("**/add/**")

    assert query(page) == {"weekday": "3", "starts": "13:00", "ends": "15:30"}
    assert page.locator("#id_weekdays_2").is_checked()
    page.get_by_role("button", name="Speichern").click()
    page.wait_for_selector(".hours-week")
    assert page.locator(".hours-day[data-weekday='3'] .hours-block").count() == 2


def test_an_edge_is_pulled_and_the_form_asks_from_when(clinic, visit):
    page = visit(base(clinic), viewport=DESK)
    block = page.locator(".hours-day[data-weekday='5'] .hours-block")
    box = block.bounding_box()
    page.mouse.move(box["x"] + 40, box["y"] + box["height"] - 3)
    page.mouse.down()
    page.mouse.move(box["x"] + 40, box["y"] + box["height"] + 20)
    page.mouse.move(box["x"] + 40, box["y"] + box["height"] + 42)
    page.mouse.up()
    page.wait_for_url("**?starts=**")

    assert query(page) == {"starts": "08:00", "ends": "13:00"}
    assert page.locator("#id_ends").input_value() == "13:00"
    assert page.locator("#id_since").input_value() == today().isoformat()


def test_hours_are_drawn_and_changed_by_keyboard_alone(clinic, visit):
    page = visit(base(clinic), viewport=DESK)
    page.locator(".hours-draw").focus()
    for key in ("ArrowDown", "PageDown", "PageDown", "PageDown", "Shift+ArrowDown"):
        page.keyboard.press(key)
    said = page.locator("#announcer").inner_text()
    assert "12:00 bis 13:15 Uhr" in said
    page.keyboard.press("Enter")
    page.wait_for_url("**/add/**")
    assert (query(page)["starts"], query(page)["ends"]) == ("12:00", "13:15")

    page.goto(page.url.split("/calendars/")[0] + base(clinic))
    page.locator(".hours-day[data-weekday='5'] .hours-block").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**?starts=**")
    assert query(page) == {"starts": "08:15", "ends": "12:15"}


def enter_a_week(page, day) -> None:
    page.locator("#id_first_day").fill(day.isoformat())
    page.get_by_role("button", name="Eintragen").click()


def test_an_absence_moves_one_cancels_one_and_says_what_became_of_all(clinic, visit):
    page = visit(f"/absences/add/?resource={clinic.calendar.pk}", viewport=DESK)
    assert page.locator("#id_starts").is_hidden()
    enter_a_week(page, at("08:00", 7).date())
    assert page.locator("h1").inner_text() == "3 Termine liegen in dieser Zeit"
    page.get_by_role("button", name="im selben Kalender verschieben").click()
    page.locator("select[name^='act-']").nth(1).select_option("cancel")
    page.locator("select[name^='act-']").nth(2).select_option("leave")
    look(page, "absence-hits", full_page=True)
    found = [axe(page), sideways(page)]
    page.get_by_role("button", name="Abwesenheit eintragen und ausführen").click()
    page.wait_for_selector("#moved-title")
    look(page, "absence-done", full_page=True)
    found += [axe(page), page.complaints]

    assert page.locator("h1").inner_text() == "1 verschoben, 1 abgesagt, 1 belassen"
    assert found == [[], [], [], []]
    with organisation_scope(clinic.organisation):
        statuses = sorted(Appointment.objects.values_list("status", "moves"))
    assert statuses == [("booked", 0), ("booked", 1), ("cancelled", 0)]


def test_the_list_of_appointments_fits_a_phone(clinic, visit):
    page = visit(f"/absences/add/?resource={clinic.calendar.pk}", viewport=PHONE)
    enter_a_week(page, at("08:00", 7).date())
    page.wait_for_selector(".hits-table")
    look(page, "absence-hits-360", full_page=True)

    assert (axe(page), sideways(page)) == ([], [])


def test_an_absence_with_appointments_is_entered_without_scripts(clinic, visit):
    page = visit(f"/absences/add/?resource={clinic.calendar.pk}", java_script_enabled=False)
    page.locator("#id_all_day").uncheck()
    page.locator("#id_starts").fill("09:00")
    page.locator("#id_ends").fill("10:00")
    enter_a_week(page, at("08:00", 7).date())
    page.get_by_role("button", name="absagen mit Nachricht").click()
    page.get_by_role("button", name="Abwesenheit eintragen und ausführen").click()

    assert page.locator("h1").inner_text() == "3 abgesagt"


def test_wrong_and_refused_forms_have_no_findings_either(clinic, visit):
    page = visit(base(clinic) + "add/", viewport=DESK)
    page.locator("#id_starts").fill("10:00")
    page.locator("#id_ends").fill("09:00")
    page.get_by_role("button", name="Speichern").click()
    page.wait_for_selector(".error-summary")
    found = [axe(page)]
    page.locator("#id_weekdays_0").check()
    page.locator("#id_ends").fill("11:00")
    page.get_by_role("button", name="Speichern").click()
    page.wait_for_selector(".notice-danger")
    look(page, "hours-overlap", full_page=True)

    assert [*found, axe(page)] == [[], []]
