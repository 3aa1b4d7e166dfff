"""The channels by which messages leave: functions named in settings.OUTBOX_CHANNELS.

A channel raises Undeliverable when trying again is of no use, and anything else when it is.
"""

import smtplib
from collections.abc import Sequence
from typing import Any, Protocol

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import EmailMessage
from django.http.request import split_domain_port
from django.utils.module_loading import import_string

from crypto.keyring import platform_keys

from .kinds import Rendered


class Undeliverable(Exception):
    """The other side will never take this message: no such mailbox, not a number."""


class ProviderAway(Exception):
    """The other side does not answer, or has no time for us now."""


class SMSBackend(Protocol):
    def send(self, to: str, body: str) -> str:
        """Hand one text to the provider and return its id there. Raises Undeliverable; ProviderAway."""


def send(part: Rendered, *, reference: str) -> None:
    """Send one part by its channel. ``reference`` is the same whenever the same part is sent again."""
    import_string(settings.OUTBOX_CHANNELS[part.channel])(part, reference=reference)


def send_email(part: Rendered, *, reference: str) -> None:
    """By Django's EMAIL_BACKEND. Raises Undeliverable when the server refuses the address for good."""
    host, _port = split_domain_port(settings.WWW_HOST)
    headers = {
        # A mailbox that gets the message twice can tell; Django's own would name this machine.
        "Message-ID": f"<{reference}@{host}>",
        "Auto-Submitted": "auto-generated",
    }
    subject = " ".join(part.subject.split())
    mail = EmailMultiAlternatives(subject, part.body, settings.DEFAULT_FROM_EMAIL, [part.to], headers=headers)
    if part.html:
        mail.attach_alternative(part.html, "text/html")
    try:
        mail.send()
    except smtplib.SMTPRecipientsRefused as refusal:
        if all(code >= 500 for code, _text in refusal.recipients.values()):
            raise Undeliverable from None  # the refusal quotes the address
        raise


def send_sms(part: Rendered, *, reference: str) -> None:
    """By the class that settings.SMS_BACKEND names."""
    backend: SMSBackend = import_string(settings.SMS_BACKEND)()
    backend.send(part.to, part.body)


class NoSMS:
    """For an installation without a provider: every SMS waits, and is shown to an operator in the end."""

    def send(self, to: str, body: str) -> str:
        raise ProviderAway


class PhoneSMS:
    """Development: the phone page shows what would have been sent."""

    def __init__(self) -> None:
        refuse_in_production()

    def send(self, to: str, body: str) -> str:
        return _show("sms", {"to": to, "subject": "", "body": body, "html": ""})


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
