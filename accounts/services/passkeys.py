"""The second factor by passkey or security key (WebAuthn), with django-otp-webauthn's model and ceremonies.

A passkey belongs to one door: its relying party is the door's own host. Attestations are neither asked for nor kept.
"""

import json
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.http.request import split_domain_port
from django_otp_webauthn.exceptions import OTPWebAuthnApiError
from django_otp_webauthn.helpers import WebAuthnHelper
from webauthn.helpers.exceptions import WebAuthnException

from accounts.enums import Factor
from accounts.models import FactorAttempt, User
from accounts.selectors import contact_of
from crypto.keyring import PLATFORM_OWNER, platform_keys, warm

from .factors import FactorRefused, WrongCode, one_try, tell_owner


class NotAPasskey(FactorRefused):
    """What the browser sent does not fit what it was asked for."""


WRONG = (WebAuthnException, OTPWebAuthnApiError, KeyError, TypeError, ValueError)


class DoorHelper(WebAuthnHelper):
    """The package's helper, for the door that the request came to."""

    def get_relying_party_domain(self) -> str:
        return split_domain_port(self.request.get_host())[0]

    def get_allowed_origins(self) -> list[str]:
        return [f"{self.request.scheme}://{self.request.get_host()}"]

    def get_credential_name(self, user: User) -> str:
        return contact_of(user).email

    def get_credential_display_name(self, user: User) -> str:
        return contact_of(user).name or contact_of(user).email

    def create_attestation(self, *args: Any, **kwargs: Any) -> None:
        return None  # what make of key someone uses is nothing that we need


def registration(request: HttpRequest, user: User) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the browser is asked for, and what is to be kept until it answers."""
    return DoorHelper(request).register_begin(user)


def add(request: HttpRequest, user: User, *, state: dict[str, Any], answer: bytes, name: str) -> None:
    """Keep the public key of a new passkey. Raises NotAPasskey."""
    warm(PLATFORM_OWNER)
    with platform_keys(), transaction.atomic(using="default"):
        try:
            device = DoorHelper(request).register_complete(user, state, json.loads(answer))
        except WRONG:
            raise NotAPasskey from None
        device.name = name[:64]
        device.save(update_fields=["name"])
        tell_owner(user, "passkey_added")


def challenge(request: HttpRequest, attempt: FactorAttempt) -> dict[str, Any]:
    """What the browser is asked for in this attempt; one that was asked before is void."""
    options, state = DoorHelper(request).authenticate_begin(attempt.user, require_user_verification=False)
    FactorAttempt.objects.filter(pk=attempt.pk, met_at=None).update(passkey=state)
    return options


def verify(request: HttpRequest, attempt: FactorAttempt, answer: bytes, *, now: datetime) -> User:
    """Meet the attempt with the browser's answer to its challenge.

    Raises WrongCode, TooManyTries, AttemptGone, Throttled.
    """
    with one_try(attempt, Factor.PASSKEY, now=now) as locked:
        if locked.passkey is None or not _answered(request, locked, answer):
            raise WrongCode
        return locked.user


def _answered(request: HttpRequest, attempt: FactorAttempt, answer: bytes) -> bool:
    try:
        device = DoorHelper(request).authenticate_complete(attempt.user, attempt.passkey, json.loads(answer))
    except WRONG:
        return False
    return device.confirmed
