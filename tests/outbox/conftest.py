"""A clinic with a queue, a kind of message for tests, a mail server on loopback and an SMS provider in memory."""

from collections.abc import Callable, Iterator
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from django.utils import timezone

from accounts.models import Organisation
from doctolib import outbox
from doctolib.outbox import claims, kicking, kinds
from doctolib.outbox.kinds import Rendered
from doctolib.outbox.models import OutboxMessage
from doctolib.tenancy.scopes import organisation_scope
from tests import factories
from tests.outbox.tools import free_port

ADA = "ada@example.org"


@pytest.fixture(autouse=True)
def kicks(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """Dispatches that were asked for (their waiting times); nothing reaches the developers' Redis."""
    asked: list[float] = []
    monkeypatch.setattr(kicking, "_ask", asked.append)
    kickers = kicking.kick, kicking.kick_for_bulk
    for kicker in kickers:
        kicker.reset()
    yield asked
    for kicker in kickers:
        kicker.reset()


@pytest.fixture
def clinic(db: None) -> Organisation:
    return factories.organisation()


@pytest.fixture
def kind(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Any], None]:
    """Register a kind of message for one test."""
    monkeypatch.setattr(kinds, "_kinds", dict(kinds._kinds))

    def register(name: str, render: Any, **treated: Any) -> None:
        kinds.register(name, render, **treated)

    return register


@pytest.fixture
def greeting(kind: Callable[[str, Any], None]) -> str:
    """A kind with one e-mail to the address in its payload."""
    kind("test.greeting", lambda about, payload: [Rendered("email", payload["to"], "Guten Tag", "Grüß Gott!\n")])
    return "test.greeting"


@pytest.fixture
def queued(clinic: Organisation, greeting: str) -> Callable[..., OutboxMessage]:
    """Queue a message at a clinic, the first one unless said otherwise, and commit it."""

    def queue(at: Organisation = clinic, kind: str = greeting, to: str = ADA, **options: Any) -> OutboxMessage:
        with organisation_scope(at):
            before = set(OutboxMessage.objects.values_list("pk", flat=True))
            outbox.queue(kind, about=at, payload={"to": to}, **options)
            return OutboxMessage.objects.exclude(pk__in=before).get()

    return queue


@pytest.fixture
def claimed() -> Callable[..., claims.Claim]:
    """Lease the only row that is due in a database."""

    def claim(database: str = "pool", now: datetime | None = None) -> claims.Claim:
        [found] = claims.claim_due(database, now=now or timezone.now())
        return found

    return claim


class Mailbox:
    """What a mail server took; it answers each recipient with ``refuse``, if that is set."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.refuse = ""

    async def handle_RCPT(self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if self.refuse:
            return self.refuse
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"

    @property
    def recipients(self) -> list[str]:
        return sorted(str(message["To"]) for message in self.messages)


@pytest.fixture
def mailbox(settings: Any) -> Iterator[Mailbox]:
    """Django's SMTP backend, and a server on loopback that it reaches."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    settings.EMAIL_USE_TLS = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    handler = Mailbox()
    server = Controller(handler, hostname=settings.EMAIL_HOST, port=settings.EMAIL_PORT)
    server.start()
    yield handler
    server.stop()


class Texts:
    """An SMS provider in memory."""

    sent: list[tuple[str, str]] = []
    error: Exception | None = None

    def send(self, to: str, body: str, **receipt: Any) -> str:
        if Texts.error:
            raise Texts.error
        Texts.sent.append((to, body))
        return "1"

    def find(self, to: str, body: str, **since: Any) -> str:
        return "1" if (to, body) in Texts.sent else ""


@pytest.fixture
def texts(settings: Any) -> Iterator[type[Texts]]:
    settings.SMS_BACKEND = "tests.outbox.conftest.Texts"
    Texts.sent, Texts.error = [], None
    yield Texts
