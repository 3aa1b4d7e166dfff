"""A clinic's own texts in Chromium: the preview while typing, without scripts as a button; the looks of every page."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from appointments.models import MessageText
from doctolib.outbox.models import OutboxMessage
from doctolib.tenancy.scopes import organisation_scope
from tests import pro
from tests.appointments.pages import booked, make_clinic, signed_in

from . import tools
from .pro_clinic import look
from .test_own_area import session_of

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/settings/texts/appointment.reminder/de/"
LOOKS = [
    {"viewport": tools.PHONE, "locale": "de-DE"},
    {"viewport": {"width": 1280, "height": 900}, "locale": "de-DE"},
    {"viewport": tools.DESK, "locale": "en-GB", "color_scheme": "dark"},
]
IDS = ["360", "1280", "1440-en-dark"]


@pytest.fixture
def clinic(transactional_db):
    return pro.clinic(name="Universitätsklinikum Musterstadt-Hohenleimbach", slug="uniklinikum-musterstadt")


def sign_in(page, clinic, live_server) -> str:
    base = f"http://{settings.PRO_HOST.split(':')[0]}:{live_server.thread.port}"
    name = settings.DOOR_SESSION_COOKIES["pro"]
    page.context.add_cookies([{"name": name, "value": clinic.client.cookies[name].value, "url": base}])
    return base


def test_the_preview_follows_what_is_typed_and_names_what_is_wrong(browser, live_server, clinic):
    with tools.opened(browser) as page:
        page.goto(sign_in(page, clinic, live_server) + URL)
        page.fill("textarea[name=sms]", "Bis bald: {Datum}, {Uhrzeit} – {Klinik}")
        page.wait_for_selector("#text-preview >> text=UCS-2, 1 Teil")
        page.fill("textarea[name=sms]", "Bis bald: {Datum}, {Uhrzeit")
        page.wait_for_selector("#text-preview >> text=Eine geschweifte Klammer hat keine zweite")
        assert page.input_value("textarea[name=sms]") == "Bis bald: {Datum}, {Uhrzeit"
        assert page.evaluate("document.activeElement.name") == "sms"
        assert page.complaints == []
    with clinic.scope():
        assert not MessageText.objects.exists()


def test_without_scripts_preview_and_saving_are_buttons(browser, live_server, clinic):
    with tools.opened(browser, viewport=tools.PHONE, java_script_enabled=False) as page:
        page.goto(sign_in(page, clinic, live_server) + URL)
        page.fill("textarea[name=sms]", "Bis bald: {Datum}, {Uhrzeit}")
        page.click("button[name=preview]")
        page.wait_for_selector(".sms-preview:has-text('Bis bald: ')")
        page.click("button:has-text('Speichern')")
        page.wait_for_selector("text=Gespeichert.")
        page.click("button:has-text('SMS: wieder den Standardtext senden')")
        page.wait_for_selector("text=Der Standardtext wird wieder gesendet.")
    with clinic.scope():
        assert not MessageText.objects.exists()


@pytest.mark.parametrize("options", LOOKS, ids=IDS)
def test_each_page_of_staff_is_accessible_and_fits(browser, live_server, clinic, options):
    with clinic.scope():
        MessageText.objects.create(kind="appointment.reminder", channel="sms", language="de", body="{Datm} – {Datum}")
    width, found = options["viewport"]["width"], {}
    with tools.opened(browser, **options) as page:
        base = sign_in(page, clinic, live_server)
        for name, path in {"list": "/settings/texts/", "wrong": URL, "english": URL.replace("/de/", "/en/"),
                           "notices": "/settings/notices/"}.items():  # fmt: skip
            page.goto(base + path)
            look(page, f"texts-{name}-{width}", full_page=True)
            found[name] = [*tools.axe(page), *tools.sideways(page), *page.complaints]
        page.goto(base + URL)
        page.click("button.btn-primary")  # refused: the summary says why
        page.wait_for_selector(".error-summary")
        look(page, f"texts-refused-{width}", full_page=True)
        found["refused"] = [*tools.axe(page), *tools.sideways(page), *page.complaints]
    assert {name: problems for name, problems in found.items() if problems} == {}


@pytest.mark.parametrize("options", LOOKS, ids=IDS)
def test_the_patient_s_page_says_what_was_sent(browser, live_server, transactional_db, options):
    clinic = make_clinic()
    ada = signed_in()
    made = booked(clinic, ada, timezone.now() + timedelta(days=3))
    with organisation_scope(clinic.organisation):
        for columns in (
            {"parts_sent": "email sms", "outcome": "delivered"},
            {"parts_sent": "sms", "outcome": "failed"},
        ):
            values = {"status": "sent", "finished_at": timezone.now(), "payload": {}, **columns}
            OutboxMessage.objects.create(kind="appointment.confirmed", about=str(made.pk), **values)
    with tools.opened(browser, **options) as page:
        page.context.add_cookies([session_of(ada, live_server.url)])
        page.goto(f"{live_server.url}/{clinic.slug}/appointments/{made.pk}/")
        look(page, f"texts-told-{options['viewport']['width']}", full_page=True)
        assert [*tools.axe(page), *tools.sideways(page), *page.complaints] == []
        assert page.locator(".told li").count() == 3
