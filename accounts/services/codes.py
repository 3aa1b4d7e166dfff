"""The second factor by text message: a code for one attempt, at the account's own number.

Stored is an HMAC over attempt, number and code: worth nothing in another attempt or with another number.
"""

import secrets
from datetime import datetime, timedelta
from hmac import compare_digest

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from accounts.enums import Factor
from accounts.models import FactorAttempt, FactorCode, PhoneDevice, User
from accounts.selectors import contact_of
from accounts.throttling import give_back, take_all
from crypto.envelope import canonical
from crypto.keyring import PLATFORM_OWNER, Purpose, mac, platform_keys, warm
from doctolib import outbox

from .factors import AttemptGone, FactorRefused, WrongCode, has_number, one_try, tell_owner
from .sms_limits import sms_limits

RESEND_AFTER = timedelta(seconds=30)


class TooSoon(FactorRefused):
    """The last code was sent moments ago."""


class CodeExpired(FactorRefused):
    """All codes that were sent are too old, or none was sent."""


def number_of(attempt: FactorAttempt) -> str:
    """Where this attempt's codes go, E.164: the number that is being added, else the account's. Lends itself keys."""
    with platform_keys():
        return attempt.phone or contact_of(attempt.user).phone


def send(attempt: FactorAttempt, *, door: str, network: str, now: datetime) -> None:
    """Send a code. Older ones work until their own end. Raises TooSoon, Throttled, AttemptGone."""
    warm(PLATFORM_OWNER, (Purpose.DATA, Purpose.INDEX))
    phone = number_of(attempt)
    limits = sms_limits(
        phone,
        network=network,
        kind="factor",
        per_number=settings.FACTOR_SMS_PER_NUMBER,
        per_network=settings.FACTOR_SMS_PER_NETWORK,
    )
    take_all(limits, now=now)
    try:
        _reserve(attempt, now=now)
    except FactorRefused:
        give_back(limits)
        raise
    code = f"{secrets.randbelow(10**6):06d}"
    with platform_keys(), transaction.atomic(using="default"):
        ends = now + settings.FACTOR_CODE_LIFETIME
        row = FactorCode.objects.create(attempt=attempt, mac=_mac(attempt, phone, code), expires_at=ends)
        payload = {"code": code, "row": row.pk, "phone": phone, "language": attempt.user.language, "door": door}
        outbox.queue_platform("account.factor_code", about=attempt, payload=payload)


def verify(attempt: FactorAttempt, code: str, *, now: datetime) -> User:
    """Meet the attempt with a code; a number that is being added is the account's from here on.

    Raises WrongCode, CodeExpired, TooManyTries, AttemptGone, Throttled.
    """
    with one_try(attempt, Factor.SMS, now=now) as locked:
        codes = [bytes(found) for found in locked.codes.filter(expires_at__gt=now).values_list("mac", flat=True)]
        if not codes:
            raise CodeExpired
        expected = _mac(locked, number_of(locked), code)
        if not any([compare_digest(expected, found) for found in codes]):
            raise WrongCode
        locked.codes.all().delete()
        if has_number(locked):
            _keep_number(locked)
        return locked.user


def turn_on(user: User) -> None:
    """A patient wants codes on new devices; the number was confirmed at the sign-up."""
    warm(PLATFORM_OWNER)
    with platform_keys(), transaction.atomic(using="default"):
        _device, made = PhoneDevice.objects.get_or_create(user=user, defaults={"name": "sms"})
        if made:
            tell_owner(user, "sms_added")


def _reserve(attempt: FactorAttempt, *, now: datetime) -> None:
    """Reserve the moment: of two requests at once one sends. A new code gives new tries."""
    waiting = FactorAttempt.objects.filter(pk=attempt.pk, met_at=None, expires_at__gt=now)
    quiet = Q(code_sent_at=None) | Q(code_sent_at__lte=now - RESEND_AFTER)
    if not waiting.filter(quiet).update(code_sent_at=now, tries=0):
        raise TooSoon if waiting.exists() else AttemptGone


def _keep_number(attempt: FactorAttempt) -> None:
    user = User.objects.select_for_update().get(pk=attempt.user_id)
    user.contact = {**user.contact, "phone": attempt.phone}
    user.save(update_fields=["contact"])
    PhoneDevice.objects.get_or_create(user=user, defaults={"name": "sms"})
    tell_owner(user, "sms_added")


def _mac(attempt: FactorAttempt, phone: str, code: str) -> bytes:
    with platform_keys():
        message = canonical(attempt.pk.bytes, phone.encode(), code.encode())
        return mac(PLATFORM_OWNER, Purpose.INDEX, message, use="factor code")
