"""Take back a message that has not begun to leave, in the transaction that makes it untrue."""

from django.db.models import Model
from django.utils import timezone

from .enums import MessageStatus
from .models import OutboxMessage


def withdraw(kind: str, *, about: Model) -> bool:
    """Whether the waiting messages of this kind about a row were taken back. False: one has left, or is leaving.

    A dispatcher passes over rows that another transaction holds, so what is withdrawn here is never sent. Inside an
    organisation scope.
    """
    waiting = OutboxMessage.objects.filter(
        kind=kind, about=str(about.pk), status=MessageStatus.WAITING, leased_until=None, attempts=0
    )
    return bool(waiting.update(status=MessageStatus.DROPPED, finished_at=timezone.now(), payload=None))


def was_told(kind: str, *, about: Model) -> bool:
    """Whether a message of this kind about a row has left or still may. Inside an organisation scope."""
    messages = OutboxMessage.objects.filter(kind=kind, about=str(about.pk))
    return messages.exclude(status=MessageStatus.DROPPED).exists()
