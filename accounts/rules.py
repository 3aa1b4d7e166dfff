"""Who may."""

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from accounts.enums import KIND_OF_DOOR, UserKind

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


def may_enter(user: "User | AnonymousUser", door: str) -> bool:
    """Whether this account's kind belongs to this door, and the account is open."""
    return has_access(user) and getattr(user, "kind", None) == KIND_OF_DOOR.get(door)


def has_access(user: "User | AnonymousUser") -> bool:
    """Whether nobody has locked this account and its last day is not over."""
    return user.is_authenticated and user.is_active and not access_is_over(user)


def access_is_over(user: "User") -> bool:
    """Whether the account's last day is over where its organisation is."""
    if user.access_until is None:
        return False
    zone = user.organisation.zone if user.organisation else None
    return user.access_until < timezone.localdate(timezone=zone)


def may_administer(user: "User | AnonymousUser", organisation_id: UUID | None) -> bool:
    """Settings of the organisation: access zones, sign-in rules."""
    is_admin = getattr(user, "is_organisation_admin", False)
    return is_admin and organisation_id is not None and user.organisation_id == organisation_id


def idle_limit(user: "User") -> timedelta:
    """How long nothing may happen before the account is signed out."""
    if user.organisation:
        return timedelta(minutes=user.organisation.idle_minutes)
    return settings.PATIENT_IDLE if user.kind == UserKind.PATIENT else settings.PLATFORM_IDLE
