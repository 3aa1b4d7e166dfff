"""Whose turn it is to send: leases on rows of the queue.

A lease is an instant, written into the row by a transaction that commits before anything is sent. Whoever knows that
instant holds the lease; who comes later replaces it and thereby ends what the former holder may still record.
"""

from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connections, transaction
from django.db.models import F, Q, QuerySet

from doctolib.tenancy.router import IDENTITY
from doctolib.tenancy.scopes import dispatcher_scope, organisation_scope
from doctolib.tenancy.tenants import tenant, tenant_databases

from .enums import OPEN, Priority
from .models import OutboxMessage, PlatformMessage

LEASE = timedelta(seconds=60)  # longer than sending a message takes (settings.EMAIL_TIMEOUT)
BATCH = 100  # rows claimed in one transaction
# Reminders of one database that are handed over at a time: what the workers cannot take soon stays in the queue, where
# its lease does not run and nothing that is more urgent has to pass it.
BULK_AT_ONCE = 100

COUNTED = 1_869_968_504  # the advisory lock of who counts bulk; the second half says in which queue

PLATFORM = "platform"

Message = OutboxMessage | PlatformMessage


@dataclass(frozen=True, slots=True)
class Claim:
    """One row whose turn it is. ``organisation_id`` is None for a message of the platform itself."""

    organisation_id: UUID | None
    message_id: UUID
    lease: datetime
    priority: int = Priority.SOON
    organisation: Any = field(default=None, compare=False, repr=False)  # looked up once, when it is begun

    @property
    def owner(self) -> str:
        """Whose message it is, as addresses name it."""
        return str(self.organisation_id or PLATFORM)

    def scope(self) -> AbstractContextManager[Any]:
        """The transaction in which the row, its payload and what it is about may be read. Raises UnknownTenant."""
        if self.organisation_id is None:
            return transaction.atomic(using=IDENTITY)
        return organisation_scope(self.organisation or tenant(id=self.organisation_id), actor="outbox")

    def row(self) -> QuerySet[Any]:
        """The row as long as the lease is ours, else nothing. Use it inside the scope."""
        model: Any = OutboxMessage if self.organisation_id else PlatformMessage
        return model.objects.filter(pk=self.message_id, status__in=OPEN, leased_until=self.lease)


def databases() -> list[str]:
    """Where queues are: the platform's own and those of the organisations."""
    return [IDENTITY, *tenant_databases()]


def claim_due(database: str, *, now: datetime) -> list[Claim]:
    """Lease up to BATCH rows of one database that are due and that nobody holds, and commit that.

    The most urgent first, then the oldest, and of bulk only as many as the workers have room for.
    Rows that another dispatcher is just claiming are passed over, so two never wait for each other.
    """
    platform = database == IDENTITY
    model: Any = PlatformMessage if platform else OutboxMessage
    lease = now + LEASE
    with transaction.atomic(using=IDENTITY) if platform else dispatcher_scope(database):
        due = model.objects.filter(Q(leased_until=None) | Q(leased_until__lte=now), status__in=OPEN, due_at__lte=now)
        columns = ["pk", "priority"] if platform else ["pk", "priority", "organisation_id"]
        rows = _locked(due.exclude(priority=Priority.BULK), columns, BATCH)
        if len(rows) < BATCH and _counts_alone(IDENTITY if platform else database, platform=platform):
            held = model.objects.filter(status__in=OPEN, leased_until__gt=now, priority=Priority.BULK).count()
            rows += _locked(due.filter(priority=Priority.BULK), columns, min(BATCH - len(rows), BULK_AT_ONCE - held))
        model.objects.filter(pk__in=[row[0] for row in rows]).update(leased_until=lease)
    return [Claim(None if platform else row[2], row[0], lease, row[1]) for row in rows]


def _counts_alone(database: str, *, platform: bool) -> bool:
    """Until the transaction ends. Two dispatchers that counted at the same moment would together hand over twice as
    many; the second leaves bulk to the first."""
    with connections[database].cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s::int, %s::int)", [COUNTED, int(platform)])
        return bool(cursor.fetchone()[0])


def _locked(due: QuerySet[Any], columns: list[str], most: int) -> list[tuple[Any, ...]]:
    if most <= 0:
        return []
    return list(due.order_by("priority", "due_at").select_for_update(skip_locked=True).values_list(*columns)[:most])


def begin(claim: Claim, *, now: datetime) -> Claim | None:
    """Count an attempt and lease the row afresh, committed before anything is sent. None: the lease is someone else's.

    A worker that dies after this has used up an attempt; a task that waited too long in the broker has not.
    """
    # Never the same instant again: of two tasks that hold one claim, one begins.
    lease = max(now + LEASE, claim.lease + timedelta(microseconds=1))
    organisation = tenant(id=claim.organisation_id) if claim.organisation_id else None
    renewed = replace(claim, lease=lease, organisation=organisation)
    with renewed.scope():
        begun = claim.row().update(leased_until=renewed.lease, attempts=F("attempts") + 1)
    return renewed if begun else None
