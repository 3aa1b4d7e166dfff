"""The link in the message of an offer: it names one offer, is signed, and is good for nothing else.

Short, because the SMS is to be one part: the offer's id has 122 random bits already, so the 48 bits of the signature
only keep an id that somebody saw elsewhere from opening the offer.
"""

import base64
import binascii
from uuid import UUID

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

SALT = "appointments.waiting.offer"
ID_LENGTH = 22  # letters


def offer_token(offer_id: UUID) -> str:
    value = base64.urlsafe_b64encode(offer_id.bytes).rstrip(b"=").decode()
    return value + _signature(value, settings.SECRET_KEY)


def offer_of_token(token: str) -> UUID | None:
    """The offer's id; None for a token that was not made here."""
    value, signature = token[:ID_LENGTH], token[ID_LENGTH:]
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    if not any(constant_time_compare(signature, _signature(value, key)) for key in keys):
        return None
    try:
        return UUID(bytes=base64.urlsafe_b64decode(value + "=="))
    except (binascii.Error, ValueError):
        return None


def _signature(value: str, key: str) -> str:
    digest = salted_hmac(SALT, value, secret=key, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest[:6]).decode()
