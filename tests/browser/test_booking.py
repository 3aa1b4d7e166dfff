"""Booking in Chromium: by keyboard without scripts on a phone, and every page through axe, light and dark."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from crypto import keyring
from doctolib.outbox import dispatching
from doctolib.outbox.models import PhoneMessage
from doctolib.outbox.tasks import send_now
from doctolib.tenancy.scopes import organisation_scope
from tests import factories
from tests.appointments.pages import Clinic, booked, make_clinic, signed_in

from .keyboard import FOCUS, keep_signed_in, look, press, tab_to, type_into
from .tools import DESK, PHONE, opened

pytestmark = pytest.mark.django_db(transaction=True)

NARROW = {"width": 320, "height": 640}
LONG_NAME = "Hohenlohe-Waldenburg-Schillingsfürst-Donaudampfschiffkapitän"
PASSWORD = "drei blaue Regenschirme"


@pytest.fixture
def clinic(transactional_db) -> Clinic:
    """Open every day from tomorrow on, so that the day of the week does not matter."""
    clinic = make_clinic()
    with organisation_scope(clinic.organisation):
        clinic.calendar.practitioner.last_name = LONG_NAME
        clinic.calendar.practitioner.save()
        factories.hours(clinic.calendar, weekdays=[1, 2, 3, 4, 5, 6, 7], starts="08:00", ends="17:00")
        other = factories.calendar(practitioner=factories.practitioner(first_name="Noor", last_name="Arslan"))
        factories.offer(other, clinic.reason)
        factories.hours(other, weekdays=[1, 2, 3, 4, 5, 6, 7], starts="10:00", ends="12:00")
    return clinic


@pytest.fixture
def base(live_server) -> str:
    """The patients' door on the test's server."""
    return live_server.url.replace("127.0.0.1", "localhost").replace("testserver", "localhost")


def newest_code() -> str:
    """The code of the last SMS, as the phone page shows it."""
    dispatching.dispatch(send_now)
    with keyring.platform_keys():
        newest = PhoneMessage.objects.filter(channel="sms").order_by("-created_at").first()
        found = re.search(r"#(\d{6})", newest.message["body"])
    assert found, "no code was sent"
    return found[1]


def test_the_whole_booking_by_keyboard_without_scripts_at_360_px(clinic, base, browser):
    titles = []
    with (
        opened(browser, viewport=PHONE) as twin,
        opened(browser, viewport=PHONE, java_script_enabled=False) as page,
    ):
        page.goto(f"{base}/{clinic.slug}/")
        page.keyboard.press("Tab")
        assert page.evaluate(FOCUS)["name"] == "Zum Inhalt springen"
        titles.append(look(page, twin))

        press(page, "Termin buchen")
        titles.append(look(page, twin))
        tab_to(page, "#id_reason_0")
        page.keyboard.press("Space")
        press(page, "Weiter")
        titles.append(look(page, twin))
        press(page, "08:00 Uhr", "Space")
        titles.append(look(page, twin))

        press(page, "Konto anlegen")
        titles.append(look(page, twin))
        type_into(page, "#id_email", "ada@example.org")
        type_into(page, "#id_phone", "0152 28817386")
        press(page, "Weiter")
        titles.append(look(page, twin))
        type_into(page, "#id_password", PASSWORD)
        tab_to(page, "#id_terms")
        page.keyboard.press("Space")
        press(page, "Code senden")
        titles.append(look(page, twin))
        code = newest_code()
        type_into(page, "#id_code", f"{code[:3]} {code[3:]}")
        press(page, "Nummer bestätigen")
        titles.append(look(page, twin))
        type_into(page, "#id_first_name", "Ada")
        type_into(page, "#id_last_name", LONG_NAME)
        type_into(page, "Tag", "10")
        type_into(page, "Monat", "Dezember")
        type_into(page, "Jahr", "1985")
        press(page, "Konto anlegen")

        assert page.title() == "Termin prüfen und buchen – Doctolib"
        titles.append(look(page, twin))
        tab_to(page, "#id_insurance_0")
        page.keyboard.press("Space")
        press(page, "Termin buchen")
        titles.append(look(page, twin))
        expect(page.locator("h1")).to_have_text("Ihr Termin ist gebucht")
        expect(page.locator("h1")).to_be_focused()
        expect(page.get_by_role("button", name="Drucken")).to_have_count(0)  # it could do nothing

        press(page, "Termin verschieben oder absagen")
        titles.append(look(page, twin))
        press(page, "Termin absagen")
        titles.append(look(page, twin))
        press(page, "Termin absagen", "Space")
        titles.append(look(page, twin))

    assert [status for _person, _start, status in clinic.appointments()] == ["cancelled"]
    assert len(set(titles)) == len(titles), titles


def test_moving_by_keyboard_without_scripts(clinic, base, browser):
    patient = signed_in()
    day = timezone.now().replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=2)
    appointment = booked(clinic, patient, day)
    with (
        opened(browser, viewport=PHONE) as twin,
        opened(browser, viewport=PHONE, java_script_enabled=False) as page,
    ):
        keep_signed_in(page, patient, base)
        page.goto(f"{base}/my/appointments/")
        press(page, "Ansehen, verschieben, absagen")
        press(page, "Termin verschieben")
        look(page, twin)
        press(page, "08:00 Uhr")
        look(page, twin)
        press(page, "Termin verschieben")
        look(page, twin)

    ((_person, start, status),) = clinic.appointments()
    assert (start < appointment.starts_at, status) == (True, "booked")


# Every page ----------------------------------------------------------------------------------------------------------


# The ways through a booking look at most of these pages at 360 px in light colours as well.
@pytest.mark.parametrize(("size", "scheme"), [(NARROW, "dark"), (DESK, "light")], ids=["320-dark", "1440-light"])
def test_every_page_passes_axe(clinic, base, browser, size, scheme, settings):
    patient = signed_in(last_name=LONG_NAME)
    own = booked(clinic, patient, timezone.now().replace(microsecond=0) + timedelta(days=3))
    over = booked(clinic, patient, timezone.now().replace(microsecond=0) - timedelta(days=3))
    shut = make_clinic(agreement=False)
    mine = f"/{clinic.slug}/appointments/{own.pk}/"
    times = f"/{clinic.slug}/book/times/?reason={clinic.reason.pk}"
    paths = [
        "/",
        f"/{clinic.slug}/",
        f"/{shut.slug}/",
        f"/{shut.slug}/book/",
        f"/{clinic.slug}/book/",
        f"/{clinic.slug}/book/?next=times",
        times,
        f"{times}&from=bald",
        f"{times}&from=2100-01-01",
        "/my/appointments/",
        mine,
        f"{mine}cancel/",
        f"{mine}move/",
        f"{mine}move/check/?time={clinic.value(own.starts_at + timedelta(days=90)).replace('+', '%2B')}",
        f"/{clinic.slug}/appointments/{over.pk}/",
        f"/{clinic.slug}/book/done/{own.pk}/",
        f"/{clinic.slug}/book/check/",
        "/no-such-clinic/",
    ]
    with opened(browser, viewport=size, color_scheme=scheme) as page:
        keep_signed_in(page, patient, base)
        for path in paths:
            page.goto(base + path)
            look(page)
        page.goto(base + times)
        page.locator("details.choose summary").click()
        look(page)
        page.locator(".time-button").first.click()
        look(page)
        page.get_by_role("button", name="Termin buchen").click()
        page.wait_for_url("**/check/")
        expect(page.locator(".error-summary")).to_be_focused()
        look(page)
        _let_holds_expire(clinic)
        page.reload()
        expect(page.locator("h1")).to_have_text("Ihre Reservierung ist abgelaufen")
        look(page)
        settings.HOLDS_PER_NETWORK = 0
        page.get_by_role("button", name="Zeit noch einmal reservieren").click()
        expect(page.locator("h1")).to_have_text("Bitte warten Sie einen Moment")
        look(page)


def _let_holds_expire(clinic: Clinic) -> None:
    from appointments.models import Hold, Occupancy

    with organisation_scope(clinic.organisation):
        ago = timezone.now() - timedelta(minutes=1)
        Hold.objects.update(expires_at=ago)
        Occupancy.objects.filter(status="held").update(expires_at=ago)


# Single promises -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_the_error_summary_has_the_focus_and_its_link_reaches_the_field(clinic, base, browser, scripts):
    with opened(browser, viewport=PHONE, java_script_enabled=scripts) as page:
        page.goto(f"{base}/{clinic.slug}/book/")
        page.get_by_role("button", name="Weiter").click()
        expect(page.locator(".error-summary")).to_be_focused()
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.locator("#id_reason_0")).to_be_focused()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_double_click_books_once(clinic, base, browser, scripts):
    patient = signed_in()
    with opened(browser, java_script_enabled=scripts) as page:
        keep_signed_in(page, patient, base)
        page.goto(f"{base}/{clinic.slug}/book/times/?reason={clinic.reason.pk}")
        page.locator(".time-button").first.dblclick()
        expect(page).to_have_url(re.compile("/check/"))  # of two navigations the first is given up
        page.locator("#id_insurance_0").check()
        page.get_by_role("button", name="Termin buchen").dblclick()
        expect(page).to_have_url(re.compile("/done/"))
    assert len(clinic.appointments()) == 1


def test_another_language_keeps_the_step_and_the_time(clinic, base, browser):
    patient = signed_in()
    with opened(browser, viewport=PHONE) as page:
        keep_signed_in(page, patient, base)
        page.goto(f"{base}/{clinic.slug}/book/times/?reason={clinic.reason.pk}&from=2026-12-24")
        page.locator(".time-button").nth(3).click()
        held = page.locator(".summary-row time").get_attribute("datetime")
        page.get_by_role("button", name="English").click()
        expect(page.locator("h1")).to_have_text("Check and book your appointment")
        assert page.locator(".summary-row time").get_attribute("datetime") == held
        assert page.locator("html").get_attribute("lang") == "en"
        look(page)


def test_with_scripts_the_confirmation_can_be_printed(clinic, base, browser):
    patient = signed_in()
    own = booked(clinic, patient, timezone.now().replace(microsecond=0) + timedelta(days=3))
    with opened(browser) as page:
        keep_signed_in(page, patient, base)
        page.goto(f"{base}/{clinic.slug}/book/done/{own.pk}/")
        page.evaluate("window.print = () => { window.printed = true; }")
        page.get_by_role("button", name="Drucken").click()
        assert page.evaluate("window.printed") is True


def test_a_time_button_is_named_by_time_day_and_person(clinic, base, browser):
    with opened(browser, viewport=PHONE) as page:
        page.goto(f"{base}/{clinic.slug}/book/times/?reason={clinic.reason.pk}&calendar={clinic.calendar.pk}")
        name = page.locator(".time-button").first.inner_text()
        snapshot = page.locator(".day").first.aria_snapshot()
    assert re.match(
        r'- button "\d\d:\d\d Uhr ?, \w+, \d+\. \w+, Dr\. Selin ', snapshot.partition("listitem:")[2].strip()
    ), snapshot
    assert re.match(r"\d\d:\d\d Uhr", name)
