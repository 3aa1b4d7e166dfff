"""Who may."""

from typing import TYPE_CHECKING

from accounts.enums import KIND_OF_DOOR

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


def may_enter(user: "User | AnonymousUser", door: str) -> bool:
    """Whether this account's kind belongs to this door, and nobody has locked it."""
    return user.is_authenticated and user.is_active and getattr(user, "kind", None) == KIND_OF_DOOR.get(door)
