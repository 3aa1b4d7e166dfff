"""Prove the audit trail: recompute the chain and name what does not fit."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hmac import compare_digest
from typing import Any
from uuid import UUID

from crypto import keyring
from crypto.enums import Purpose
from crypto.errors import CannotOpen, UnknownKey
from doctolib.tenancy.scopes import organisation_scope

from .models import AuditEvent, AuditSeal
from .sealing import link, unsealed

CHUNK = 1000  # links read in one scope, which lives for minutes at most
GRACE = timedelta(hours=1)  # an event without a link for longer was never written by us, or the sealer is down


class Fault(StrEnum):
    """What can be wrong with a trail."""

    UNSTARTED = "unstarted"  # the first link there is, is no checkpoint: the beginning was cut off
    MISSING_LINK = "missing-link"  # a number of the chain is not there
    DELETED = "deleted"  # an event that was sealed is not there
    CHANGED = "changed"  # an event, its link, or its place in the chain is not what was sealed
    UNSEALED = "unsealed"  # an old event that was never sealed: slipped in from elsewhere, or from another organisation
    CUT_OFF = "cut-off"  # the chain once had a link that it has no more


@dataclass(frozen=True, slots=True)
class Break:
    """One place where the trail does not hold."""

    fault: Fault
    sequence: int | None = None
    event_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """The newest link of a chain, to be kept where the database's owner cannot reach it."""

    sequence: int
    mac: str


@dataclass(slots=True)
class Report:
    """What a verification found; ``breaks`` in the order of the chain."""

    seals: int = 0
    late: int = 0  # events sealed long after they happened: the sealer was down, or somebody began a new chain
    breaks: list[Break] = field(default_factory=list)
    head: Head | None = None


def verify(organisation: Any, *, now: datetime, known_head: Head | None = None) -> Report:
    """Recompute the whole chain of one organisation. ``known_head`` is one that an earlier verification reported.

    Raises KmsUnavailable, and UnknownKey when the organisation has no audit key.
    """
    keyring.warm(organisation.id, (Purpose.AUDIT,))
    report = Report()
    previous: AuditSeal | None = None
    for pairs in _chunks(organisation):
        with organisation_scope(organisation, actor="verifier"):
            for seal, event in pairs:
                report.breaks += _check(seal, event, previous)
                if known_head and seal.sequence == known_head.sequence and bytes(seal.mac).hex() == known_head.mac:
                    known_head = None
                previous = seal
                report.seals += 1
                report.late += event is not None and seal.sealed_at - event.at > GRACE
    if previous is not None:
        report.head = Head(previous.sequence, bytes(previous.mac).hex())
    if known_head is not None:
        report.breaks.append(Break(Fault.CUT_OFF, known_head.sequence))
    with organisation_scope(organisation, actor="verifier"):
        old = unsealed().filter(at__lt=now - GRACE).order_by("at", "pk").values_list("pk", flat=True)
        report.breaks += [Break(Fault.UNSEALED, None, pk) for pk in old.iterator()]
    return report


def _chunks(organisation: Any) -> Iterator[list[tuple[AuditSeal, AuditEvent | None]]]:
    """The links in order, each with its event where there is one."""
    after = -1
    while True:
        with organisation_scope(organisation, actor="verifier"):
            seals = list(AuditSeal.objects.filter(sequence__gt=after).order_by("sequence")[:CHUNK])
            events = AuditEvent.objects.in_bulk([seal.event_id for seal in seals if seal.event_id])
        if not seals:
            return
        yield [(seal, events.get(seal.event_id)) for seal in seals]
        after = seals[-1].sequence


def _check(seal: AuditSeal, event: AuditEvent | None, previous: AuditSeal | None) -> Iterator[Break]:
    """What is wrong at one link, given the one before it as it is now: a broken one does not break those after it."""
    checkpoint = seal.event_id is None
    if previous is None and not checkpoint:
        yield Break(Fault.UNSTARTED, seal.sequence, seal.event_id)
        return  # nothing to compare its link with
    if previous is not None and seal.sequence != previous.sequence + 1:
        yield Break(Fault.MISSING_LINK, previous.sequence + 1)
        return
    if not checkpoint and event is None:
        yield Break(Fault.DELETED, seal.sequence, seal.event_id)
        return
    try:
        expected = link(seal, event, previous=b"" if previous is None or checkpoint else bytes(previous.mac))
    except (UnknownKey, CannotOpen, KeyError):  # its key version or form was changed
        expected = b""
    if not compare_digest(expected, bytes(seal.mac)):
        yield Break(Fault.CHANGED, seal.sequence, seal.event_id)
