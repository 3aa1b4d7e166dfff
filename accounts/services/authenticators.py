"""The second factor by authenticator app: TOTP of RFC 6238, 6 digits, SHA-1, 30 seconds, as all such apps can."""

import secrets
from base64 import b32decode, b32encode
from datetime import datetime
from hmac import compare_digest
from urllib.parse import quote, urlencode
from uuid import UUID

from django.db import transaction
from django_otp.oath import hotp

from accounts.enums import Factor
from accounts.models import AuthenticatorDevice, FactorAttempt, User
from accounts.selectors import contact_of
from accounts.throttling import Limit, key_of, take_all
from crypto.keyring import PLATFORM_OWNER, platform_keys, warm

from .factors import WRONG_PER_ACCOUNT, WrongCode, one_try, tell_owner
from .sms_limits import HOUR

STEP = 30  # seconds
DRIFT = 1  # steps that a clock may be wrong, either way
ISSUER = "Doctolib"


def add(user: User, *, now: datetime, secret: str = "", confirmed: bool = False) -> AuthenticatorDevice:
    """A new app with a random secret, not of any use before ``confirm``; one that was begun before is forgotten."""
    warm(PLATFORM_OWNER)
    with platform_keys(), transaction.atomic(using="default"):
        AuthenticatorDevice.objects.filter(user=user, confirmed=False).delete()
        device = AuthenticatorDevice(user=user, name="app", confirmed=confirmed, created_at=now)
        device.secret = secret or b32encode(secrets.token_bytes(20)).decode()
        device.save(force_insert=True)
    return device


def begun(user: User, device_id: UUID) -> AuthenticatorDevice | None:
    """The app that this account has begun to add."""
    return AuthenticatorDevice.objects.filter(pk=device_id, user=user, confirmed=False).first()


def confirm(device: AuthenticatorDevice, code: str, *, now: datetime) -> None:
    """The app shows the right code: it counts from now on. Raises WrongCode, Throttled."""
    take_all([Limit(key_of("factor", str(device.user_id)), WRONG_PER_ACCOUNT, HOUR)], now=now)
    warm(PLATFORM_OWNER)
    with platform_keys(), transaction.atomic(using="default"):
        locked = AuthenticatorDevice.objects.select_for_update().filter(pk=device.pk, confirmed=False).first()
        if locked is None or not _accepts(locked, code, now=now):
            raise WrongCode
        locked.confirmed = True
        locked.save(update_fields=["confirmed"])
        tell_owner(device.user, "app_added")


def verify(attempt: FactorAttempt, code: str, *, now: datetime) -> User:
    """Meet the attempt with a code of one of the account's apps, each code once.

    Raises WrongCode, TooManyTries, AttemptGone, Throttled.
    """
    with one_try(attempt, Factor.APP, now=now) as locked:
        apps = AuthenticatorDevice.objects.select_for_update().filter(user=locked.user, confirmed=True)
        if not any([_accepts(device, code, now=now) for device in apps.order_by("pk")]):
            raise WrongCode
        return locked.user


def secret_of(device: AuthenticatorDevice) -> str:
    with platform_keys():
        return device.secret


def address_of(device: AuthenticatorDevice) -> str:
    """What the QR code says (Key Uri Format): the account's e-mail address, the secret, who issued it."""
    label = quote(f"{ISSUER}:{contact_of(device.user).email}", safe=":@")
    return f"otpauth://totp/{label}?{urlencode({'secret': secret_of(device), 'issuer': ISSUER})}"


def code_at(secret: str, now: datetime) -> str:
    """The code that an app shows at an instant."""
    return f"{hotp(b32decode(secret), int(now.timestamp()) // STEP):06d}"


def _accepts(device: AuthenticatorDevice, code: str, *, now: datetime) -> bool:
    """Whether the code is of a step around now that is later than the last one used; it is used then."""
    current = int(now.timestamp()) // STEP
    key = b32decode(device.secret)
    for step in range(current - DRIFT, current + DRIFT + 1):
        if step > device.last_step and compare_digest(f"{hotp(key, step):06d}", code):
            device.last_step = step
            device.save(update_fields=["last_step"])
            return True
    return False
