"""SMS by Twilio's client.

Source: Twilio's Messages resource and its error codes; what is not said there about a lost connection is taken as
unclear, because a text that left twice cannot be called back.
"""

import logging
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import requests
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from twilio.base.exceptions import TwilioException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from doctolib.hosts import address
from doctolib.outbox.channels import ProviderAway, ProviderBusy, Reference, Unclear, Undeliverable
from integrations.twilio import numbers

TIMEOUT = 10.0  # seconds; less than a lease (outbox.claims.LEASE)
LISTED = 50  # texts to one number that are looked through
HOME = "https://api.twilio.com"
# Not a number, no mobile, asked for no more texts, a country that is switched off.
NEVER = {21211, 21214, 21217, 21408, 21610, 21612, 21614, 30003, 30005, 30006}
BUSY = 429


class TwilioSMS:
    """A provider for the outbox (doctolib.outbox.channels.SMSBackend)."""

    def send(self, to: str, body: str, *, reference: Reference) -> str:
        callback = receipt_address(reference)
        sid = _asked(lambda: _client().messages.create(to=to, body=body, status_callback=callback, **_sender()).sid)
        numbers.remember(reference.owner, to, now=timezone.now())
        return sid

    def find(self, to: str, body: str, *, since: datetime) -> str:
        def newest() -> list[Any]:
            return _client().messages.list(to=to, limit=LISTED)

        same = (text for text in _asked(newest) if text.body == body and text.date_created >= since)
        return next((text.sid for text in same), "")


def receipt_address(reference: Reference) -> str:
    """Where Twilio tells what became of a text."""
    return address(
        "www", reverse("twilio-receipt", args=[reference.owner, reference.message], urlconf="doctolib.urls.www")
    )


def _asked(question: Any) -> Any:
    """Ask Twilio; whatever goes wrong becomes one of the outbox's errors, without the text and the number that Twilio's
    own quote."""
    try:
        return question()
    except TwilioException as error:
        status, code = getattr(error, "status", 0), getattr(error, "code", 0)
        if code in NEVER:
            raise Undeliverable from None
        if status == BUSY:
            raise ProviderBusy(timedelta(seconds=_Http.retry_after)) from None
        if status:  # whatever it was: a text that was taken is answered with 201
            raise ProviderAway from None
        raise Unclear from None  # an answer that is none
    except requests.RequestException as error:
        raise (ProviderAway if _never_reached(error) else Unclear) from None


def _never_reached(error: requests.RequestException) -> bool:
    cause = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(error, requests.ConnectTimeout) or isinstance(cause, (NewConnectionError, ConnectTimeoutError))


class _Http(TwilioHttpClient):
    """Twilio's, to the address in the settings, silent, with a time-out, and minding Retry-After."""

    retry_after = 0

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        response = super().request(method, url.replace(HOME, settings.TWILIO_BASE_URL, 1), *args, **kwargs)
        waiting = str((response.headers or {}).get("Retry-After", ""))
        _Http.retry_after = int(waiting) if waiting.isdigit() else 0
        return response


@cache
def _client() -> Client:
    silent = logging.getLogger("twilio.silent")
    silent.disabled = True  # its lines quote number and text
    http = _Http(timeout=TIMEOUT, logger=silent, max_retries=0)
    return Client(settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN, http_client=http)


def _sender() -> dict[str, str]:
    sender = settings.TWILIO_SENDER
    return {"messaging_service_sid" if sender.startswith("MG") else "from_": sender}
