"""Queue a message in the transaction that causes it."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Model

from doctolib import prepared
from doctolib.tenancy.scopes import require_scope

from .kicking import kick
from .kinds import kind_of


def queue(kind: str, *, about: Model, payload: dict[str, Any] | None = None, due_at: datetime | None = None) -> None:
    """Queue a message of the scope's organisation. What it says is derived from ``about`` when it is sent.

    ``payload`` (JSON, sealed) is for what cannot be looked up later. Raises UnknownKind, ScopeMissing.
    """
    from .models import OutboxMessage

    message = OutboxMessage(kind=kind, priority=kind_of(kind).priority, about=str(about.pk), payload=payload)
    if due_at:
        message.due_at = due_at
    prepared.insert(message)
    if due_at is None:
        transaction.on_commit(kick, using=require_scope().database, robust=True)


def queue_platform(kind: str, *, about: Model, payload: dict[str, Any]) -> None:
    """Queue a message of the platform itself. Needs the platform's keys (crypto.keyring.platform_keys).

    Raises UnknownKind.
    """
    from .models import PlatformMessage

    PlatformMessage.objects.create(kind=kind, priority=kind_of(kind).priority, about=str(about.pk), payload=payload)
    transaction.on_commit(kick, robust=True)
