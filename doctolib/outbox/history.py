"""What was sent about something, as staff may see it: what, by which way, when, and what became of it.

Never to whom, nor what it said: no payload is opened.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

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
    """One message. ``at``: when it left or was given up; for one that waits, when it is due."""

    about: UUID
    title: Promise | str
    at: datetime
    parts: list[Part]


def messages_about(ids: Iterable[UUID]) -> list[Told]:
    """The scope's organisation's messages about these, the latest first: one query."""
    found = OutboxMessage.objects.filter(organisation_id=scope_organisation_id(), about__in=[str(one) for one in ids])
    return [_told(message) for message in found.only(*COLUMNS).order_by("-created_at")[:MOST]]


def _told(message: OutboxMessage) -> Told:
    at = message.finished_at or message.due_at
    return Told(UUID(message.about), _title(message.kind), at, _parts(message))


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
