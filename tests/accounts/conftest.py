"""A platform with keys, and browsers at its doors."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.contrib.auth.hashers import BCryptSHA256PasswordHasher
from django.test import Client
from django.utils import timezone

from accounts.enums import UserKind
from accounts.models import Session, User
from crypto import keyring
from doctolib.outbox.kinds import Rendered, kind_of
from doctolib.outbox.models import PlatformMessage
from tests import factories

PASSWORD = "vier Wörter sind genug"
PHONE = "0152 28817386"  # Bundesnetzagentur: a number for examples
EMAIL = "ada.mueller@example.org"


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real hash takes a quarter of a second on purpose."""
    monkeypatch.setattr(BCryptSHA256PasswordHasher, "rounds", 4)


@pytest.fixture(autouse=True)
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages stay in the queue, where the tests read them."""
    monkeypatch.setattr("doctolib.outbox.kicking._ask", lambda wait: None)


@pytest.fixture
def keys(db) -> None:
    keyring.create_keys(keyring.PLATFORM_OWNER)


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[timedelta], None]]:
    """Moves what timezone.now() says."""
    offset = timedelta()
    real = timezone.now

    def later(by: timedelta) -> None:
        nonlocal offset
        offset += by

    monkeypatch.setattr(timezone, "now", lambda: real() + offset)
    yield later


@pytest.fixture
def www() -> Client:
    return Client(HTTP_HOST=settings.WWW_HOST)


@pytest.fixture
def pro() -> Client:
    return Client(HTTP_HOST=settings.PRO_HOST)


@pytest.fixture
def patient(keys) -> User:
    with keyring.platform_keys():
        return User.objects.create_account(
            kind=UserKind.PATIENT, email=EMAIL, password=PASSWORD, contact={"phone": "+4915228817386"}
        )


@pytest.fixture
def professional(keys) -> User:
    with keyring.platform_keys():
        return User.objects.create_account(
            kind=UserKind.PROFESSIONAL,
            email=EMAIL,
            password=PASSWORD,
            contact={"first_name": "Grace", "last_name": "Hopper"},
            organisation=factories.organisation(),
        )


def session_of(client: Client, cookie: str = "patient_session") -> dict:
    """What a browser's session holds; empty without one."""
    if cookie not in client.cookies:
        return {}
    found = Session.objects.filter(pk=client.cookies[cookie].value).first()
    return found.get_decoded() if found else {}


def written() -> list[Rendered]:
    """All waiting messages of the platform as they would be sent now, oldest first."""
    found = []
    for message in PlatformMessage.objects.order_by("created_at"):
        with keyring.platform_keys():
            found += kind_of(message.kind).render(message.about, message.payload)
    return found


def sent_code() -> str:
    """The code of the newest SMS."""
    return re.findall(r"#(\d{6})$", [part.body for part in written() if part.channel == "sms"][-1])[0]


class SignUpWalk:
    """A browser that signs up, step by step; each method answers the response."""

    def __init__(self, client: Client, *, email: str = EMAIL, phone: str = PHONE, next: str = "") -> None:
        self.client, self.email, self.phone = client, email, phone
        self.query = f"?next={next}" if next else ""

    def get(self, step: str = ""):
        return self.client.get(f"/account/sign-up/{step}{self.query}")

    def post(self, step: str, **data: str):
        return self.client.post(f"/account/sign-up/{step}{self.query}", data)

    def contact(self):
        return self.post("", email=self.email, phone=self.phone)

    def password(self, password: str = PASSWORD):
        return self.post("password/", password=password, terms="on")

    def code(self, code: str):
        return self.post("code/", code=code)

    def resend(self):
        return self.post("code/new/")

    def person(self):
        return self.post(
            "person/",
            first_name="Ada",
            last_name="Müller-Lüdenscheidt",
            birth_date_0="3",
            birth_date_1="märz",
            birth_date_2="1961",
        )

    def until_code(self) -> "SignUpWalk":
        assert self.contact().status_code == 302
        assert self.password().status_code == 302
        return self

    def until_person(self) -> "SignUpWalk":
        self.until_code()
        assert self.code(sent_code()).status_code == 302
        return self
