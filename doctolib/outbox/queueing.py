"""Queue a message in the transaction that causes it."""

import logging
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Model

from doctolib.tenancy.scopes import require_scope

logger = logging.getLogger(__name__)


def queue(kind: str, *, about: Model, payload: dict[str, Any] | None = None, due_at: datetime | None = None) -> None:
    """Queue a message of the scope's organisation. What it says is derived from ``about`` when it is sent.

    ``payload`` (JSON, sealed) is for what cannot be looked up later. ``kind`` must be registered (kinds.register).
    """
    from .models import OutboxMessage

    message = OutboxMessage(kind=kind, about=str(about.pk), payload=payload)
    if due_at:
        message.due_at = due_at
    message.save(force_insert=True)
    transaction.on_commit(_kick, using=require_scope().database, robust=True)


def queue_platform(kind: str, *, about: Model, payload: dict[str, Any]) -> None:
    """Queue a message of the platform itself. Needs the platform's keys (crypto.keyring.platform_keys)."""
    from .models import PlatformMessage

    PlatformMessage.objects.create(kind=kind, about=str(about.pk), payload=payload)
    transaction.on_commit(_kick, robust=True)


def _kick() -> None:
    """Celery only makes it quick: with Redis away, beat finds the row later."""
    from .tasks import dispatch

    try:
        dispatch.apply_async(expires=30, retry=False)
    except Exception as error:  # any transport error; the row is committed and waits
        logger.warning("dispatch not kicked: %s", type(error).__name__)
