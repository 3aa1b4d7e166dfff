"""Who may: every question about patient records is answered here."""

from typing import TYPE_CHECKING
from uuid import UUID

from accounts.enums import UserKind

if TYPE_CHECKING:
    from accounts.models import User


def may_open_patients(user: "User", organisation_id: UUID | None) -> bool:
    """Whether the user may open this organisation's patient records: its professionals may."""
    return user.is_active and user.kind == UserKind.PROFESSIONAL and user.organisation_id == organisation_id
