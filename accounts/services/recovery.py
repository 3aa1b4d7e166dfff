"""Codes for the day on which the phone is lost. 120 random bits each, so a keyed hash is enough (ASVS 6.5.2)."""

import secrets
from datetime import datetime

from django.db import transaction

from accounts.enums import Factor
from accounts.models import FactorAttempt, RecoveryCode, User
from crypto.envelope import canonical
from crypto.keyring import PLATFORM_OWNER, Purpose, mac, platform_keys, warm

from .factors import WrongCode, one_try, tell_owner

COUNT = 10
LENGTH, GROUP = 24, 4
ALPHABET = "ABCDEFGHJKMNPQRSTVWXYZ0123456789"  # 32 signs, without I, L, O, U


def make(user: User) -> list[str]:
    """A new set, in clear for this once; codes of before are worth nothing any more."""
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(LENGTH)) for _ in range(COUNT)]
    warm(PLATFORM_OWNER, (Purpose.DATA, Purpose.INDEX))
    with platform_keys(), transaction.atomic(using="default"):
        User.objects.select_for_update().get(pk=user.pk)  # of two sets at once one stays
        RecoveryCode.objects.filter(user=user).delete()
        RecoveryCode.objects.bulk_create(RecoveryCode(user=user, mac=_mac(user, code)) for code in codes)
        tell_owner(user, "recovery_made")
    return ["-".join(code[at : at + GROUP] for at in range(0, LENGTH, GROUP)) for code in codes]


def verify(attempt: FactorAttempt, code: str, *, now: datetime) -> User:
    """Meet the attempt with a recovery code, each once; its owner hears of it.

    Raises WrongCode, TooManyTries, AttemptGone, Throttled.
    """
    with one_try(attempt, Factor.RECOVERY, now=now) as locked:
        unused = RecoveryCode.objects.filter(user=locked.user, mac=_mac(locked.user, code), used_at=None)
        if not unused.update(used_at=now):
            raise WrongCode
        tell_owner(locked.user, "recovery_used")
        return locked.user


def _mac(user: User, code: str) -> bytes:
    return mac(PLATFORM_OWNER, Purpose.INDEX, canonical(user.pk.bytes, code.encode()), use="recovery code")
