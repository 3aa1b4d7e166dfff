"""The admin door opens for platform staff, with their e-mail address, and for nobody else."""

import pytest
from django.conf import settings

from accounts import verified
from accounts.enums import UserKind
from accounts.models import FactorCode, PhoneDevice
from accounts.sessions import SessionStore
from crypto import keyring
from tests import factories
from tests.admin.conftest import PASSWORD, account, platform_account
from tests.admin.tools import app_of, platform_trail, shown
from tests.pro import client_of

PAGES = ["/", "/patients/patient/", "/accounts/user/", "/password_change/", "/jsi18n/"]
STEP = "/account/sign-in/code/?next=%2Faccounts%2Fuser%2F"
COOKIE = settings.DOOR_SESSION_COOKIES["admin"]


def sign_in(client, *, email: str = "chefin@example.org", password: str = PASSWORD, **fields):
    return client.post("/login/?next=/accounts/user/", {"username": email, "password": password, **fields})


@pytest.fixture
def visitor(db):
    keyring.create_keys(keyring.PLATFORM_OWNER)
    return client_of(None, door="admin")


def test_staff_signs_in_with_its_address_and_an_app_and_comes_where_it_wanted(visitor, staff):
    secret = app_of(staff)
    response = sign_in(visitor, email="Chefin@Example.org")
    assert (response.status_code, response["Location"]) == (302, STEP)
    assert visitor.get("/").status_code == 302  # the password opens nothing
    response = visitor.post(STEP, {"code": shown(secret)})
    assert (response.status_code, response["Location"]) == (302, "/accounts/user/")
    assert visitor.get("/").status_code == 200
    assert set(visitor.cookies) >= {COOKIE}


def test_each_sign_in_asks_again(visitor, staff):
    secret = app_of(staff)
    sign_in(visitor)
    visitor.post(STEP, {"code": shown(secret)})
    visitor.post("/logout/")
    assert sign_in(visitor)["Location"] == STEP


def test_staff_gets_no_text_message(visitor, staff):
    with keyring.platform_keys():
        staff.contact = {**staff.contact, "phone": "+4915228817386"}
        staff.save()
    PhoneDevice.objects.create(user=staff, name="sms")
    sign_in(visitor)
    assert visitor.get(STEP).status_code == 403
    assert visitor.post("/account/sign-in/code/new/").status_code == 303
    assert visitor.get("/account/sign-in/number/")["Location"] == "/account/sign-in/code/"
    assert client_of(staff, door="admin").get("/account/second-factor/number/").status_code == 404
    assert FactorCode.objects.count() == 0


def test_a_session_without_a_strong_factor_opens_nothing(staff):
    client = client_of(staff, door="admin")
    session = SessionStore(client.cookies[COOKIE].value)
    session[verified.GIVEN] = "sms"
    session.save()
    for page in PAGES:
        assert (page, client.get(page).status_code) == (page, 302)


def test_a_sign_in_is_in_the_platforms_trail(visitor, staff):
    secret = app_of(staff)
    sign_in(visitor)
    visitor.post(STEP, {"code": shown(secret)})
    assert platform_trail() == [(staff.actor, "platform.signed_in")]


@pytest.mark.parametrize("page", PAGES)
def test_a_stranger_is_sent_to_the_sign_in_page(visitor, page):
    response = visitor.get(page)
    assert (response.status_code, response["Location"]) == (302, f"/login/?next={page}")


@pytest.mark.parametrize(
    "wrong",
    [{"password": "falsch"}, {"email": "niemand@example.org"}, {"email": "keine Adresse"}, {"password": ""}],
)
def test_a_wrong_address_or_password_is_refused_without_saying_which(visitor, staff, wrong):
    response = sign_in(visitor, **wrong)
    assert response.status_code == 200
    assert COOKIE not in visitor.cookies
    assert "errornote" in response.content.decode()


@pytest.mark.parametrize("kind", [UserKind.PATIENT, UserKind.PROFESSIONAL])
def test_accounts_of_other_doors_are_refused(visitor, kind):
    clinic = factories.organisation() if kind is UserKind.PROFESSIONAL else None
    account(kind, "chefin@example.org", organisation=clinic)
    assert sign_in(visitor).status_code == 200
    assert COOKIE not in visitor.cookies


@pytest.mark.parametrize("fields", [{"is_active": False}, {"is_staff": False, "is_superuser": False}])
def test_locked_accounts_and_those_without_the_right_are_refused(visitor, fields):
    platform_account(**fields)
    assert sign_in(visitor).status_code == 200
    assert COOKIE not in visitor.cookies


@pytest.mark.parametrize("kind", [UserKind.PATIENT, UserKind.PROFESSIONAL])
def test_a_session_of_another_kind_of_account_is_nobody_here(db, kind):
    clinic = factories.organisation() if kind is UserKind.PROFESSIONAL else None
    stranger = client_of(account(kind, "fremd@example.org", organisation=clinic), door="admin")
    for page in PAGES:
        assert (page, stranger.get(page).status_code) == (page, 302)


def test_too_many_tries_are_held_back(visitor, staff):
    for _ in range(10):
        sign_in(visitor, password="falsch")
    response = sign_in(visitor)
    assert response.status_code == 200
    assert COOKIE not in visitor.cookies
    refusal = response.context["form"].non_field_errors().as_data()
    assert [error.code for error in refusal] == ["throttled"]


def test_staff_signs_out(admin):
    assert admin.post("/logout/").status_code in (200, 302)
    assert admin.get("/").status_code == 302


def test_staff_changes_its_password(admin, staff):
    weak = {"old_password": PASSWORD, "new_password1": "password", "new_password2": "password"}
    assert admin.post("/password_change/", weak).status_code == 200
    new = "ein ganz anderes Kennwort"
    changed = admin.post("/password_change/", {**weak, "new_password1": new, "new_password2": new})
    assert changed.status_code == 302
    staff.refresh_from_db()
    assert staff.check_password(new)
    with keyring.platform_keys():
        assert staff.contact["email"] == "chefin@example.org"


def test_staff_without_the_right_to_patients_does_not_see_them(db):
    clerk = client_of(platform_account(is_superuser=False), door="admin")
    clinic = factories.organisation()
    assert clerk.get("/").status_code == 200
    assert clerk.get("/accounts/organisation/").status_code == 403
    assert clerk.post(f"/accounts/organisation/{clinic.pk}/choose/").status_code == 403
