"""The platform's own trail: what its people did, whichever organisation it was about.

It is a trail like an organisation's, of a tenant that no organisation is: the same table, policies, sealer and proof,
under the platform's own audit key.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Model

from crypto.keyring import PLATFORM_OWNER, Purpose
from doctolib.tenancy.scopes import support_scope
from doctolib.tenancy.tenants import tenants

from .recording import record


@dataclass(frozen=True, slots=True)
class Platform:
    """What a scope needs of a tenant."""

    id: UUID = PLATFORM_OWNER
    database: str = "pool"
    slug: str = "platform"


PLATFORM = Platform()


def record_platform(action: str, subject: Model, *, actor: str) -> None:
    """Record in the platform's trail that ``actor``, one of its people, did ``action`` to ``subject``."""
    with support_scope(PLATFORM, actor=actor):
        record(action, subject)


def trails() -> list[Any]:
    """Whose trails there are: the platform's, once it has keys, and every organisation's."""
    from crypto.models import DataKey

    has_keys = DataKey.objects.filter(owner=PLATFORM_OWNER, purpose=Purpose.AUDIT).exists()
    return [*([PLATFORM] if has_keys else []), *tenants()]
