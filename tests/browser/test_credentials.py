"""Lock and unlock, and each change of what one signs in with, in Chromium."""

import re

import pytest
from django.conf import settings
from django.contrib.auth.hashers import BCryptSHA256PasswordHasher
from playwright.sync_api import Page

from accounts.enums import UserKind
from accounts.models import PhoneDevice, User
from accounts.services.locking import TRIES
from crypto import keyring
from tests import factories
from tests.accounts.conftest import EMAIL, PASSWORD, sent_code, written

from . import tools

pytestmark = pytest.mark.django_db(transaction=True)
LOOKS = {
    UserKind.PATIENT: {"viewport": tools.PHONE, "locale": "de-DE", "color_scheme": "dark"},
    UserKind.PROFESSIONAL: {"viewport": tools.DESK, "locale": "en-GB"},
}
NEW_PASSWORD = "ein ganz neues Passwort"
WRONG = ("Fehler: ", "Error: ")


@pytest.fixture(autouse=True)
def quickly(transactional_db, monkeypatch):
    monkeypatch.setattr(BCryptSHA256PasswordHasher, "rounds", 4)
    monkeypatch.setattr("doctolib.outbox.kicking._ask", lambda wait: None)
    keyring.create_keys(keyring.PLATFORM_OWNER)


@pytest.fixture(params=[UserKind.PATIENT, UserKind.PROFESSIONAL])
def owner(request) -> User:
    professional = request.param == UserKind.PROFESSIONAL
    with keyring.platform_keys():
        made = User.objects.create_account(
            kind=request.param,
            email=EMAIL,
            password=PASSWORD,
            contact={"phone": "+4915228817386", "first_name": "Grace", "last_name": "Hopper"},
            organisation=factories.organisation() if professional else None,
        )
    if professional:
        PhoneDevice.objects.create(user=made, name="sms")
    return made


@pytest.fixture
def at(owner, live_server):
    """The address of a path at the owner's door of this server, wherever a mail's link leads."""
    host = {UserKind.PATIENT: settings.WWW_HOST, UserKind.PROFESSIONAL: settings.PRO_HOST}[owner.kind]
    base = f"http://{host.split(':')[0]}:{live_server.thread.port}"
    return lambda path: base + path


def look(page: Page) -> None:
    assert tools.axe(page) == []
    assert tools.sideways(page) == []
    assert page.complaints == []
    assert page.locator("h1").count() == 1


def send(page: Page, **fields: str) -> None:
    for name, value in fields.items():
        page.fill(f"#id_{name}", value)
    page.locator("main .actions button").first.click()


def sign_in(page: Page, owner: User) -> None:
    """With the password, and where the device is new with the code of the text message."""
    send(page, email=EMAIL, password=PASSWORD)
    if owner.kind == UserKind.PROFESSIONAL:
        page.locator("#id_code").wait_for()
        send(page, code=sent_code())


def mailed_path(subject: str) -> str:
    mail = next(part for part in reversed(written()) if part.subject == subject)
    return re.findall(r"https?://[^/]+(/account/\S+)", mail.body)[-1]


def test_each_change_from_the_account_to_the_account(browser, owner, at):
    with tools.opened(browser, **LOOKS[owner.kind]) as page:
        page.goto(at("/account/sign-in/"))
        sign_in(page, owner)
        page.wait_for_url(lambda url: "sign-in" not in url)
        page.goto(at("/account/"))
        look(page)

        page.locator("a[href='/account/change/password/']").click()
        look(page)
        send(page, current="falsch", new="Sommer2026")
        look(page)
        assert page.title().startswith(WRONG)
        send(page, current=PASSWORD, new=NEW_PASSWORD)
        look(page)

        page.locator("a[href='/account/change/phone/']").click()
        look(page)
        send(page, phone="0171 3920001", current=NEW_PASSWORD)
        look(page)
        send(page, code="000000")
        look(page)
        send(page, code=sent_code())
        look(page)

        page.locator("a[href='/account/change/email/']").click()
        look(page)
        send(page, email="neu@example.org", current=NEW_PASSWORD)
        look(page)
        page.goto(at(mailed_path("Bestätigen Sie Ihre neue E-Mail-Adresse")))
        look(page)
        page.locator("main .actions button").click()
        look(page)
        assert "neu@example.org" in page.locator("main").inner_text()

        page.goto(at(mailed_path("Ihre E-Mail-Adresse wurde geändert")))
        look(page)
        page.locator("main .actions button").click()
        look(page)
        page.goto(at("/account/email/undo/"))
        look(page)  # worn


@pytest.mark.parametrize("owner", [UserKind.PROFESSIONAL], indirect=True)
def test_lock_and_unlock(browser, owner, at):
    User.objects.filter(pk=owner.pk).update(failed_tries=TRIES - 1)
    with tools.opened(browser, **LOOKS[owner.kind]) as page:
        page.goto(at("/account/sign-in/"))
        send(page, email=EMAIL, password="falsch")
        send(page, email=EMAIL, password=PASSWORD)
        look(page)
        assert page.title().startswith(WRONG)  # locked, and no word of it
        page.goto(at(mailed_path("Ihr Konto ist gesperrt")))
        look(page)
        page.locator("main .actions button").click()
        look(page)
        sign_in(page, owner)
        page.wait_for_url(at("/"))
        page.goto(at("/account/unlock/"))
        look(page)  # worn
