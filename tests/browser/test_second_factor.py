"""The second factor in Chromium: first sign-in on a new device, authenticator app, passkey, recovery code."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.contrib.auth.hashers import BCryptSHA256PasswordHasher
from django.utils import timezone
from django_otp_webauthn.models import WebAuthnAttestation, WebAuthnCredential
from playwright.sync_api import Page

from accounts.enums import UserKind
from accounts.models import KnownDevice, User
from accounts.services import authenticators
from crypto import keyring
from tests import pro
from tests.accounts.conftest import EMAIL, PASSWORD, sent_code
from tests.admin.conftest import platform_account
from tests.admin.tools import app_of, shown

from . import tools
from .pro_clinic import look as keep

pytestmark = pytest.mark.django_db(transaction=True)
SIZES = [tools.PHONE, tools.DESK]
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(autouse=True)
def doors(monkeypatch, settings):
    monkeypatch.setattr(BCryptSHA256PasswordHasher, "rounds", 4)
    monkeypatch.setattr("doctolib.outbox.kicking._ask", lambda wait: None)
    settings.SECURE_SSL_REDIRECT = settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = False


@pytest.fixture
def professional(transactional_db) -> User:
    clinic = pro.clinic(name="Universitätsklinikum Musterstadt")
    with keyring.platform_keys():
        return User.objects.create_account(
            kind=UserKind.PROFESSIONAL,
            email=EMAIL,
            password=PASSWORD,
            contact={"first_name": "Grace", "last_name": "Hopper"},
            organisation=clinic.organisation,
            is_organisation_admin=True,
        )


@contextmanager
def at(browser, live_server, door: str, **options) -> Iterator[Page]:
    """A page whose paths are of this door."""
    host = {"www": settings.WWW_HOST, "pro": settings.PRO_HOST, "admin": settings.ADMIN_HOST}[door].split(":")[0]
    with tools.opened(browser, base_url=f"http://{host}:{live_server.thread.port}", **options) as page:
        yield page


def check(page: Page, name: str) -> None:
    """What must hold on every page, and a picture of it."""
    width = page.viewport_size["width"]
    keep(page, f"factor-{name}-{width}", full_page=True)
    assert (name, tools.axe(page), tools.sideways(page), page.complaints) == (name, [], [], [])
    assert page.locator("h1").count() == 1


def send(page: Page, **fields: str) -> None:
    for name, value in fields.items():
        page.fill(f"#id_{name}", value)
    with page.expect_navigation():
        page.locator("main form button[type=submit]").first.click()


def press(page: Page, name: str) -> None:
    with page.expect_navigation():
        page.locator("main").get_by_role("button", name=name, exact=True).click()


@pytest.mark.parametrize("size", SIZES, ids=["360", "1440"])
def test_a_professionals_first_sign_in_on_a_new_device_and_an_app(browser, live_server, professional, size):
    with at(browser, live_server, "pro", viewport=size) as page:
        page.goto("/account/sign-in/?next=/account/")
        send(page, email=EMAIL, password=PASSWORD)
        check(page, "number")
        send(page, phone="0152 28817386")
        check(page, "code")
        assert "386" in page.locator("main").inner_text()
        send(page, code="000000" if sent_code() != "000000" else "111111")
        check(page, "code-wrong")
        send(page, code=sent_code())
        assert page.url.endswith("/account/")
        check(page, "account")
        page.get_by_role("link", name="Zweiter Faktor").click()
        check(page, "page")
        press(page, "Authenticator-App hinzufügen")
        check(page, "app")
        secret = re.sub(r"\s", "", page.locator("code").text_content())
        send(page, code=authenticators.code_at(secret, timezone.now()))
        check(page, "app-added")
        press(page, "Wiederherstellungscodes erstellen")
        check(page, "recovery-codes")
        recovery_code = page.locator(".recovery-codes code").first.inner_text()
        page.goto("/settings/sign-in/")
        check(page, "rules")
        page.check("#id_factor_every_time")
        page.check("#id_factor_strong")
        send(page)
        check(page, "rules-saved")
    with at(browser, live_server, "pro", viewport=size) as page:  # another device: the app is asked for
        page.goto("/account/sign-in/?next=/account/second-factor/")
        send(page, email=EMAIL, password=PASSWORD)
        check(page, "app-asked")
        page.get_by_role("link", name="Wiederherstellungscode").click()
        check(page, "recovery-asked")
        send(page, code=recovery_code.lower())
        assert "Übrige Wiederherstellungscodes: 9" in page.locator("#messages").inner_text()
        check(page, "recovered")
    assert KnownDevice.objects.count() == 2


@pytest.mark.parametrize("size", SIZES, ids=["360", "1440"])
def test_a_passkey_is_added_and_signs_in(browser, live_server, professional, size):
    with at(browser, live_server, "pro", viewport=size) as page:
        tools_of = page.context.new_cdp_session(page)
        tools_of.send("WebAuthn.enable")
        tools_of.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        page.goto("/account/sign-in/")
        send(page, email=EMAIL, password=PASSWORD)
        send(page, phone="0152 28817386")
        send(page, code=sent_code())
        page.goto("/account/second-factor/passkey/")
        check(page, "passkey")
        send(page, name="Computer im Büro")
        check(page, "passkey-added")
        page.get_by_role("button", name="Alle Geräte entfernen").click()
        page.goto("/account/confirm/?next=/account/")
        check(page, "confirm")
        page.context.clear_cookies()

        page.goto("/account/sign-in/?next=/account/")
        send(page, email=EMAIL, password=PASSWORD)
        check(page, "passkey-asked")
        press(page, "Passkey benutzen")
        assert page.url.endswith("/account/")

        (key,) = WebAuthnCredential.objects.all()
        assert (key.user_id, key.name, key.sign_count > 0) == (professional.pk, "Computer im Büro", True)
        assert WebAuthnAttestation.objects.count() == 0  # the public key, and nothing of its make

        page.get_by_role("link", name="Zweiter Faktor").click()
        page.get_by_role("link", name="Entfernen Computer im Büro").click()
        check(page, "remove")


def test_a_passkey_that_is_not_there_says_so_and_another_way_is_offered(browser, live_server, professional):
    with at(browser, live_server, "pro") as page:
        tools_of = page.context.new_cdp_session(page)
        tools_of.send("WebAuthn.enable")
        made = tools_of.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        page.goto("/account/sign-in/")
        send(page, email=EMAIL, password=PASSWORD)
        send(page, phone="0152 28817386")
        send(page, code=sent_code())
        page.goto("/account/second-factor/passkey/")
        send(page, name="PC")
        page.context.clear_cookies()
        tools_of.send("WebAuthn.clearCredentials", made)

        page.goto("/account/sign-in/?next=/account/")
        send(page, email=EMAIL, password=PASSWORD)
        tools_of.send("WebAuthn.setUserVerified", {**made, "isUserVerified": False})
        press(page, "Passkey benutzen")
        check(page, "passkey-refused")
        page.get_by_role("link", name="Code per SMS").click()
        press(page, "Code senden")
        send(page, code=sent_code())
        assert page.url.endswith("/account/")


@pytest.mark.parametrize("size", SIZES, ids=["360", "1440"])
def test_a_patient_chooses_codes_on_new_devices(browser, live_server, transactional_db, size):
    keyring.create_keys(keyring.PLATFORM_OWNER)
    with keyring.platform_keys():
        User.objects.create_account(kind="patient", email=EMAIL, password=PASSWORD, contact={"phone": "+4915228817386"})
    with at(browser, live_server, "www", viewport=size) as page:
        page.goto("/account/sign-in/?next=/account/choices/")
        send(page, email=EMAIL, password=PASSWORD)
        check(page, "patient-choices")
        press(page, "Auf neuen Geräten nach einem Code fragen")
        check(page, "patient-page")
        assert tools.small_targets(page) == []
        press(page, "Wiederherstellungscodes erstellen")  # asks for the code first
        check(page, "patient-confirm")
        press(page, "Weiter")
        check(page, "patient-code")
        send(page, code=sent_code())
        press(page, "Wiederherstellungscodes erstellen")
        check(page, "patient-recovery-codes")


def test_platform_staff_adds_a_passkey_of_its_own_door(browser, live_server, transactional_db):
    staff = platform_account(EMAIL)
    secret = app_of(staff)
    with at(browser, live_server, "admin") as page:
        tools_of = page.context.new_cdp_session(page)
        tools_of.send("WebAuthn.enable")
        tools_of.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        page.goto("/login/")
        page.fill("#id_username", EMAIL)
        page.fill("#id_password", "ein langes Kennwort")
        with page.expect_navigation():
            page.click("input[type=submit]")
        check(page, "admin-app")
        send(page, code=shown(secret))
        page.get_by_role("link", name="Zweiter Faktor").click()
        check(page, "admin-page")
        page.get_by_role("link", name="Passkey hinzufügen").click()
        send(page, name="Schlüssel")
        assert WebAuthnCredential.objects.get().user_id == staff.pk
        check(page, "admin-passkey-added")
