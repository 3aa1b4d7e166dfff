"""Who may: every question about patient records is answered here."""

from typing import TYPE_CHECKING
from uuid import UUID

from accounts.enums import Level
from accounts.rights import rights_of

if TYPE_CHECKING:
    from accounts.models import User


def may_open_patients(user: "User", organisation_id: UUID | None) -> bool:
    """Open the organisation's patient base: whoever may do more than read in any calendar."""
    return rights_of(user, organisation_id).highest > Level.READ


def may_merge_patients(user: "User", organisation_id: UUID | None) -> bool:
    return may_open_patients(user, organisation_id)


def may_export_patients(user: "User", organisation_id: UUID | None) -> bool:
    """Take the patient base out of the house: administrators."""
    return rights_of(user, organisation_id).is_administrator
