"""The ways through a booking that are not straight, in Chromium at 360 px by keyboard, without scripts: for a relative,
after a lost race, after a hold that ended, and in English."""

from datetime import date, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.services.persons import add_relative
from appointments.models import Appointment, Hold, Occupancy
from doctolib.tenancy.scopes import organisation_scope
from tests import factories
from tests.appointments.pages import Clinic, Visitor, make_clinic, signed_in

from .keyboard import keep_signed_in, look, press, tab_to, type_into
from .tools import PHONE, opened

pytestmark = pytest.mark.django_db(transaction=True)
EVERY_DAY = [1, 2, 3, 4, 5, 6, 7]
MEDICINES = "Marcumar und Ramipril"


@pytest.fixture
def clinic(transactional_db) -> Clinic:
    """Open every day from 8 to 17 o'clock; it asks which medicines somebody takes."""
    clinic = make_clinic()
    with organisation_scope(clinic.organisation):
        factories.hours(clinic.calendar, weekdays=EVERY_DAY, starts="08:00", ends="17:00")
        factories.question(
            clinic.reason, text_de="Welche Medikamente nehmen Sie?", text_en="Which medicines do you take?"
        )
    return clinic


@pytest.fixture
def patient(clinic) -> Visitor:
    return signed_in()


@pytest.fixture
def base(live_server) -> str:
    return live_server.url.replace("127.0.0.1", "localhost").replace("testserver", "localhost")


@pytest.fixture
def way(browser, base, clinic, patient):
    """Signed in, on the page of times, without scripts; ``way(locale)`` opens it, and a twin with scripts for axe."""
    managers = []

    def open_one(**options) -> Page:
        managers.append(opened(browser, viewport=PHONE, **options))
        page = managers[-1].__enter__()
        keep_signed_in(page, patient, base)
        return page

    def begin(locale: str = "de-DE") -> tuple[Page, Page]:
        page, twin = open_one(java_script_enabled=False, locale=locale), open_one(locale=locale)
        page.goto(f"{base}/{clinic.slug}/book/times/?reason={clinic.reason.pk}")
        return page, twin

    yield begin
    for manager in reversed(managers):
        manager.__exit__(None, None, None)


def test_for_a_relative(clinic, patient, way):
    mia = add_relative(patient.user.pk, first_name="Mia", last_name="Lovelace", birth_date=date(2018, 3, 4))
    page, twin = way()

    press(page, "08:00 Uhr")
    look(page, twin)
    expect(page.locator("h1")).to_have_text("Für wen ist der Termin?")
    tab_to(page, "#id_whom_0")
    page.keyboard.press("ArrowDown")
    press(page, "Weiter")
    expect(page.locator(".summary-row").first).to_contain_text("Mia Lovelace")
    answer(page)
    press(page, "Termin buchen")
    look(page, twin)

    expect(page.locator("main")).to_contain_text("Mia Lovelace")
    [(person, _start, status)] = clinic.appointments()
    assert (person, status) == (mia, "booked")


def test_after_a_lost_race_another_time_is_chosen_and_the_answers_are_there(clinic, way):
    page, _twin = way()
    press(page, "08:00 Uhr")
    answer(page, private=True)
    take_away(clinic)

    press(page, "Termin buchen")
    expect(page.locator("main")).to_contain_text("Ihre Angaben sind gespeichert.")
    expect(page.locator("h1")).to_be_focused()
    press(page, "08:20 Uhr" if page.get_by_role("button", name="08:20 Uhr").count() else "08:30 Uhr")
    assert filled_in(page) == (True, MEDICINES)
    press(page, "Termin buchen")

    expect(page.locator("h1")).to_have_text("Ihr Termin ist gebucht")
    assert [status for _person, _start, status in clinic.appointments()] == ["booked"]


def test_a_hold_that_ended_is_taken_again_and_the_answers_are_there(clinic, way):
    page, twin = way()
    press(page, "08:00 Uhr")
    answer(page, private=True)
    let_holds_end(clinic)

    press(page, "Termin buchen")
    expect(page.locator("h1")).to_have_text("Ihre Reservierung ist abgelaufen")
    look(page, twin)
    press(page, "Zeit noch einmal reservieren")
    assert filled_in(page) == (True, MEDICINES)
    press(page, "Termin buchen")

    expect(page.locator("h1")).to_have_text("Ihr Termin ist gebucht")


def test_in_english(clinic, way):
    page, twin = way("en-GB")
    look(page, twin)
    press(page, "08:00")
    look(page, twin)
    answer(page)
    press(page, "Book appointment")
    look(page, twin)

    expect(page.locator("h1")).to_have_text("Your appointment is booked")
    with organisation_scope(clinic.organisation):
        [answers] = Appointment.objects.get().details["answers"]
    assert answers["answer"] == MEDICINES


def test_the_check_page_can_be_understood_by_its_names_alone(way):
    """What a screen reader gets: headings, what stands under which word, where each link leads, what is asked."""
    page, _twin = way()
    press(page, "08:00 Uhr")

    tree = page.locator("main").aria_snapshot()

    for part in (
        '- heading "Termin prüfen und buchen" [level=1]',
        "- term: Für",
        "- definition: Ada Lovelace geboren am 10. Dezember 1985",
        '- link "Ändern Zeit"',
        '- radiogroup "Wie sind Sie versichert?"',
        '- radio "Gesetzlich versichert"',
        '- textbox "Welche Medikamente nehmen Sie?"',
        '- button "Termin buchen"',
    ):
        assert part in tree, tree


def answer(page: Page, *, private: bool = False) -> None:
    """The insurance, by keyboard, and the clinic's question."""
    tab_to(page, "#id_insurance_0")
    page.keyboard.press("ArrowDown" if private else "Space")
    type_into(page, "Welche Medikamente" if page.locator("html[lang=de]").count() else "Which medicines", MEDICINES)


def filled_in(page: Page) -> tuple[bool, str]:
    return page.locator("#id_insurance_1").is_checked(), page.locator("main textarea").input_value()


def take_away(clinic: Clinic) -> None:
    """A hospital information system writes without asking, and takes the time that is held."""
    with organisation_scope(clinic.organisation):
        held = Occupancy.objects.get(hold__isnull=False)
        starts_at, ends_at = held.starts_at, held.ends_at
        held.delete()
        factories.busy(clinic.calendar, starts_at, ends_at)


def let_holds_end(clinic: Clinic) -> None:
    with organisation_scope(clinic.organisation):
        ago = timezone.now() - timedelta(minutes=1)
        Hold.objects.update(expires_at=ago)
        Occupancy.objects.filter(status="held").update(expires_at=ago)
