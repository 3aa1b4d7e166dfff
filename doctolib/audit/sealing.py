"""Chain the audit trail: committed events are sealed in order, each link an HMAC over the one before.

Events are written without a link, because links inside requests would make them wait for each other. One sealer at a
time and organisation then chains what has been committed. The key never reaches the database, so whoever changes,
deletes, moves or reorders rows there, even as their owner, cannot make the chain fit again (verifying.py).
"""

import hashlib
import logging
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connections
from django.db.models import Exists, OuterRef, QuerySet

from crypto import keyring
from crypto.enums import Purpose
from doctolib.tenancy.scopes import organisation_scope, require_scope

from .models import AuditEvent, AuditSeal

logger = logging.getLogger(__name__)

# The columns of an event that are chained, by form. A new column means a new form; old seals keep theirs.
FORMS = {1: ("id", "organisation_id", "at", "actor", "action", "subject", "about", "request", "details")}
FORM = max(FORMS)
BATCH = 1000  # events sealed in one transaction
# How much older than the newest sealed event one may be that was committed later: a scope writes for 15 minutes at most
# (tenancy.tokens.LIFETIME), the rest is for clocks.
LATE = timedelta(hours=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def seal_due(organisation: Any, *, now: datetime, thorough: bool = False) -> int:
    """Seal what one organisation's trail has gained; returns how many events.

    Nothing when another sealer is at it. ``thorough`` looks for unsealed events of any age, not only for new ones.
    Raises KmsUnavailable and UnknownKey before anything is written.
    """
    keyring.warm(organisation.id, (Purpose.AUDIT,))
    total = 0
    while True:
        with organisation_scope(organisation, actor="sealer"):
            if not _our_turn():
                return total
            seals = _seal_batch(now, thorough=thorough)
        if seals:
            # Logs leave the machine: whoever cuts the end of the trail off cannot cut it off there.
            head = (organisation.id, seals[-1].sequence, bytes(seals[-1].mac).hex())
            logger.info("audit trail sealed: organisation=%s sequence=%d mac=%s", *head)
        total += sum(seal.event_id is not None for seal in seals)
        if len(seals) < BATCH:
            return total


def unsealed() -> QuerySet[AuditEvent]:
    """Events of the scope's organisation without a link."""
    return AuditEvent.objects.filter(~Exists(AuditSeal.objects.filter(event_id=OuterRef("pk"))))


def link(seal: AuditSeal, event: AuditEvent | None, *, previous: bytes) -> bytes:
    """The HMAC that belongs to this place of the chain and to this event; without one, to a checkpoint.

    Raises UnknownKey for a key version that there is not, and KeyError for an unknown form.
    """
    values = [seal.form, seal.organisation_id, seal.sequence, seal.event_id, seal.sealed_at, seal.key_version, previous]
    if event is not None:
        values += [getattr(event, column) for column in FORMS[seal.form]]
    message = b"".join(map(_framed, values))
    return keyring.mac(seal.organisation_id, Purpose.AUDIT, message, version=seal.key_version)


def _our_turn() -> bool:
    """Whether no other transaction seals this organisation. The unique sequence keeps us right; this keeps us quiet."""
    scope = require_scope("organisation")
    assert scope.organisation_id is not None
    number = hashlib.sha256(b"audit sealer" + scope.organisation_id.bytes).digest()[:8]
    with connections[scope.database].cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [int.from_bytes(number, "big", signed=True)])
        return cursor.fetchone()[0]


def _seal_batch(now: datetime, *, thorough: bool) -> list[AuditSeal]:
    seals: list[AuditSeal] = []
    last = AuditSeal.objects.order_by("-sequence").first()
    if last is None:
        last = _next(None, None, now)
        seals.append(last)
    events = unsealed()
    newest = None if thorough or last.event_id is None else AuditEvent.objects.filter(pk=last.event_id).first()
    if newest is not None:
        events = events.filter(at__gt=newest.at - LATE)
    for event in events.order_by("at", "pk")[: BATCH - len(seals)]:
        last = _next(last, event, now)
        seals.append(last)
    AuditSeal.objects.bulk_create(seals)
    return seals


def _next(last: AuditSeal | None, event: AuditEvent | None, now: datetime) -> AuditSeal:
    seal = AuditSeal(
        sequence=last.sequence + 1 if last else 0, event_id=event.pk if event else None, form=FORM, sealed_at=now
    )
    seal.key_version = keyring.active_version(seal.organisation_id, Purpose.AUDIT)
    seal.mac = link(seal, event, previous=bytes(last.mac) if last and event else b"")
    return seal


def _framed(value: Any) -> bytes:
    """One value with its length before it, so that no two lists of values give the same bytes."""
    if value is None:
        return b"-"
    if isinstance(value, datetime):
        value = (value - EPOCH) // timedelta(microseconds=1)
    if isinstance(value, int):
        value = str(value)
    raw = value.bytes if isinstance(value, UUID) else value.encode() if isinstance(value, str) else bytes(value)
    return b"+" + len(raw).to_bytes(8, "big") + raw
