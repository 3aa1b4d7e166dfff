"""Browsers that are known: a second factor was given in them in the last 30 days. And the end of factors."""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest
from ua_parser import parse

from accounts.enums import STRONG, Factor
from accounts.models import FactorAttempt, KnownDevice, RecoveryCode, User
from accounts.rules import factor_due, may_remove, strong_required
from accounts.selectors import FACTOR_MODELS, devices_of, factors_of
from crypto.keyring import PLATFORM_OWNER, platform_keys, warm

from .factors import FactorRefused, hash_of, tell_owner

LIFETIME = timedelta(days=30)


class LastFactor(FactorRefused):
    """It is the last one that this account needs."""


def cookie_name(user: User) -> str:
    """Each account has its own in a browser: colleagues share desks."""
    return f"known_{hash_of(str(user.pk)).hex()[:12]}"


def second_factor_due(request: HttpRequest, user: User, *, now: datetime) -> bool:
    """Whether this account has to give a second factor in this browser now; a known one is noted as used."""
    token = request.COOKIES.get(cookie_name(user), "")
    known = KnownDevice.objects.filter(user=user, cookie_hash=hash_of(token), expires_at__gt=now)
    if strong_required(user):
        known = known.filter(is_strong=True)
    return factor_due(user, factors_of(user), known=bool(token) and bool(known.update(last_used_at=now)))


def remember(request: HttpRequest, user: User, factor: Factor, *, now: datetime) -> str:
    """This browser is known from now on; answers its cookie. One that it had for this account is void."""
    forget(request, user)
    token = secrets.token_urlsafe(32)
    KnownDevice.objects.create(
        user=user,
        cookie_hash=hash_of(token),
        kind=kind_of(request),
        is_strong=factor in STRONG,
        created_at=now,
        last_used_at=now,
        expires_at=now + LIFETIME,
    )
    return token


def forget(request: HttpRequest, user: User) -> None:
    """Void the cookie that this browser has for this account."""
    KnownDevice.objects.filter(user=user, cookie_hash=hash_of(request.COOKIES.get(cookie_name(user), ""))).delete()


def revoke(user: User, device_id: UUID | None = None) -> int:
    """One known device of the account, or all of them, must give a second factor again. Returns how many."""
    devices = KnownDevice.objects.filter(user=user)
    return (devices.filter(pk=device_id) if device_id else devices).delete()[0]


def kind_of(request: HttpRequest) -> str:
    """Browser and system, as people would say them; empty when it is none that is known."""
    found = parse(request.headers.get("User-Agent", "")[:500])
    return ", ".join(part.family for part in (found.user_agent, found.os) if part)[:80]


def remove(user: User, factor: Factor, device_id: str) -> bool:
    """Remove one of the account's factors; False when there is no such one. Raises LastFactor.

    Recovery codes go with the last other factor, known devices always: what they met may be in wrong hands.
    """
    warm(PLATFORM_OWNER)
    with platform_keys(), transaction.atomic(using="default"):
        User.objects.select_for_update().get(pk=user.pk)  # of two removals at once the second sees what is left
        has = devices_of(user)
        gone = [(kind, device) for kind, device in has if kind == factor and str(device.pk) == device_id]
        if not gone:
            return False
        left = {kind for kind, device in has if (kind, device) not in gone}
        if not may_remove(user, left):
            raise LastFactor
        gone[0][1].delete()
        revoke(user)
        if not left:
            RecoveryCode.objects.filter(user=user).delete()
        tell_owner(user, f"{factor}_removed")
        return True


def reset(user: User) -> None:
    """Someone lost everything: the next sign-in adds a factor anew. Their known devices and attempts end."""
    warm(PLATFORM_OWNER)
    with platform_keys(), transaction.atomic(using="default"):
        for model in FACTOR_MODELS.values():
            model.objects.filter(user=user).delete()
        for table in (RecoveryCode, KnownDevice, FactorAttempt):
            table.objects.filter(user=user).delete()
        tell_owner(user, "reset")


def remove_stale(*, now: datetime) -> None:
    """Attempts and known devices that are over."""
    FactorAttempt.objects.filter(expires_at__lt=now - timedelta(hours=1)).delete()
    KnownDevice.objects.filter(expires_at__lt=now).delete()
