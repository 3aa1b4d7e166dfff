"""Signing in and out at three doors."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client, RequestFactory
from django.utils import timezone

from accounts.enums import UserKind
from accounts.forms import EmailAuthenticationForm
from accounts.models import Session, Throttle, User
from accounts.services import signin
from crypto import keyring
from tests.accounts.conftest import EMAIL, PASSWORD, session_of
from tests.pro import know

pytestmark = pytest.mark.django_db

HERE = "/account/sign-in/"


def sign_in(client: Client, password: str = PASSWORD, *, email: str = EMAIL, next: str = ""):
    query = f"?next={next}" if next else ""
    return client.post(f"{HERE}{query}", {"email": email, "password": password})


@pytest.fixture
def admin(keys) -> User:
    with keyring.platform_keys():
        return User.objects.create_account(
            kind=UserKind.PLATFORM, email=EMAIL, password=PASSWORD, is_staff=True, is_superuser=True
        )


def test_a_patient_signs_in_and_goes_on_where_they_were(patient, www):
    assert sign_in(www, next="/charite/check/").url == "/charite/check/"
    assert session_of(www)["_auth_user_id"] == str(patient.pk)


def test_a_professional_signs_in_at_the_pro_door_on_a_known_device(professional, pro):
    know(pro, professional)

    assert sign_in(pro).url == "/"
    assert session_of(pro, "pro_session")["_auth_user_id"] == str(professional.pk)


@pytest.mark.parametrize("typed", [" ADA.mueller@example.ORG ", "ada.mueller@Example.org"])
def test_an_address_may_be_written_in_any_case(patient, www, typed):
    assert sign_in(www, email=typed).status_code == 302


@pytest.mark.parametrize(("set_", "typed"), [("Grüße an alle", "Gru\u0308ße an alle"), (" am Rand ", " am Rand ")])
def test_a_password_has_one_spelling_and_keeps_its_blanks(patient, www, set_, typed):
    patient.set_password(set_)
    patient.save()

    assert sign_in(www, typed).status_code == 302
    assert sign_in(Client(HTTP_HOST=settings.WWW_HOST), typed.strip() + "x").status_code == 422


@pytest.mark.parametrize(
    ("email", "password"), [(EMAIL, "wrong"), ("nobody@example.org", PASSWORD), ("no address", PASSWORD)]
)
def test_a_refusal_keeps_the_address_and_empties_the_password(patient, www, email, password):
    response = sign_in(www, password, email=email)

    assert response.status_code == 422
    page = response.content.decode()
    assert f'value="{email}"' in page and password not in page
    assert session_of(www) == {}


def test_a_locked_account_is_nobody(patient, www):
    sign_in(www)
    User.objects.filter(pk=patient.pk).update(is_active=False)

    assert www.get(HERE).status_code == 200  # no longer signed in
    assert sign_in(www).status_code == 422


def test_signing_in_begins_a_new_session(patient, www):
    session = www.session
    session["planted"] = 1
    session.save()
    www.cookies["patient_session"] = session.session_key

    sign_in(www)

    assert www.cookies["patient_session"].value != session.session_key
    assert not Session.objects.filter(pk=session.session_key).exists()


def test_the_hold_cookie_survives(patient, www):
    www.cookies["hold"] = "held"
    sign_in(www)

    assert www.cookies["hold"].value == "held"


def test_who_is_signed_in_is_sent_on(patient, www):
    sign_in(www)

    assert www.get(f"{HERE}?next=/charite/check/").url == "/charite/check/"
    assert www.get(f"{HERE}?next=//evil.example/").url == "/my/appointments/"


def test_signing_out_ends_the_session(patient, www):
    sign_in(www)
    key = www.cookies["patient_session"].value

    assert www.get("/account/sign-out/").status_code == 405
    assert www.post("/account/sign-out/").url == "/"
    assert not Session.objects.filter(pk=key).exists()
    assert "_auth_user_id" not in session_of(www)


# Doors


def test_each_kind_of_account_has_one_door(patient, www, pro):
    assert (sign_in(www).status_code, sign_in(pro).status_code) == (302, 422)


def test_the_same_address_has_an_account_at_each_door(patient, professional, www, pro):
    know(pro, professional)
    sign_in(www)
    sign_in(pro)

    ids = session_of(www)["_auth_user_id"], session_of(pro, "pro_session")["_auth_user_id"]
    assert ids == (str(patient.pk), str(professional.pk))


@pytest.mark.parametrize(
    ("host", "cookie"), [(settings.PRO_HOST, "pro_session"), (settings.ADMIN_HOST, "admin_session")]
)
def test_a_patients_session_is_nobody_at_another_door(patient, www, host, cookie):
    sign_in(www)
    thief = Client(HTTP_HOST=host)
    thief.cookies[cookie] = www.cookies["patient_session"].value

    path = {"pro_session": HERE, "admin_session": "/"}[cookie]
    response = thief.get(path)

    assert not response.wsgi_request.user.is_authenticated
    assert www.get(HERE).url == "/my/appointments/"  # at home it still is somebody


def test_a_professionals_session_is_nobody_at_the_patients_door(professional, pro, www):
    know(pro, professional)
    sign_in(pro)
    www.cookies["patient_session"] = pro.cookies["pro_session"].value

    assert www.get(HERE).status_code == 200


def test_the_cookie_has_its_doors_name_and_is_not_for_scripts(patient, www):
    response = sign_in(www)

    cookie = response.cookies["patient_session"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    assert "sessionid" not in response.cookies


# Django admin's form


def at_admin(**data: str) -> EmailAuthenticationForm:
    request = RequestFactory().post("/login/", HTTP_HOST=settings.ADMIN_HOST)
    request.door = "admin"
    return EmailAuthenticationForm(request, data)


def test_platform_staff_signs_in_with_an_address(admin):
    form = at_admin(username=EMAIL, password=PASSWORD)

    assert form.is_valid(), form.errors
    assert form.get_user() == admin


@pytest.mark.parametrize("password", ["wrong", PASSWORD])
def test_nobody_else_does(patient, professional, password):
    form = at_admin(username=EMAIL, password=password)

    assert not form.is_valid()
    assert form.non_field_errors() == ["E-Mail-Adresse oder Passwort stimmt nicht. Bitte prüfen Sie beides."]


def test_the_admin_form_is_throttled_too(admin):
    for _ in range(signin.FAILURES_HERE):
        at_admin(username=EMAIL, password="wrong").is_valid()

    form = at_admin(username=EMAIL, password=PASSWORD)

    assert not form.is_valid()
    assert form.non_field_errors()[0].startswith("Das waren zu viele Versuche. Um ")


# Throttles


def test_ten_wrong_tries_make_everybody_from_there_wait(patient, www, clock):
    tries = [sign_in(www, "wrong").status_code for _ in range(10)]
    refused = sign_in(www)

    assert tries == [422] * 10
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 900
    assert "Das waren zu viele Versuche, sich anzumelden." in refused.content.decode()
    clock(timedelta(minutes=15))
    assert sign_in(www).status_code == 302


def test_unknown_addresses_are_counted_the_same(keys, www):
    tries = [sign_in(www, "wrong", email="nobody@example.org").status_code for _ in range(11)]

    assert tries == [422] * 10 + [429]


def test_the_owner_elsewhere_waits_half_a_minute_at_most(patient, www, clock):
    for _ in range(11):
        sign_in(www, "wrong")
    clock(timedelta(seconds=30))

    elsewhere = Client(HTTP_HOST=settings.WWW_HOST, REMOTE_ADDR="198.51.100.7")
    assert sign_in(elsewhere).status_code == 302


def test_fifty_wrong_tries_from_many_networks_make_everybody_wait(patient, clock):
    answers = []
    for at in range(signin.FAILURES + 1):
        if at % signin.BURST == 0:
            clock(signin.BURST_WINDOW)
        browser = Client(HTTP_HOST=settings.WWW_HOST, REMOTE_ADDR=f"198.51.{at}.7")
        answers.append(sign_in(browser, "wrong").status_code)

    assert answers == [422] * signin.FAILURES + [429]


def test_a_network_that_tries_many_accounts_is_held_back(keys, www, monkeypatch):
    monkeypatch.setattr(signin, "FAILURES_PER_NETWORK", 3)

    answers = [sign_in(www, "wrong", email=f"nobody{at}@example.org").status_code for at in range(4)]

    assert answers == [422] * 3 + [429]


def test_a_right_password_takes_its_count_back(patient, www):
    for _ in range(9):
        sign_in(www, "wrong")
    for _ in range(5):
        assert sign_in(www).status_code == 302

    counts = dict(Throttle.objects.values_list("key", "count"))
    assert sorted(counts.values()) == [9, 9, 9]  # the account, at once and from anywhere, and the network: wrong ones


def test_no_count_names_an_address(patient, www):
    sign_in(www, "wrong")

    assert {len(key.rpartition(":")[2]) for key in Throttle.objects.values_list("key", flat=True)} == {32}
    assert all(row.ends_at > timezone.now() for row in Throttle.objects.all())
