"""What was given up: shown to an operator by kind and id, and sent again on demand."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from doctolib import audit
from doctolib.tenancy.router import IDENTITY
from doctolib.tenancy.scopes import current_scope, support_scope
from doctolib.tenancy.tenants import tenants

from .enums import MessageStatus
from .kicking import kick
from .models import OutboxMessage, PlatformMessage


@dataclass(frozen=True, slots=True)
class Queue:
    """The messages of one organisation, or of the platform itself (``organisation`` is None)."""

    organisation: Any

    @property
    def name(self) -> str:
        return self.organisation.slug if self.organisation else "platform"

    @property
    def database(self) -> str:
        return self.organisation.database if self.organisation else IDENTITY

    def scope(self, actor: str) -> AbstractContextManager[Any]:
        """Without keys: an operator sees kinds and ids, and no payload."""
        if self.organisation is None:
            return transaction.atomic(using=IDENTITY)
        return support_scope(self.organisation, actor=actor)

    def rows(self) -> Any:
        return (OutboxMessage if self.organisation else PlatformMessage).objects


@dataclass(frozen=True, slots=True)
class Letter:
    """One message as an operator may see it."""

    id: UUID
    kind: str
    status: str
    attempts: int
    problem: str
    created_at: datetime


def queues(slug: str = "") -> list[Queue]:
    """The platform's queue and each organisation's, or only the one that is named."""
    found = [Queue(None), *map(Queue, tenants())]
    return [queue for queue in found if slug in ("", queue.name)]


def letters(queue: Queue, *, status: str = MessageStatus.DEAD, actor: str = "operator") -> Iterator[Letter]:
    """The queue's messages in one state, oldest first."""
    columns = [*Letter.__dataclass_fields__]
    with queue.scope(actor):
        found = list(queue.rows().filter(status=status).order_by("created_at").values_list(*columns))
    return (Letter(*row) for row in found)


def replay(queue: Queue, ids: list[UUID], *, now: datetime, actor: str = "operator") -> int:
    """Put dead messages of a queue back, due now; returns how many were dead."""
    with queue.scope(actor):
        return put_back(queue.rows().filter(pk__in=ids), now=now)


def put_back(rows: Any, *, now: datetime) -> int:
    """Put the dead ones of these rows (a queryset) back into their queue, due now; returns how many were dead.

    Runs in a support scope, or in none for messages of the platform. Attempts go on being counted: the next ones are
    as many again (dispatching.ATTEMPTS); what may have left before is sent all the same. Leaves a trace in the
    organisation's audit trail.
    """
    dead = rows.filter(status=MessageStatus.DEAD)
    found = list(dead.only("pk"))
    count = dead.update(status=MessageStatus.WAITING, due_at=now, leased_until=None, finished_at=None, sending="")
    if current_scope():
        for message in found:
            audit.record("message.replayed", message)
    transaction.on_commit(kick, using=rows.db, robust=True)
    return count
