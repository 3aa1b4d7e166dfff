"""Take back a message that has not begun to leave, in the transaction that makes it untrue."""

from django.db.models import Model, QuerySet
from django.utils import timezone

from .enums import MessageStatus
from .models import OutboxMessage


def withdraw(kind: str, *, about: Model) -> bool:
    """Whether the last message of this kind about a row was taken back. False: it has left or is leaving.

    A dispatcher passes over rows that another transaction holds, so what is withdrawn here is never sent. Inside an
    organisation scope.
    """
    last = _messages(kind, about).order_by("-created_at").first()
    if last is None:
        return False
    waiting = OutboxMessage.objects.filter(
        pk=last.pk, status=MessageStatus.WAITING, leased_until=None, attempts=0
    )  # asked again: a dispatcher may have been quicker
    return bool(waiting.update(status=MessageStatus.DROPPED, finished_at=timezone.now(), payload=None))


def were_all_dropped(kind: str, *, about: Model) -> bool:
    """Whether there were messages of this kind about a row, and none of them left or may leave."""
    messages = _messages(kind, about)
    return messages.exists() and not messages.exclude(status=MessageStatus.DROPPED).exists()


def _messages(kind: str, about: Model) -> QuerySet[OutboxMessage]:
    return OutboxMessage.objects.filter(kind=kind, about=str(about.pk))
