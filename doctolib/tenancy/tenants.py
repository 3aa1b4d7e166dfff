"""The organisations, for the rooms that stand below them: settings.TENANT_MODEL names their model."""

from typing import Any
from uuid import UUID

from django.apps import apps
from django.conf import settings

from .router import IDENTITY


class UnknownTenant(LookupError):
    """There is no such organisation."""


def tenants() -> list[Any]:
    """All organisations, by slug."""
    return list(_model().objects.order_by("slug"))


def tenant(*, id: UUID | None = None, slug: str | None = None) -> Any:
    """One organisation by its id or its slug. Raises UnknownTenant."""
    found = _model().objects.filter(**({"slug": slug} if slug else {"id": id})).first()
    if found is None:
        raise UnknownTenant(f"There is no organisation {slug or id}.")
    return found


def tenant_databases() -> list[str]:
    """The aliases that organisations' tables may live in."""
    return [alias for alias in settings.DATABASES if alias != IDENTITY and not alias.endswith("owner")]


def _model() -> Any:
    return apps.get_model(settings.TENANT_MODEL)
