"""Codes by text message, and the number that a first sign-in asks for."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import (
    FactorAttempt,
    FactorCode,
    KnownDevice,
    PhoneDevice,
)
from crypto import keyring
from tests.accounts.conftest import EMAIL, sent_code, written

from .tools import NUMBER, give, other, password, signed_in

pytestmark = pytest.mark.django_db


# Codes by text message


def test_the_number_is_not_shown_in_full(colleague, pro):
    password(pro)
    page = pro.get("/account/sign-in/code/").content.decode()

    assert "386" in page
    assert "28817386" not in page and "+4915228" not in page


def test_the_text_message_names_the_doors_own_host(colleague, pro):
    password(pro)

    assert f"@{settings.PRO_HOST.split(':')[0]} #" in written()[-1].body


def test_five_wrong_codes_end_a_code(colleague, pro):
    password(pro)
    code = sent_code()
    answers = [give(pro, other(code)).status_code for _ in range(5)]

    assert answers == [422] * 5
    assert give(pro, code).status_code == 422
    assert not signed_in(pro)


def test_a_code_works_for_ten_minutes(colleague, pro, clock):
    password(pro)
    code = sent_code()
    clock(timedelta(minutes=10, seconds=1))

    assert give(pro, code).status_code == 422


def test_a_code_works_once(colleague, pro):
    password(pro)
    code, cookie = sent_code(), pro.cookies["factor_attempt"].value
    give(pro, code)
    again = Client(HTTP_HOST=settings.PRO_HOST)
    again.cookies["factor_attempt"] = cookie

    assert give(again, code).url == "/account/sign-in/"


def test_another_code_comes_after_30_seconds(colleague, pro, clock):
    password(pro)
    pro.post("/account/sign-in/code/new/")
    assert FactorCode.objects.count() == 1
    clock(timedelta(seconds=31))
    pro.post("/account/sign-in/code/new/")

    assert FactorCode.objects.count() == 2
    assert give(pro, sent_code()).url == "/"


@pytest.mark.parametrize(
    "limit",
    [{"FACTOR_SMS_PER_NUMBER": 1}, {"FACTOR_SMS_PER_NETWORK": 1}, {"SMS_PER_DAY": 1}],
    ids=lambda one: [*one][0],
)
def test_text_messages_are_limited(colleague, pro, clock, settings, limit):
    for name, value in limit.items():
        setattr(settings, name, value)
    password(pro)
    clock(timedelta(seconds=31))

    answer = pro.post("/account/sign-in/code/new/")

    assert answer.status_code == 429
    assert FactorCode.objects.count() == 1


def test_wrong_codes_are_limited_over_all_attempts(colleague, pro, clock):
    for _ in range(4):
        clock(timedelta(seconds=31))
        password(pro)
        for _ in range(5):
            give(pro, other(sent_code()))
    clock(timedelta(seconds=31))
    password(pro)

    assert give(pro, sent_code()).status_code == 429


# The first sign-in


def test_a_first_sign_in_asks_for_the_number_and_makes_the_device_known(professional, pro):
    assert password(pro, next="/week/").url == "/account/sign-in/code/?next=%2Fweek%2F"
    assert pro.get("/account/sign-in/code/?next=/week/").url == "/account/sign-in/number/?next=%2Fweek%2F"
    assert pro.post("/account/sign-in/number/?next=/week/", {"phone": "030 123456"}).status_code == 422
    sent = pro.post("/account/sign-in/number/?next=/week/", {"phone": "0152 28817386"})
    assert sent.url == "/account/sign-in/code/?next=%2Fweek%2F"

    assert pro.post(sent.url, {"code": sent_code()}).url == "/week/"

    professional.refresh_from_db()
    with keyring.platform_keys():
        assert professional.contact["phone"] == NUMBER
    assert (PhoneDevice.objects.count(), KnownDevice.objects.count()) == (1, 1)
    assert written()[-1].to == EMAIL  # the owner hears of it


def test_a_corrected_number_makes_the_code_to_the_wrong_one_void(professional, pro):
    password(pro)
    pro.post("/account/sign-in/number/", {"phone": "0171 3920001"})
    wrong = sent_code()
    pro.post("/account/sign-in/number/", {"phone": "0152 28817386"})

    assert give(pro, wrong).status_code == 422
    assert give(pro, sent_code()).url == "/"


def test_who_has_a_factor_cannot_add_a_number_with_the_password_alone(colleague, pro):
    password(pro)
    PhoneDevice.objects.all()
    answer = pro.post("/account/sign-in/number/", {"phone": "0171 3920001"})

    assert answer.url == "/account/sign-in/code/"
    assert FactorAttempt.objects.get().phone_sealed is None
