"""When a second factor is due, and the attempt that waits for it."""

from datetime import timedelta

import pytest

from accounts.enums import UserKind
from accounts.models import (
    FactorAttempt,
    FactorCode,
    User,
)
from accounts.services import codes, devices
from crypto import keyring
from tests.accounts.conftest import sent_code, session_of
from tests.pro import know

from .tools import give, password, require, signed_in

pytestmark = pytest.mark.django_db


# When it is due


def test_the_password_alone_signs_no_professional_in_on_a_new_device(colleague, pro):
    answer = password(pro, next="/week/")

    assert (answer.status_code, answer.url) == (302, "/account/sign-in/code/?next=%2Fweek%2F")
    assert not signed_in(pro)
    assert pro.get("/").status_code == 302


def test_the_code_signs_in_and_goes_on_where_they_wanted(colleague, pro):
    password(pro)
    answer = pro.post("/account/sign-in/code/?next=/week/", {"code": sent_code()})

    assert (answer.status_code, answer.url) == (302, "/week/")
    assert session_of(pro, "pro_session")["_auth_user_id"] == str(colleague.pk)


def test_on_a_known_device_the_password_is_enough(colleague, pro):
    password(pro)
    give(pro, sent_code())
    pro.post("/account/sign-out/")

    assert password(pro).url == "/"
    assert signed_in(pro)


def test_a_device_is_known_for_30_days(colleague, pro, clock):
    know(pro, colleague)
    clock(timedelta(days=30, seconds=1))

    assert password(pro).url == "/account/sign-in/code/"


def test_the_known_device_of_a_colleague_is_nothing(colleague, pro):
    with keyring.platform_keys():
        thief = User.objects.create_account(
            kind=UserKind.PROFESSIONAL, email="x@example.org", password="x", organisation=colleague.organisation
        )
    know(pro, thief)
    pro.cookies[devices.cookie_name(colleague)] = pro.cookies[devices.cookie_name(thief)].value

    assert password(pro).url == "/account/sign-in/code/"


def test_an_organisation_can_require_it_at_every_sign_in(colleague, pro):
    know(pro, colleague)
    require(colleague, factor_every_time=True)

    assert password(pro).url == "/account/sign-in/code/"


def test_patients_are_asked_only_when_they_chose_so(patient, www):
    assert password(www).url == "/my/appointments/"
    www.post("/account/choices/second-factor/")
    www.post("/account/sign-out/")

    assert password(www).url == "/account/sign-in/code/"
    assert give(www, sent_code()).url == "/my/appointments/"
    www.post("/account/sign-out/")
    assert password(www).url == "/my/appointments/"  # known now


# The attempt


def test_the_attempt_is_bound_to_the_browser(colleague, pro, somewhere_else):
    password(pro)

    answer = give(somewhere_else, sent_code())

    assert (answer.status_code, answer.url) == (303, "/account/sign-in/")
    assert not signed_in(somewhere_else)


def test_a_code_is_bound_to_its_attempt(colleague, pro, somewhere_else, clock):
    password(pro)
    first = sent_code()
    clock(timedelta(seconds=31))
    password(somewhere_else)

    assert give(somewhere_else, first).status_code == 422
    FactorCode.objects.update(attempt=FactorAttempt.objects.latest("code_sent_at"))  # by whoever can write to the table
    assert give(somewhere_else, first).status_code == 422


def test_an_attempt_of_the_patients_door_is_nothing_at_the_pro_door(patient, professional, www, pro):
    codes.turn_on(patient)
    password(www)
    pro.cookies["factor_attempt"] = www.cookies["factor_attempt"].value

    assert give(pro, sent_code()).url == "/account/sign-in/"


def test_an_attempt_ends_after_half_an_hour(colleague, pro, clock):
    password(pro)
    clock(timedelta(minutes=30, seconds=1))

    assert pro.get("/account/sign-in/code/").url == "/account/sign-in/"


def test_a_locked_account_goes_no_further(colleague, pro):
    password(pro)
    code = sent_code()
    User.objects.filter(pk=colleague.pk).update(is_active=False)

    assert give(pro, code).url == "/account/sign-in/"
    assert not signed_in(pro)


def test_neither_codes_nor_cookies_are_stored(colleague, pro):
    password(pro)
    code, cookie = sent_code(), pro.cookies["factor_attempt"].value
    rows = [*FactorCode.objects.values(), *FactorAttempt.objects.values()]

    assert code not in str(rows) and cookie not in str(rows)
    assert bytes(FactorCode.objects.get().mac) != code.encode()
