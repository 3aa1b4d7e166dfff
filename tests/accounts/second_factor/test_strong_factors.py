"""Authenticator apps, recovery codes, passkeys, and where a clinic requires a stronger factor."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.enums import UserKind
from accounts.models import (
    AuthenticatorDevice,
    FactorAttempt,
    FactorCode,
    KnownDevice,
    RecoveryCode,
    Throttle,
    User,
)
from accounts.services import authenticators, recovery
from crypto import keyring
from tests.accounts.conftest import sent_code, written
from tests.pro import know

from .tools import give, password, require, with_app

pytestmark = pytest.mark.django_db


# Authenticator app


def test_the_code_of_an_app_signs_in_once(colleague, pro, somewhere_else):
    code = authenticators.code_at(with_app(colleague), timezone.now())
    password(pro)
    password(somewhere_else)

    assert give(pro, code).url == "/"
    assert give(somewhere_else, code).status_code == 422  # a replay


@pytest.mark.parametrize(("seconds", "status"), [(-30, 302), (30, 302), (-90, 422), (90, 422)])
def test_a_clock_may_be_one_step_wrong(colleague, pro, seconds, status):
    secret = with_app(colleague)
    password(pro)

    code = authenticators.code_at(secret, timezone.now() + timedelta(seconds=seconds))

    assert give(pro, code).status_code == status


def test_no_text_message_is_sent_to_who_has_an_app_but_may_be_asked_for(colleague, pro):
    with_app(colleague)
    password(pro)
    assert FactorCode.objects.count() == 0
    pro.post("/account/sign-in/code/new/")

    assert give(pro, sent_code(), factor="sms").url == "/"


def test_the_secret_is_stored_sealed(colleague):
    secret = with_app(colleague)

    assert secret.encode() not in bytes(AuthenticatorDevice.objects.values_list("secret", flat=True)[0])


# Recovery codes


def test_a_recovery_code_signs_in_once_and_the_owner_hears_of_it(colleague, pro, somewhere_else):
    first, *rest = recovery.make(colleague)
    password(pro)
    password(somewhere_else)

    assert give(pro, first.lower().replace("-", " "), factor="recovery").url == "/"
    assert give(somewhere_else, first, factor="recovery").status_code == 422
    assert RecoveryCode.objects.filter(used_at=None).count() == len(rest) == 9
    assert "Wiederherstellungscode" in written()[-1].body


def test_a_new_set_replaces_the_old_one(colleague, pro):
    old = recovery.make(colleague)
    recovery.make(colleague)
    password(pro)

    assert give(pro, old[0], factor="recovery").status_code == 422


def test_recovery_codes_have_120_bits_and_are_not_stored(colleague):
    made = recovery.make(colleague)

    assert {len(code.replace("-", "")) for code in made} == {24} and len(set(made)) == 10
    assert len(set(recovery.ALPHABET)) == 32
    assert made[0].replace("-", "").encode() not in [
        bytes(mac) for mac in RecoveryCode.objects.values_list("mac", flat=True)
    ]


def test_the_recovery_codes_of_a_colleague_are_nothing(colleague, pro):
    with keyring.platform_keys():
        stranger = User.objects.create_account(
            kind=UserKind.PROFESSIONAL, email="x@example.org", password="x", organisation=colleague.organisation
        )
    theirs = recovery.make(stranger)
    recovery.make(colleague)
    password(pro)

    assert give(pro, theirs[0], factor="recovery").status_code == 422


# A stronger one than text messages


def test_where_more_is_required_a_text_message_leads_to_adding_it_before_anything_else(colleague, pro):
    require(colleague, factor_strong=True)
    password(pro)
    give(pro, sent_code())

    assert pro.get("/").url == "/account/second-factor/?next=%2F"
    assert pro.get("/api/calendar/events").url.startswith("/account/second-factor/")
    page = pro.post("/account/second-factor/app/")
    device = AuthenticatorDevice.objects.get()
    pro.post(page.url, {"code": authenticators.code_at(authenticators.secret_of(device), timezone.now())})
    assert pro.get("/").status_code != 303


def test_where_more_is_required_text_messages_end_with_the_first_app(colleague, pro):
    with_app(colleague)
    require(colleague, factor_strong=True)
    password(pro)

    assert pro.post("/account/sign-in/code/new/").url == "/account/sign-in/"
    assert FactorCode.objects.count() == 0


def test_the_rule_holds_at_once_for_who_is_signed_in(colleague, pro):
    password(pro)
    give(pro, sent_code())
    assert pro.get("/account/").status_code == 200
    require(colleague, factor_strong=True)

    assert pro.get("/account/").url == "/account/second-factor/?next=%2Faccount%2F"


def test_a_device_that_a_text_message_made_known_does_not_do_where_more_is_required(colleague, pro):
    password(pro)
    give(pro, sent_code())
    pro.post("/account/sign-out/")
    require(colleague, factor_strong=True)

    assert password(pro).url == "/account/sign-in/code/"


def test_a_device_that_an_app_made_known_does(colleague, pro):
    require(colleague, factor_strong=True)
    know(pro, colleague)

    assert password(pro).url == "/"
    assert pro.get("/account/").status_code == 200


# Passkeys: the ceremonies themselves are in tests/browser/test_second_factor.py


@pytest.mark.parametrize("answer", ["", "{}", "[]", "no json", json.dumps({"id": "x", "rawId": "x", "type": "y"})])
def test_what_is_no_passkey_is_refused(colleague, page, answer):
    page.post("/account/second-factor/passkey/options/")

    refused = page.post("/account/second-factor/passkey/", {"name": "PC", "answer": answer})

    assert refused.status_code == 422
    assert page.post("/account/second-factor/passkey/", {"name": "PC", "answer": "{}"}).status_code == 422


def test_everything_about_an_account_is_rid_of_when_it_is_over(colleague, pro, clock):
    from accounts.tasks import remove_stale

    password(pro)
    give(pro, sent_code())
    clock(timedelta(days=31))
    remove_stale()

    assert (FactorAttempt.objects.count(), FactorCode.objects.count(), KnownDevice.objects.count()) == (0, 0, 0)
    assert Throttle.objects.count() == 0
