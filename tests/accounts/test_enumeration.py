"""Nobody learns from a page whether an address has an account."""

import re
from datetime import timedelta

import pytest

from accounts.models import SignUp, User
from accounts.services import signup
from doctolib.outbox.models import PlatformMessage
from tests.accounts.conftest import EMAIL, PASSWORD, SignUpWalk, sent_code, written

pytestmark = pytest.mark.django_db

UNKNOWN = "ada.nobody1@example.org"  # as long as the known one: so are the pages that show it
VOLATILE = re.compile(r'(csrfmiddlewaretoken" value="|X-CSRFToken": ")[^"]*|[\w.]+@example\.org', re.IGNORECASE)


def seen(response) -> tuple:
    """All that a browser sees, without CSRF tokens and what it typed itself."""
    cookies = sorted((name, cookie["path"], cookie["max-age"]) for name, cookie in response.cookies.items())
    headers = {name: value for name, value in response.headers.items() if name != "X-Request-ID"}
    return response.status_code, headers, cookies, VOLATILE.sub("", response.content.decode())


def walk_of(client_class, email: str) -> list[tuple]:
    """Every page of a sign-up that one gets to without the SMS of that sign-up."""
    walk = SignUpWalk(client_class(HTTP_HOST="localhost:8000"), email=email, next="/x/")
    pages = [walk.get(), walk.contact(), walk.get("password/"), walk.password("kurz"), walk.password()]
    pages += [walk.get("code/"), walk.resend(), walk.get("code/")]
    pages += [walk.code("000000") for _ in range(6)]
    pages += [walk.get("person/"), walk.person(), walk.get("phone/")]
    return [seen(page) for page in pages]


def test_a_sign_up_with_a_known_address_shows_the_same_pages(patient, www, settings, monkeypatch):
    monkeypatch.setattr("accounts.services.signup.secrets.randbelow", lambda limit: 123456)
    settings.SMS_PER_NUMBER = 10

    known, unknown = walk_of(type(www), EMAIL.upper()), walk_of(type(www), UNKNOWN)

    assert known == unknown
    assert [page[0] for page in known] == [200, 302, 200, 422, 302, 200, 302, 200, *[422] * 6, 302, 302, 200]


def test_the_expiry_of_a_code_looks_the_same(patient, www, clock):
    answers = []
    for email in (EMAIL, UNKNOWN):
        walk = SignUpWalk(type(www)(HTTP_HOST="localhost:8000"), email=email).until_code()
        clock(timedelta(minutes=11))
        answers.append(seen(walk.code("000000")))

    assert answers[0] == answers[1]
    assert answers[0][0] == 422


def test_the_owner_of_a_known_address_gets_a_mail_and_nobody_an_sms(patient, www):
    SignUpWalk(www, phone="0171 3920001").until_code()

    assert [(part.channel, part.to, part.subject) for part in written()] == [
        ("email", EMAIL, "Sie haben schon ein Konto")
    ]


def test_no_code_is_right_for_a_known_address(patient, www, monkeypatch):
    monkeypatch.setattr("accounts.services.signup.secrets.randbelow", lambda limit: 123456)

    assert SignUpWalk(www).until_code().code("123456").status_code == 422
    assert SignUp.objects.get().verified_at is None


def test_a_mailbox_cannot_be_filled_with_such_mails(patient, www, clock, settings):
    settings.SMS_PER_NUMBER = 10
    walk = SignUpWalk(www).until_code()
    for _ in range(4):
        clock(timedelta(seconds=31))
        walk.resend()

    assert len(written()) == signup.MAILS_PER_ACCOUNT == 3
    assert PlatformMessage.objects.count() == 5  # the others are dropped when their turn comes


def test_an_address_that_got_an_account_meanwhile_is_sent_to_sign_in(keys, www, clock):
    walk = SignUpWalk(www, next="/x/").until_person()
    clock(timedelta(seconds=31))
    other = SignUpWalk(type(www)(HTTP_HOST="localhost:8000"), phone="0171 3920001").until_code()
    other.code(sent_code())
    other.person()

    response = walk.person()

    assert response.url == "/account/sign-in/?next=%2Fx%2F"
    assert User.objects.count() == 1
    assert not SignUp.objects.exists()


@pytest.mark.parametrize("host", ["localhost:8000", "pro.localhost:8000"])
def test_a_lost_password_is_answered_the_same(patient, professional, host, www):
    answers = []
    for email in (EMAIL, UNKNOWN):
        client = type(www)(HTTP_HOST=host)
        asked = client.post("/account/password/?next=/x/", {"email": email})
        answers.append([seen(asked), seen(client.get(asked.url))])

    assert [answer[1:] for answer in answers[0]] == [answer[1:] for answer in answers[1]]
    assert PlatformMessage.objects.count() == 2
    assert len(written()) == 1


def test_sign_in_refuses_with_one_sentence(patient, professional, www, monkeypatch):
    hashes = count_hashes(monkeypatch)
    refused = []
    for email, password in [(EMAIL, "wrong password"), (UNKNOWN, PASSWORD), (EMAIL, PASSWORD)]:
        User.objects.filter(pk=patient.pk).update(is_active=password != PASSWORD or email != EMAIL)
        refused.append(seen(www.post("/account/sign-in/", {"email": email, "password": password})))

    assert refused[0] == refused[1] == refused[2]
    assert refused[0][0] == 422
    assert "E-Mail-Adresse oder Passwort stimmt nicht. Bitte prüfen Sie beides." in refused[0][3]
    assert hashes == ["hash"] * 3  # each answer takes as long


def count_hashes(monkeypatch) -> list[str]:
    from django.contrib.auth.hashers import BCryptSHA256PasswordHasher

    made, real = [], BCryptSHA256PasswordHasher.encode

    def encode(self, *arguments):
        made.append("hash")
        return real(self, *arguments)

    monkeypatch.setattr(BCryptSHA256PasswordHasher, "encode", encode)
    return made
