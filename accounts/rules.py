"""Who may."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from accounts.enums import KIND_OF_DOOR, STRONG, Factor, UserKind
from accounts.rights import rights_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import UnitMember, User


def may_enter(user: "User | AnonymousUser", door: str) -> bool:
    """Whether this account's kind belongs to this door, and the account is open."""
    return has_access(user) and getattr(user, "kind", None) == KIND_OF_DOOR.get(door)


def has_access(user: "User | AnonymousUser") -> bool:
    """Whether nobody has locked this account and its last day is not over."""
    return user.is_authenticated and user.is_active and not access_is_over(user)


def access_is_over(user: "User", now: datetime | None = None) -> bool:
    """Whether the account's last day is over where its organisation is."""
    if user.access_until is None:
        return False
    zone = user.organisation.zone if user.organisation else None
    return user.access_until < timezone.localdate(now, zone)


def may_administer(user: "User | AnonymousUser", organisation_id: UUID | None) -> bool:
    """Settings of the organisation: accounts, rights, units, profile, calendars, exports, zones, sign-in rules."""
    return rights_of(user, organisation_id).is_administrator


def may_lead(user: "User | AnonymousUser", member: "UnitMember | None") -> bool:
    """Give a unit's members rights on its calendars. ``member`` is the user's own membership of that unit, if any."""
    return member is not None and member.is_unit_admin and member.user_id == user.pk


def idle_limit(user: "User") -> timedelta:
    """How long nothing may happen before the account is signed out."""
    if user.organisation:
        return timedelta(minutes=user.organisation.idle_minutes)
    return settings.PATIENT_IDLE if user.kind == UserKind.PATIENT else settings.PLATFORM_IDLE


def strong_required(user: "User") -> bool:
    """Whether a text message is not enough: platform staff, and professionals where their organisation says so."""
    return user.kind == UserKind.PLATFORM or bool(user.organisation and user.organisation.factor_strong)


def factors_allowed(user: "User", has: Collection[Factor]) -> list[Factor]:
    """With which of the factors an account ``has`` it may sign in, the best first.

    Text messages are never for platform staff, and for a professional of a strict organisation only until there is
    something stronger: then they are led to add it.
    """
    without_sms = user.kind == UserKind.PLATFORM or (strong_required(user) and not STRONG.isdisjoint(has))
    return [factor for factor in Factor if factor in has and not (without_sms and factor == Factor.SMS)]


def factor_due(user: "User", has: Collection[Factor], *, known: bool) -> bool:
    """Whether the right password is not enough. ``known``: this browser met what is required in the last 30 days."""
    if user.kind == UserKind.PATIENT:
        return bool(has) and not known
    every_time = user.kind == UserKind.PLATFORM or bool(user.organisation and user.organisation.factor_every_time)
    return every_time or not known


def may_remove(user: "User", left: Collection[Factor]) -> bool:
    """Whether a factor may go when these are left. Only patients may be without any."""
    if user.kind == UserKind.PATIENT:
        return True
    real = set(left) - {Factor.RECOVERY}
    return bool(real - {Factor.SMS}) if strong_required(user) else bool(real)
