"""A new password by e-mail."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import User
from accounts.services import resets
from tests.accounts.conftest import EMAIL, PASSWORD, written

pytestmark = pytest.mark.django_db

NEW = "ein ganz neues Passwort"
HOSTS = {"patient": settings.WWW_HOST, "professional": settings.PRO_HOST}


@pytest.fixture(params=["patient", "professional"])
def owner(request) -> User:
    return request.getfixturevalue(request.param)


@pytest.fixture
def browser(owner) -> Client:
    return Client(HTTP_HOST=HOSTS[owner.kind])


def ask(client: Client, email: str = EMAIL, next: str = ""):
    query = f"?next={next}" if next else ""
    return client.post(f"/account/password/{query}", {"email": email})


def link() -> str:
    """The path of the newest e-mail's link."""
    return re.findall(r"https?://[^/]+(/account/password/\S+)", written()[-1].body)[-1]


def sign_in(client: Client, password: str) -> int:
    return client.post("/account/sign-in/", {"email": EMAIL, "password": password}).status_code


def test_the_link_leads_to_a_new_password(owner, browser):
    asked = ask(browser, next="/charite/check/")
    mail = written()[-1]
    opened = browser.get(link())
    page = browser.get(opened.url)
    saved = browser.post(opened.url, {"password": NEW})

    assert asked.url == "/account/password/sent/?next=%2Fcharite%2Fcheck%2F"
    assert (mail.channel, mail.to, mail.subject) == ("email", EMAIL, "Neues Passwort wählen")
    assert f"//{HOSTS[owner.kind]}/account/password/" in mail.body
    assert "charite" not in mail.body + mail.html
    assert (opened.url, page.status_code) == ("/account/password/new/", 200)
    assert saved.url == "/account/sign-in/?next=%2Fcharite%2Fcheck%2F"
    assert (sign_in(browser, PASSWORD), sign_in(browser, NEW)) == (422, 302)
    assert written()[-1].subject == "Ihr Passwort wurde geändert"


def test_a_link_works_once(owner, browser):
    ask(browser)
    path = link()
    browser.post(browser.get(path).url, {"password": NEW})

    again = browser.get(browser.get(path).url)

    assert again.status_code == 410
    assert "Dieser Link gilt nicht mehr" in again.content.decode()


def test_a_link_ends_after_half_an_hour(patient, www, monkeypatch):
    from datetime import datetime

    ask(www)
    path = link()
    monkeypatch.setattr(resets.tokens, "_now", lambda: datetime.now() + timedelta(minutes=30, seconds=5))

    assert www.get(www.get(path).url).status_code == 410


MADE_UP = f"/account/password/{'0' * 8}-0000-0000-0000-{'0' * 12}/a-b/"


@pytest.mark.parametrize("path", ["/account/password/new/", MADE_UP])
def test_a_made_up_link_is_refused(patient, www, path):
    response = www.get(path, follow=True)

    assert response.status_code == 410


def test_looking_at_the_link_uses_nothing(owner, browser):
    ask(browser)
    path = link()
    Client(HTTP_HOST=HOSTS[owner.kind]).get(path, follow=True)

    assert browser.get(browser.get(path).url).status_code == 200


def test_a_new_password_ends_all_sessions(patient, www):
    elsewhere = Client(HTTP_HOST=settings.WWW_HOST)
    sign_in(elsewhere, PASSWORD)
    ask(www)
    www.post(www.get(link()).url, {"password": NEW})

    assert elsewhere.get("/account/sign-in/").status_code == 200


def test_the_new_password_follows_the_rules(patient, www):
    ask(www)
    url = www.get(link()).url

    answers = [www.post(url, {"password": password}).status_code for password in ("kurz", "password1", EMAIL, "")]

    assert answers == [422] * 4
    assert sign_in(www, PASSWORD) == 302


def test_a_link_of_one_door_is_worthless_at_another(patient, www, pro):
    ask(www)

    assert pro.get(pro.get(link()).url).status_code == 410


def test_a_locked_account_gets_no_link(patient, www):
    User.objects.filter(pk=patient.pk).update(is_active=False)
    ask(www)

    assert written() == []


def test_mails_to_one_owner_are_limited_without_a_word(patient, www):
    answers = [ask(www).status_code for _ in range(5)]

    assert answers == [302] * 5
    assert len(written()) == resets.MAILS_PER_ACCOUNT


def test_requests_of_one_network_are_limited(keys, www, monkeypatch):
    monkeypatch.setattr(resets, "REQUESTS_PER_NETWORK", 2)

    answers = [ask(www, f"nobody{at}@example.org").status_code for at in range(3)]

    assert answers == [302, 302, 429]


def test_who_was_held_back_signs_in_with_the_new_password(patient, www):
    for _ in range(11):
        sign_in(www, "wrong")
    ask(www)
    www.post(www.get(link()).url, {"password": NEW})

    assert sign_in(www, NEW) == 302


def test_no_address_keeps_the_token(patient, www):
    ask(www)
    opened = www.get(link())

    cookie = opened.cookies["password_reset"]
    assert (cookie["httponly"], cookie["path"], cookie["samesite"]) == (True, "/account/password/", "Lax")
    assert opened.url == "/account/password/new/"
