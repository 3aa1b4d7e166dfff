"""What a provider tells later about a text that it took."""

from contextlib import AbstractContextManager
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from doctolib.tenancy.router import IDENTITY
from doctolib.tenancy.scopes import organisation_scope
from doctolib.tenancy.tenants import UnknownTenant, tenant

from .claims import PLATFORM, Message
from .enums import MessageStatus, Outcome
from .models import OutboxMessage, PlatformMessage

FINAL = (Outcome.DELIVERED, Outcome.FAILED)


def record_receipt(owner: str, message_id: UUID, *, provider_id: str, outcome: Outcome) -> bool:
    """Note what became of a message's SMS; False for a message that is not there.

    Receipts come late and out of order: what is final stays. One that comes for a text of which nobody knew whether it
    had left answers that, so it is not sent again. The caller has made sure that it is the provider who tells.
    """
    try:
        scope = _scope(owner)
    except (UnknownTenant, ValueError):
        return False
    with scope:
        model: Any = PlatformMessage if owner == PLATFORM else OutboxMessage
        message = model.objects.select_for_update(no_key=True).filter(pk=message_id).first()
        if message is None:
            return False
        if message.outcome not in FINAL:
            message.provider_id, message.outcome = provider_id[:64], outcome
        if message.status == MessageStatus.UNKNOWN and message.sending.startswith("sms"):
            _has_left(message)
        message.save(update_fields=["provider_id", "outcome", "status", "parts_sent", "sending", "due_at"])
    return True


def _has_left(message: Message) -> None:
    """The part in doubt is out of the house; whatever else there is goes on, or the message is done."""
    message.parts_sent = f"{message.parts_sent} {message.sending}".strip()
    message.sending, message.status, message.due_at = "", MessageStatus.WAITING, timezone.now()


def _scope(owner: str) -> AbstractContextManager[Any]:
    if owner == PLATFORM:
        return transaction.atomic(using=IDENTITY)
    return organisation_scope(tenant(id=UUID(owner)), actor="provider")
