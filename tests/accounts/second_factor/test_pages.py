"""The account's page of factors, the step-up, and a clinic's rules."""

import re

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.models import (
    AuthenticatorDevice,
    FactorAttempt,
    KnownDevice,
    Organisation,
    PhoneDevice,
    RecoveryCode,
    User,
)
from accounts.services import authenticators, codes, recovery
from crypto import keyring
from tests.accounts.conftest import sent_code
from tests.pro import client_of, know, stale

from .tools import NUMBER, give, other, password, require, with_app

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0"


# The page


def test_an_app_counts_from_its_first_code_on(colleague, page):
    address = page.post("/account/second-factor/app/").url
    shown = page.get(address)
    device = AuthenticatorDevice.objects.get()
    secret = authenticators.secret_of(device)

    assert "data:image/svg+xml" in shown.content.decode()
    assert page.post(address, {"code": other(authenticators.code_at(secret, timezone.now()))}).status_code == 422
    assert not AuthenticatorDevice.objects.get().confirmed
    assert page.post(address, {"code": authenticators.code_at(secret, timezone.now())}).url == "/account/second-factor/"
    assert AuthenticatorDevice.objects.get().confirmed
    assert page.get(address).status_code == 404  # the secret is never shown again


def test_a_strangers_app_and_devices_are_not_found(colleague, page, patient):
    device = authenticators.add(patient, now=timezone.now())
    know(Client(), patient)
    known = KnownDevice.objects.get()
    answers = [
        page.get(f"/account/second-factor/app/{device.pk}/"),
        page.get(f"/account/second-factor/app/{device.pk}/remove/"),
        page.post(f"/account/second-factor/devices/{known.pk}/"),
    ]

    assert [answer.status_code for answer in answers] == [404] * 3
    assert KnownDevice.objects.count() == 1


def test_recovery_codes_are_shown_once_and_counted(colleague, page):
    shown = page.post("/account/second-factor/recovery/").content.decode()

    assert len(re.findall(r"<code>[A-Z0-9-]{29}</code>", shown)) == 10
    again = page.get("/account/second-factor/").content.decode()
    assert "10 Codes" in again and "<code>" not in again


def test_the_last_factor_stays(colleague, page):
    phone = PhoneDevice.objects.get()

    assert page.post(f"/account/second-factor/sms/{phone.pk}/remove/").status_code == 409
    assert PhoneDevice.objects.count() == 1


def test_the_last_strong_factor_stays_where_more_is_required(colleague, page):
    with_app(colleague)
    require(colleague, factor_strong=True)
    app = AuthenticatorDevice.objects.get()

    assert page.post(f"/account/second-factor/app/{app.pk}/remove/").status_code == 409


def test_a_factor_is_removed_and_known_devices_with_it(colleague, page):
    with_app(colleague)
    know(Client(), colleague)
    app = AuthenticatorDevice.objects.get()

    assert page.post(f"/account/second-factor/app/{app.pk}/remove/").url == "/account/second-factor/"
    assert (AuthenticatorDevice.objects.count(), KnownDevice.objects.count()) == (0, 0)


def test_patients_may_turn_it_off_and_their_recovery_codes_go(patient):
    codes.turn_on(patient)
    recovery.make(patient)
    browser = client_of(patient, door="www")
    phone = PhoneDevice.objects.get()

    browser.post(f"/account/second-factor/sms/{phone.pk}/remove/")

    assert (PhoneDevice.objects.count(), RecoveryCode.objects.count()) == (0, 0)


def test_known_devices_are_listed_and_revoked_one_by_one_and_all(colleague, page):
    browsers = [Client(HTTP_HOST=settings.PRO_HOST, HTTP_USER_AGENT=FIREFOX) for _ in range(3)]
    for browser in browsers:
        FactorAttempt.objects.all().delete()
        password(browser)
        give(browser, sent_code())
        browser.post("/account/sign-out/")
    assert page.get("/account/second-factor/").content.decode().count("Firefox, Windows") == 2 * 3  # name, hidden name

    first = KnownDevice.objects.order_by("created_at").first()
    page.post(f"/account/second-factor/devices/{first.pk}/")
    assert [password(browser).url for browser in browsers] == ["/account/sign-in/code/", "/", "/"]
    page.post("/account/second-factor/devices/")
    browsers[1].post("/account/sign-out/")
    assert password(browsers[1]).url == "/account/sign-in/code/"


def test_an_added_number_counts_once_its_code_is_typed(colleague, page):
    PhoneDevice.objects.all().delete()
    page.post("/account/second-factor/number/", {"phone": "0171 3920001"})
    colleague.refresh_from_db()
    with keyring.platform_keys():
        assert colleague.contact["phone"] == NUMBER
    give(page, sent_code())

    colleague.refresh_from_db()
    with keyring.platform_keys():
        assert colleague.contact["phone"] == "+491713920001"
    assert PhoneDevice.objects.count() == 1


def test_another_number_is_changed_where_the_former_one_hears_of_it(page):
    assert page.get("/account/second-factor/number/").url == "/account/change/phone/"


# Step-up


@pytest.mark.parametrize("method", ["get", "post"])
def test_what_matters_asks_again_after_ten_minutes_and_comes_back_by_get(colleague, page, method):
    stale(page)
    address = f"/account/second-factor/sms/{PhoneDevice.objects.get().pk}/remove/"

    answer = getattr(page, method)(address, {"secret": "typed"})

    assert (answer.status_code, answer.url) == (303, f"/account/confirm/?next={address.replace('/', '%2F')}")
    page.post(answer.url)
    back = page.post(f"/account/sign-in/code/?next={address}", {"code": sent_code()})
    assert back.url == address
    assert page.get(address).status_code == 200
    assert PhoneDevice.objects.count() == 1  # nothing of what was sent is repeated


def test_a_step_up_begun_by_someone_else_is_nothing(colleague, page, patient):
    codes.turn_on(patient)
    stale(page)
    page.post("/account/confirm/")
    code = sent_code()
    thief = client_of(colleague)  # another session of the same account, without that cookie
    assert give(thief, code).url == "/account/sign-in/"


def test_the_session_gets_a_new_key_with_it(colleague, page):
    stale(page)
    before = page.cookies["pro_session"].value
    page.post("/account/confirm/")
    give(page, sent_code())

    assert page.cookies["pro_session"].value != before


@pytest.mark.parametrize(
    "path",
    [
        "/account/second-factor/app/",
        "/account/second-factor/passkey/",
        "/account/second-factor/passkey/options/",
        "/account/second-factor/number/",
        "/account/second-factor/recovery/",
        "/account/change/phone/",
        "/account/change/phone/code/",
    ],
)
def test_adding_a_factor_asks_again(colleague, page, path):
    assert stale(page).post(path).url.startswith("/account/confirm/?next=")


# The organisation's rules


@pytest.fixture
def administrator(colleague) -> Client:
    User.objects.filter(pk=colleague.pk).update(is_organisation_admin=True)
    return client_of(colleague)


def test_administrators_set_the_rules_and_the_trail_says_so(administrator, colleague):
    from doctolib.audit.models import AuditEvent
    from doctolib.tenancy.scopes import organisation_scope

    assert administrator.post("/settings/sign-in/", {"factor_strong": "on", "idle_minutes": "30"}).status_code == 303
    organisation = Organisation.objects.get()
    assert (organisation.factor_every_time, organisation.factor_strong) == (False, True)
    with organisation_scope(organisation):
        events = list(AuditEvent.objects.values_list("actor", "action"))
    assert events == [(colleague.actor, "organisation.sign_in_rules_changed")]


def test_nobody_else_does(page):
    assert page.get("/settings/sign-in/").status_code == 403
    assert page.post("/settings/sign-in/", {"factor_strong": "on", "idle_minutes": "30"}).status_code == 403
    assert not Organisation.objects.get().factor_strong


def test_setting_the_rules_asks_again(administrator):
    assert stale(administrator).get("/settings/sign-in/").url.startswith("/account/confirm/")
