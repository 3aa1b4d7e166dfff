"""What was sent about something, as staff may see it: what, by which way, when, and what became of it.

Never to whom, nor what it said: no payload is opened.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from doctolib.tenancy.models import scope_organisation_id

from .enums import Channel, Fate, MessageStatus, Outcome
from .kinds import UnknownKind, kind_of
from .models import OutboxMessage

MOST = 100  # the latest
COLUMNS = ("kind", "about", "status", "due_at", "finished_at", "parts_sent", "sending", "outcome")
OF_TEXTS = {Outcome.DELIVERED: Fate.DELIVERED, Outcome.FAILED: Fate.NOT_DELIVERED}
# What the row says about whatever has not left.
OF_REST = {
    MessageStatus.WAITING: Fate.WAITING,
    MessageStatus.UNKNOWN: Fate.UNKNOWN,
    MessageStatus.DEAD: Fate.GIVEN_UP,
    MessageStatus.DROPPED: Fate.DROPPED,
}


class Part(NamedTuple):
    """``channel`` is empty while nobody knows yet by which way it goes."""

    channel: str
    fate: Fate


@dataclass(frozen=True, slots=True)
class Told:
    """One message. ``about``: what the caller asked for; ``at``: when it left or was given up; for one that waits,
    when it is due."""

    about: UUID
    kind: str
    title: Promise | str
    at: datetime
    parts: list[Part]


def messages_about(ids: Iterable[UUID], by_kind: Mapping[str, Mapping[int, UUID]] | None = None) -> list[Told]:
    """The scope's organisation's messages about these, the latest first: one query.

    ``by_kind``: rows of their own that some kinds are about (by id), and which of ``ids`` each belongs to.
    """
    by_kind = by_kind or {}
    wanted = Q(about__in=[str(one) for one in ids])
    for kind, rows in by_kind.items():
        wanted |= Q(kind=kind, about__in=[str(row) for row in rows])
    found = OutboxMessage.objects.filter(wanted, organisation_id=scope_organisation_id()).only(*COLUMNS)
    return [_told(message, by_kind) for message in found.order_by("-created_at")[:MOST]]


def _told(message: OutboxMessage, by_kind: Mapping[str, Mapping[int, UUID]]) -> Told:
    rows, at = by_kind.get(message.kind), message.finished_at or message.due_at
    about = rows[int(message.about)] if rows else UUID(message.about)
    return Told(about, message.kind, _title(message.kind), at, _parts(message))


def _title(kind: str) -> Promise | str:
    try:
        return kind_of(kind).title or _("Message")
    except UnknownKind:  # of another release
        return _("Message")


def _parts(message: OutboxMessage) -> list[Part]:
    sent = [_channel(name) for name in message.parts_sent.split()]
    parts = [Part(channel, _fate_of_sent(channel, message.outcome)) for channel in sent]
    rest = OF_REST.get(MessageStatus(message.status))
    return [*parts, Part(_channel(message.sending), rest)] if rest else parts


def _channel(name: str) -> str:
    """The second e-mail of a message is called ``email-2``."""
    return name.partition("-")[0]


def _fate_of_sent(channel: str, outcome: str) -> Fate:
    return OF_TEXTS.get(Outcome(outcome), Fate.SENT) if outcome and channel == Channel.SMS else Fate.SENT
