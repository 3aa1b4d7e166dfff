"""A second factor beside the password: when it is due, and one attempt at giving it.

An attempt is bound to the browser by a random cookie and to one purpose. Each try is counted before anything is looked
at and looked at under the attempt's row lock, so many at once get no more tries, and one of them wins.
"""

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from accounts.enums import AttemptPurpose, Factor, UserKind
from accounts.models import FactorAttempt, User
from accounts.rules import factors_allowed
from accounts.selectors import factors_of
from accounts.throttling import Limit, give_back, key_of, take_all
from crypto.keyring import PLATFORM_OWNER, Purpose, platform_keys, warm
from doctolib import outbox

LIFETIME = timedelta(minutes=30)  # of an attempt; codes end sooner
TRIES = 5  # wrong codes, then a new code or a new sign-in is needed
WRONG_PER_ACCOUNT = 20  # an hour, over all attempts


class FactorRefused(Exception):
    """Base of what stops an attempt."""


class AttemptGone(FactorRefused):
    """There is no such attempt in this browser any more: too old, or met. The password is asked for again."""


class WrongCode(FactorRefused):
    """Not right, or used already."""


class TooManyTries(FactorRefused):
    """Too many wrong codes."""


def hash_of(token: str) -> bytes:
    """What is stored of a cookie: 256 random bits need no slow hash."""
    return hashlib.sha256(token.encode()).digest()


def begin(user: User, purpose: AttemptPurpose, *, now: datetime, phone: str = "") -> tuple[FactorAttempt, str]:
    """A new attempt and its cookie. ``phone``: a number (E.164) that is to be added."""
    token = secrets.token_urlsafe(32)
    attempt = FactorAttempt(user=user, purpose=purpose, cookie_hash=hash_of(token), expires_at=now + LIFETIME)
    if phone:
        attempt.phone = phone
    warm(PLATFORM_OWNER)
    with platform_keys():
        attempt.save(force_insert=True)
    return attempt, token


def find(token: str, *, now: datetime) -> FactorAttempt:
    """The attempt of this browser. Raises AttemptGone."""
    live = FactorAttempt.objects.select_related("user__organisation").filter(met_at=None, expires_at__gt=now)
    attempt = live.filter(cookie_hash=hash_of(token), user__is_active=True).first() if token else None
    if attempt is None:
        raise AttemptGone
    return attempt


def choices(attempt: FactorAttempt) -> list[Factor]:
    """What may be given in this attempt, the best first; nothing for an account that has to add its number first."""
    if attempt.purpose == AttemptPurpose.ADD_PHONE or has_number(attempt):
        return [Factor.SMS]
    return factors_allowed(attempt.user, factors_of(attempt.user))


def has_number(attempt: FactorAttempt) -> bool:
    """Whether a number is being added in this attempt."""
    return attempt.phone_sealed is not None


def add_number(attempt: FactorAttempt, phone: str, *, now: datetime) -> None:
    """Whoever signs in without any factor yet gives a number (E.164); codes that went to another one are void.

    Raises AttemptGone, and WrongCode for an account that has a factor: who knows the password alone adds none.
    """
    warm(PLATFORM_OWNER)
    with platform_keys(), transaction.atomic(using="default"):
        waiting = FactorAttempt.objects.filter(pk=attempt.pk, met_at=None, expires_at__gt=now)
        locked = waiting.select_for_update(of=("self",)).select_related("user__organisation").first()
        if locked is None:
            raise AttemptGone
        if not may_add_number(locked):
            raise WrongCode
        if locked.phone_sealed is None or locked.phone != phone:
            locked.phone, locked.code_sent_at = phone, None  # a typing error is corrected at once
            locked.save(update_fields=["phone", "code_sent_at"])
            locked.codes.all().delete()


def may_add_number(attempt: FactorAttempt) -> bool:
    """A professional's first sign-in, before there is any factor."""
    return attempt.user.kind == UserKind.PROFESSIONAL and not factors_of(attempt.user)


@contextmanager
def one_try(attempt: FactorAttempt, factor: Factor, *, now: datetime) -> Iterator[FactorAttempt]:
    """Count a try, then look under lock with the platform's keys lent; without an exception the attempt is met, once.

    Raises AttemptGone, TooManyTries, Throttled, and WrongCode for a factor that this account has not or may not use.
    """
    warm(PLATFORM_OWNER, (Purpose.DATA, Purpose.INDEX))
    limit = Limit(key_of("factor", str(attempt.user_id)), WRONG_PER_ACCOUNT, timedelta(hours=1))
    take_all([limit], now=now)
    waiting = FactorAttempt.objects.filter(pk=attempt.pk, met_at=None, expires_at__gt=now)
    counted = waiting.filter(tries__lt=TRIES).update(tries=F("tries") + 1)
    with platform_keys(), transaction.atomic(using="default"):
        locked = waiting.select_for_update(of=("self",)).select_related("user__organisation").first()
        if locked is None:
            raise AttemptGone
        if not counted:
            raise TooManyTries
        if factor not in choices(locked):
            raise WrongCode
        yield locked
        locked.met_at, locked.passkey = now, None
        locked.save(update_fields=["met_at", "passkey"])
    give_back([limit])


def tell_owner(user: User, what: str) -> None:
    """Write to the account's owner that something about the second factor has changed. Needs the platform's keys."""
    outbox.queue_platform("account.factor_changed", about=user, payload={"what": what})
