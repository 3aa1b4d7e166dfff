"""The link in the message of an offer: it names one offer, is signed, and is good for nothing else."""

import base64
import binascii
from uuid import UUID

from django.core.signing import BadSignature, Signer

SIGNER = Signer(salt="appointments.waiting.offer")


def offer_token(offer_id: UUID) -> str:
    return SIGNER.sign(base64.urlsafe_b64encode(offer_id.bytes).rstrip(b"=").decode())


def offer_of_token(token: str) -> UUID | None:
    """The offer's id; None for a token that was not made here."""
    try:
        return UUID(bytes=base64.urlsafe_b64decode(SIGNER.unsign(token) + "=="))
    except (BadSignature, binascii.Error, ValueError):
        return None
