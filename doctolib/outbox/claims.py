"""Whose turn it is to send: leases on rows of the queue.

A lease is an instant, written into the row by a transaction that commits before anything is sent. Whoever knows that
instant holds the lease; who comes later replaces it and thereby ends what the former holder may still record.
"""

from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet

from doctolib.tenancy.router import IDENTITY
from doctolib.tenancy.scopes import dispatcher_scope, organisation_scope
from doctolib.tenancy.tenants import tenant, tenant_databases

from .enums import MessageStatus
from .models import OutboxMessage, PlatformMessage

LEASE = timedelta(seconds=60)  # longer than sending a message takes (settings.EMAIL_TIMEOUT)
BATCH = 100  # rows claimed in one transaction

Message = OutboxMessage | PlatformMessage


@dataclass(frozen=True, slots=True)
class Claim:
    """One row whose turn it is. ``organisation_id`` is None for a message of the platform itself."""

    organisation_id: UUID | None
    message_id: UUID
    lease: datetime

    def scope(self) -> AbstractContextManager[Any]:
        """The transaction in which the row, its payload and what it is about may be read. Raises UnknownTenant."""
        if self.organisation_id is None:
            return transaction.atomic(using=IDENTITY)
        return organisation_scope(tenant(id=self.organisation_id), actor="outbox")

    def row(self) -> QuerySet[Any]:
        """The row as long as the lease is ours, else nothing. Use it inside the scope."""
        model: Any = OutboxMessage if self.organisation_id else PlatformMessage
        return model.objects.filter(pk=self.message_id, status=MessageStatus.WAITING, leased_until=self.lease)


def databases() -> list[str]:
    """Where queues are: the platform's own and those of the organisations."""
    return [IDENTITY, *tenant_databases()]


def claim_due(database: str, *, now: datetime) -> list[Claim]:
    """Lease up to BATCH rows of one database that are due and that nobody holds, oldest first, and commit that.

    Rows that another dispatcher is just claiming are passed over, so two never wait for each other.
    """
    platform = database == IDENTITY
    model: Any = PlatformMessage if platform else OutboxMessage
    lease = now + LEASE
    with transaction.atomic(using=IDENTITY) if platform else dispatcher_scope(database):
        due = model.objects.filter(
            Q(leased_until=None) | Q(leased_until__lte=now), status=MessageStatus.WAITING, due_at__lte=now
        )
        columns = ["pk"] if platform else ["pk", "organisation_id"]
        locked = due.order_by("due_at").select_for_update(skip_locked=True)
        rows = {row[0]: None if platform else row[1] for row in locked.values_list(*columns)[:BATCH]}
        model.objects.filter(pk__in=rows).update(leased_until=lease)
    return [Claim(organisation_id, message_id, lease) for message_id, organisation_id in rows.items()]


def begin(claim: Claim, *, now: datetime) -> Claim | None:
    """Count an attempt and lease the row afresh, committed before anything is sent. None: the lease is someone else's.

    A worker that dies after this has used up an attempt; a task that waited too long in the broker has not.
    """
    # Never the same instant again: of two tasks that hold one claim, one begins.
    renewed = replace(claim, lease=max(now + LEASE, claim.lease + timedelta(microseconds=1)))
    with claim.scope():
        begun = claim.row().update(leased_until=renewed.lease, attempts=F("attempts") + 1)
    return renewed if begun else None
