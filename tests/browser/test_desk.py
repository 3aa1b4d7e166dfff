"""The desk in Chromium: find a patient by keys alone, book, be refused, move, undo; in the panel and on pages."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from appointments.models import Appointment
from tests import pro
from tests.appointments.test_desk_json import local, weekday_at

from .pro_clinic import look
from .tools import PHONE, axe, sideways

pytestmark = pytest.mark.django_db(transaction=True)
WIDE = {"width": 1280, "height": 900}


@pytest.fixture
def clinic(transactional_db):
    return pro.clinic()


@pytest.fixture
def booked(clinic):
    """An appointment that can be moved, and its patient can be found."""
    return clinic.book(weekday_at(9))


def new_address(clinic, starts_at) -> str:
    return f"/appointments/new/?calendar={clinic.calendar.pk}&start={local(starts_at)}&reason={clinic.reason.pk}"


def test_a_patient_is_found_and_booked_with_keys_alone(clinic, booked, visit):
    page = visit(new_address(clinic, weekday_at(10)), viewport=WIDE)
    search = page.get_by_role("combobox", name="Patient")
    page.locator("#new-q").focus()
    page.keyboard.type("lüden")
    option = page.locator("#patient-options [role=option]")
    expect(option).to_have_count(1)
    expect(search).to_have_attribute("aria-expanded", "true")
    assert axe(page) == []
    look(page, "desk-new-options")

    page.keyboard.press("ArrowDown")
    expect(search).to_have_attribute("aria-activedescendant", "patient-option-1")
    expect(search).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("[data-chosen-text]")).to_contain_text("Gewählt: Änne von Müller-Lüdenscheidt, geb. 03.02.1961")
    page.get_by_role("button", name="Termin buchen").focus()
    page.keyboard.press("Enter")

    expect(page.get_by_text("Gebucht: ")).to_be_visible()
    with clinic.scope():
        assert Appointment.objects.filter(starts_at=weekday_at(10)).get().patient_id == booked.patient_id
    assert page.complaints == []


def test_escape_closes_the_options_and_typing_again_forgets_who_was_chosen(clinic, booked, visit):
    page = visit(f"{new_address(clinic, weekday_at(10))}&patient={booked.patient_id}")
    page.locator("#new-q").fill("lüd")
    expect(page.locator("#patient-options [role=option]")).to_have_count(1)
    page.keyboard.press("Escape")

    expect(page.locator("#patient-options [role=option]")).to_have_count(0)
    assert page.locator("input[name=patient]").input_value() == ""
    expect(page.locator("#new-q")).to_be_focused()


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_pages_and_their_refusals_are_accessible_and_fit(clinic, booked, visit, size):
    page = visit(new_address(clinic, weekday_at(9)), viewport=size)
    found = [(axe(page), sideways(page))]
    page.get_by_role("button", name="Termin buchen").click()  # nobody is chosen
    expect(page.locator(".error-summary")).to_be_focused()
    found.append((axe(page), sideways(page)))
    look(page, f"desk-new-errors-{size['width']}")
    page.goto(f"{page.url.split('?')[0]}?copy={booked.pk}&start={local(weekday_at(9, 10))}")
    page.locator("summary", has_text="Neue Patientin").click()
    found.append((axe(page), sideways(page)))
    page.goto(page.url.replace("/new/", f"/{booked.pk}/move/"))
    look(page, f"desk-move-{size['width']}")
    found.append((axe(page), sideways(page)))
    page.goto(page.url.split("/appointments/")[0] + "/calendar/changes/")
    found.append((axe(page), sideways(page)))

    assert found == [([], [])] * 5


def test_who_is_there_already_is_shown_before_overbooking(clinic, booked, visit):
    other = clinic.book(weekday_at(12))
    page = visit(f"{new_address(clinic, weekday_at(9))}&patient={other.patient_id}", viewport=WIDE)
    page.get_by_role("button", name="Termin buchen").click()

    expect(page.get_by_role("heading", name="Überbuchen?")).to_be_visible()
    expect(page.get_by_text("Diese Zeit ist belegt: 09:00 bis 09:20 Uhr.")).to_be_visible()
    assert (axe(page), sideways(page)) == ([], [])
    look(page, "desk-new-taken")
    page.get_by_role("button", name="Überbuchen").click()
    expect(page.get_by_text("überbucht")).to_be_visible()


def test_in_the_panel_a_status_is_set_and_undone(clinic, visit):
    made = clinic.book(timezone.now() + timedelta(minutes=2))
    page = visit(f"/list/?calendars={clinic.calendar.pk}", viewport=WIDE)
    page.locator(f"a[data-appointment='{made.pk}']").click()
    panel = page.locator("#panel")
    panel.get_by_role("button", name="angekommen").click()
    expect(panel.get_by_text("Status: angekommen.")).to_be_visible()
    look(page, "desk-panel-status")

    panel.get_by_role("button", name="Rückgängig").click()

    expect(panel.get_by_text("Rückgängig gemacht: ")).to_be_visible()
    expect(panel.locator(".status-booked").first).to_be_visible()
    with clinic.scope():
        made.refresh_from_db()
    assert (made.status, made.version) == ("booked", 3)
    assert page.complaints == []
    assert axe(page) == []  # last: it leaves styles on fields, which htmx would carry over against the policy


def test_in_the_panel_an_appointment_is_copied_for_another_time(clinic, visit):
    made = clinic.book(weekday_at(9))
    page = visit(f"/list/?date={weekday_at(9):%Y-%m-%d}&calendars={clinic.calendar.pk}", viewport=WIDE)
    page.locator(f"a[data-appointment='{made.pk}']").click()
    panel = page.locator("#panel")
    panel.get_by_role("link", name="Noch einmal buchen").click()
    expect(panel.get_by_role("heading", name="Neuer Termin")).to_be_focused()
    panel.get_by_label("Tag und Uhrzeit").fill(local(weekday_at(11)))
    look(page, "desk-panel-copy")
    assert axe(page) == []
    panel.get_by_role("button", name="Termin buchen").click()

    expect(panel.get_by_text("Gebucht: ")).to_be_visible()
    with clinic.scope():
        assert Appointment.objects.filter(patient_id=made.patient_id).count() == 2
    assert page.complaints == []
