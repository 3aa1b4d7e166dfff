"""The search over clinics and the public pages in Chromium: axe, phones, keyboard, data blocks under our CSP."""

import os

import pytest
from django.utils import timezone

from accounts.models import Practitioner, Unit
from accounts.services.directory import publish
from doctolib.tenancy.scopes import organisation_scope
from tests import factories
from tests.appointments.pages import Clinic, make_clinic

from .test_booking import press, type_into
from .tools import PHONE, axe, opened, shot, sideways, small_targets

pytestmark = pytest.mark.django_db(transaction=True)
NARROW = {"width": 320, "height": 640}
WIDE = {"width": 1280, "height": 900}
DAILY = [1, 2, 3, 4, 5, 6, 7]


@pytest.fixture
def clinic(transactional_db) -> Clinic:
    """A hospital with long names and three units, one of them reached by phone only, and eleven practices."""
    clinic = make_clinic(
        name="Universitätsklinikum Hohenleimbach-Waldenburg", profile_de="Medizin auf dem Berg, mit kurzen Wegen."
    )
    with organisation_scope(clinic.organisation):
        Practitioner.objects.update(languages="de tr en", last_name="Leutheusser-Schnarrenberger")
        factories.hours(clinic.calendar, weekdays=DAILY, starts="08:00", ends="17:00")
        ear = factories.unit(name_de="Klinik für Hals-Nasen-Ohren-Heilkunde", specialty="HNOH", position=1)
        calendar = factories.calendar(unit=ear, practitioner=factories.practitioner(last_name="Übelacker"))
        factories.reason(unit=ear, calendars=[calendar], minimum_notice=60 * 24 * 3)
        factories.hours(calendar, weekdays=DAILY, starts="09:00", ends="12:00")
        factories.unit(name_de="Notaufnahme", specialty="NOTF", position=2, phone="030 23125 112")
    publish(clinic.organisation)
    for number in range(11):
        practice = factories.organisation(name=f"Praxis am Platz {number}", kind="practice")
        with organisation_scope(practice):
            factories.unit(name_de="Hausarztpraxis", name_en="")
        publish(practice)
    return clinic


@pytest.fixture
def base(live_server) -> str:
    return live_server.url.replace("127.0.0.1", "localhost").replace("testserver", "localhost")


def public_pages(clinic: Clinic) -> dict[str, str]:
    with organisation_scope(clinic.organisation):
        unit, person = Unit.objects.order_by("position")[1], Practitioner.objects.order_by("last_name")[0]
    return {
        "start": "/",
        "hits": "/?what=herz&place=10115&insurance=statutory&sort=next",
        "nothing": "/?what=Xylophonbauer&place=Buxtehude",
        "wrong": "/?what=herz&language=xx",
        "second": "/?what=praxis&page=2",
        "ranking": "/search/ranking/",
        "clinic": clinic.url(),
        "unit": clinic.url(f"units/{unit.slug}/"),
        "person": clinic.url(f"people/{person.pk}/"),
    }


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("360", {"viewport": PHONE}),
        ("320-en-dark", {"viewport": NARROW, "locale": "en-GB", "color_scheme": "dark"}),
        ("1280", {"viewport": WIDE}),
    ],
)
def test_public_pages_are_right_at_every_width(browser, base, clinic, name, options):
    with opened(browser, **options) as page:
        for which, path in public_pages(clinic).items():
            page.goto(base + path)
            if folder := os.environ.get("SCREENSHOTS"):
                shot(page, f"{folder}/search-{which}-{name}.png")
            found = axe(page), sideways(page), small_targets(page), page.locator("h1").count(), page.complaints
            assert found == ([], [], [], 1, []), which


def test_someone_finds_a_department_and_its_booking_by_keyboard_without_scripts(browser, base, clinic):
    with opened(browser, viewport=PHONE, java_script_enabled=True) as page:
        page.route("**/*.js", lambda route: route.abort())
        page.goto(base + "/")
        type_into(page, "#id_what", "HNO")
        type_into(page, "#id_place", "Berlin")
        press(page, "Suchen")
        assert page.title() == "1 Treffer – Termin online buchen – Doctolib"
        press(page, "Klinik für Hals-Nasen-Ohren-Heilkunde")
        assert page.locator("h1").inner_text().endswith("Klinik für Hals-Nasen-Ohren-Heilkunde")
        press(page, "Termin buchen")
        assert page.url.startswith(base + clinic.url("book/?unit="))


def test_the_more_choices_open_by_keyboard_and_stay_open_where_one_is_chosen(browser, base, clinic):
    with opened(browser, viewport=PHONE) as page:
        page.goto(base + "/")
        page.locator("summary").focus()
        page.keyboard.press("Enter")
        page.get_by_label("Nächster freier Termin").check()
        page.get_by_role("button", name="Suchen").click()
        assert page.locator("details.choose").get_attribute("open") is not None
        times = page.locator(".next-free time").evaluate_all("all => all.map(each => each.dateTime)")
        assert len(times) == 2 and times == sorted(times)
        assert times[0] > timezone.now().isoformat()


def test_search_engines_data_is_no_script_to_the_browser(browser, base, clinic):
    """The Content-Security-Policy allows no inline script; a data block is none, and is there to be read."""
    with opened(browser) as page:
        page.goto(base + clinic.url())
        kinds = page.evaluate(
            "[...document.querySelectorAll('script[type=\"application/ld+json\"]')]"
            ".map(each => JSON.parse(each.textContent)['@type'])"
        )
        assert (kinds, page.complaints) == (["Hospital"], [])
