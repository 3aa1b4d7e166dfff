"""The phone page of development in Chromium."""

import os
from uuid import UUID

import pytest

from crypto import keyring
from doctolib.outbox import channels
from doctolib.outbox.channels import PhoneSMS
from doctolib.outbox.kinds import Rendered

from . import tools

pytestmark = pytest.mark.django_db(transaction=True)
REFERENCE = channels.Reference("platform", UUID(int=1), "email")
ADDRESS = "sehr-langer-name-einer-patientin@universitaetsklinikum-musterstadt-hohenleimbach.example.org"


@pytest.fixture(autouse=True)
def phone(transactional_db, settings):
    keyring.create_keys(keyring.PLATFORM_OWNER)
    settings.PHONE_PAGE = True
    settings.SECURE_SSL_REDIRECT = False
    settings.EMAIL_BACKEND = "doctolib.outbox.channels.PhoneEmailBackend"


def write():
    body = "Guten Tag,\n\nIhr Termin: https://localhost/my/appointments/\n\nUniversitätsklinikum"
    channels.send(Rendered("email", ADDRESS, "Ihr Termin ist gebucht", body, "<p>Guten Tag</p>"), reference=REFERENCE)
    text = "Ihr Code ist 123 456. Geben Sie ihn niemandem weiter."
    PhoneSMS().send("+4915112345678", text, reference=REFERENCE)


def test_messages_are_readable_on_a_phone_and_a_desk_and_new_ones_appear_by_themselves(live_server, browser):
    for name, options in {
        "phone-360": {"viewport": tools.PHONE},
        "phone-1440-dark": {"viewport": tools.DESK, "color_scheme": "dark", "locale": "en-GB"},
    }.items():
        with tools.opened(browser, **options) as page:
            page.goto(f"{live_server.url}/dev/phone/")
            before = page.locator("[data-channel]").count()
            write()
            page.locator("[data-channel]").nth(before + 1).wait_for()  # polled, without a click
            assert tools.axe(page) == []
            assert tools.sideways(page) == []
            assert page.complaints == []
            if folder := os.environ.get("SCREENSHOTS"):
                page.screenshot(path=f"{folder}/{name}.png", full_page=True)
            page.get_by_role("link", name="SMS" if "locale" not in options else "Text messages").click()
            assert page.locator("[data-channel=email]").count() == 0
