"""The channels by which messages leave: functions named in settings.OUTBOX_CHANNELS.

A channel raises Undeliverable when trying again is of no use, ProviderAway when the message was surely not taken, and
anything else when nobody can tell.
"""

import smtplib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import EmailMessage
from django.http.request import split_domain_port
from django.utils.module_loading import import_string

from crypto.keyring import platform_keys

from .kinds import Rendered

# A mail server's word that it has not taken a message.
NOT_TAKEN = (
    ConnectionRefusedError,
    smtplib.SMTPConnectError,
    smtplib.SMTPHeloError,
    smtplib.SMTPAuthenticationError,
    smtplib.SMTPNotSupportedError,
    smtplib.SMTPSenderRefused,
    smtplib.SMTPRecipientsRefused,
    smtplib.SMTPDataError,
)


class Undeliverable(Exception):
    """The other side will never take this message: no such mailbox, not a number."""


class ProviderAway(Exception):
    """The other side does not answer, or has not taken the message."""


class ProviderBusy(ProviderAway):
    """Too much at once; ``retry_after``: how long to wait at least."""

    def __init__(self, retry_after: timedelta = timedelta()) -> None:
        super().__init__()
        self.retry_after = retry_after


class Unclear(Exception):
    """Nobody can tell whether the other side has taken the message."""


class Reference(NamedTuple):
    """Which part of which row: the same whenever it is sent again. ``owner``: an organisation's id, or ``platform``."""

    owner: str
    message: UUID
    part: str


class SMSBackend(Protocol):
    def send(self, to: str, body: str, *, reference: Reference) -> str:
        """Hand one text to the provider and return its id there; receipts come for the reference.

        Raises Undeliverable, ProviderAway, Unclear.
        """

    def find(self, to: str, body: str, *, since: datetime) -> str:
        """The id of a text that the provider took after a moment; empty: it has none. Raises ProviderAway, Unclear."""


def send(part: Rendered, *, reference: Reference) -> str:
    """Send one part by its channel; returns the provider's id of it, where there is one."""
    return import_string(settings.OUTBOX_CHANNELS[part.channel])(part, reference=reference)


def find(part: Rendered, *, since: datetime) -> str:
    """The provider's id of a part that may have left after a moment; empty: it has not. Raises ProviderAway, and
    Unclear where the channel has nobody to ask."""
    if part.channel != "sms":
        raise Unclear
    return next((found for backend in _sms_backends() if (found := backend.find(part.to, part.body, since=since))), "")


def send_email(part: Rendered, *, reference: Reference) -> str:
    """By Django's EMAIL_BACKEND. Raises Undeliverable when the server refuses the address for good."""
    host, _port = split_domain_port(settings.WWW_HOST)
    headers = {
        # The same for every try: a mailbox that gets the message twice can tell. Django's own would name this machine.
        "Message-ID": f"<{reference.message}.{reference.part}@{host}>",
        "Auto-Submitted": "auto-generated",
    }
    subject = " ".join(part.subject.split())
    mail = EmailMultiAlternatives(subject, part.body, settings.DEFAULT_FROM_EMAIL, [part.to], headers=headers)
    if part.html:
        mail.attach_alternative(part.html, "text/html")
    if part.calendar:
        mail.attach("termin.ics", part.calendar.decode(), f"text/calendar; method={_method(part.calendar)}")
    try:
        mail.send()
    except smtplib.SMTPRecipientsRefused as refusal:
        if all(code >= 500 for code, _text in refusal.recipients.values()):
            raise Undeliverable from None  # the refusal quotes the address
        raise ProviderAway from refusal
    except NOT_TAKEN as error:
        raise ProviderAway from error
    return ""


def _method(calendar: bytes) -> str:
    """REQUEST or CANCEL: what a mail program shall do with the event (RFC 5546)."""
    return calendar.decode().partition("METHOD:")[2].split()[0]


def send_sms(part: Rendered, *, reference: Reference) -> str:
    """By the class that settings.SMS_BACKEND names; when it is away, by SMS_FALLBACK_BACKEND."""
    *backends, last = _sms_backends()
    for backend in backends:
        try:
            return backend.send(part.to, part.body, reference=reference)
        except ProviderAway:
            continue
    return last.send(part.to, part.body, reference=reference)


def _sms_backends() -> list[SMSBackend]:
    return [import_string(path)() for path in (settings.SMS_BACKEND, settings.SMS_FALLBACK_BACKEND) if path]


class NoSMS:
    """For an installation without a provider: every SMS waits, and is shown to an operator in the end."""

    def send(self, to: str, body: str, *, reference: Reference) -> str:
        raise ProviderAway

    def find(self, to: str, body: str, *, since: datetime) -> str:
        return ""


class PhoneSMS:
    """Development: the phone page shows what would have been sent."""

    def __init__(self) -> None:
        refuse_in_production()

    def send(self, to: str, body: str, *, reference: Reference) -> str:
        return _show("sms", {"to": to, "subject": "", "body": body, "html": ""})

    def find(self, to: str, body: str, *, since: datetime) -> str:
        raise Unclear  # a page is no list to ask


class PhoneEmailBackend(BaseEmailBackend):
    """Development: the phone page shows what would have been sent."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        refuse_in_production()
        super().__init__(*args, **kwargs)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for mail in email_messages:
            html = next(
                (str(content) for content, kind in getattr(mail, "alternatives", []) if kind == "text/html"), ""
            )
            shown = {"to": ", ".join(mail.recipients()), "subject": str(mail.subject), "body": str(mail.body)}
            _show("email", {**shown, "html": html})
        return len(email_messages)


def refuse_in_production() -> None:
    """Raises ImproperlyConfigured: messages to patients belong to a provider, not on a page."""
    if not settings.PHONE_PAGE:
        raise ImproperlyConfigured("The phone page is for development: choose another EMAIL_BACKEND and SMS_BACKEND.")


def _show(channel: str, message: dict[str, str]) -> str:
    from .models import PhoneMessage

    with platform_keys():
        return str(PhoneMessage.objects.create(channel=channel, message=message).pk)
