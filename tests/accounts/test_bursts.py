"""Many wrong passwords at a patient's account: its owner hears, everybody slows down, nobody is locked out."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import User
from accounts.services import signin
from tests.accounts.conftest import EMAIL, PASSWORD, written
from tests.accounts.test_enumeration import UNKNOWN

pytestmark = pytest.mark.django_db
numbers = iter(range(1, 10**6))


def sign_in(password: str = "wrong password", *, email: str = EMAIL):
    """From another network each time."""
    number = next(numbers)
    client = Client(HTTP_HOST=settings.WWW_HOST, REMOTE_ADDR=f"198.{number // 200 % 200}.{number % 200}.7")
    return client.post("/account/sign-in/", {"email": email, "password": password})


def burst(count: int = signin.BURST, *, email: str = EMAIL) -> list[int]:
    return [sign_in(email=email).status_code for _ in range(count)]


def test_ten_at_once_slow_everybody_down_for_half_a_minute(patient, clock):
    tries = burst()
    refused = sign_in(PASSWORD)
    clock(timedelta(seconds=30))

    assert tries == [422] * 10
    assert (refused.status_code, 0 < int(refused["Retry-After"]) <= 30) == (429, True)
    assert sign_in(PASSWORD).status_code == 302


def test_the_owner_hears_of_the_tenth(patient):
    burst(9)
    before = written()
    burst(1)

    assert before == []
    assert [(part.to, part.subject) for part in written()] == [(EMAIL, "Falsche Passwörter für Ihr Konto")]


def test_the_owner_hears_once_in_fifteen_minutes(patient, clock):
    burst()
    clock(timedelta(seconds=31))
    burst()
    once = len(written())
    clock(timedelta(minutes=15))
    burst()

    assert (once, len(written())) == (1, 2)


def test_slow_tries_are_no_burst(patient, clock):
    for _ in range(3):
        burst(9)
        clock(timedelta(seconds=31))

    assert written() == []


def test_the_clock_on_the_page_is_not_too_early(patient, monkeypatch):
    from datetime import UTC, datetime

    from django.utils import timezone

    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 11, 24, 9, 0, 10, tzinfo=UTC))
    burst()

    assert "Um 10:01 Uhr" in sign_in().content.decode()  # 10:00:40, rounded up


def test_an_unknown_address_is_slowed_down_the_same_and_nobody_hears(keys):
    tries = burst(11, email=UNKNOWN)

    assert tries == [422] * 10 + [429]
    assert written() == []


def test_nobody_is_locked(patient):
    burst(30)

    assert User.objects.get(pk=patient.pk).is_active


def test_professionals_have_their_own_rule(professional):
    answers = [
        Client(HTTP_HOST=settings.PRO_HOST, REMOTE_ADDR=f"198.51.{number}.7")
        .post("/account/sign-in/", {"email": EMAIL, "password": "wrong password"})
        .status_code
        for number in range(12)
    ]

    assert answers == [422] * 12  # locked after the tenth, and no page says so
