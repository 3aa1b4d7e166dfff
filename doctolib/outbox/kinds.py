"""The kinds of messages. Higher apps register how theirs are written; the outbox imports none of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from .enums import Priority


@dataclass(frozen=True, slots=True)
class Rendered:
    """One part of a message, ready to leave by one channel (a key of settings.OUTBOX_CHANNELS).

    ``calendar``: an iCalendar object that goes with an e-mail; its METHOD stands in it.
    """

    channel: str
    to: str
    subject: str
    body: str
    html: str = ""
    calendar: bytes = b""

    def __repr__(self) -> str:  # the generated one would put a patient's address into a traceback
        return f"<Rendered {self.channel}>"


Renderer = Callable[[str, Any], list[Rendered]]


@dataclass(frozen=True, slots=True)
class Kind:
    """How messages of a kind are written and treated.

    ``again``: when nobody knows whether one has left (a worker died while sending), it is sent again: two codes do no
    harm. Otherwise the provider is asked first. ``title``: what people call such a message.
    """

    render: Renderer
    priority: Priority
    again: bool
    title: Promise | str = ""


class UnknownKind(LookupError):
    """Nobody registered how to write this kind of message."""


_kinds: dict[str, Kind] = {}


def register(
    kind: str,
    render: Renderer,
    *,
    priority: Priority = Priority.SOON,
    again: bool = True,
    title: Promise | str = "",
) -> None:
    """Say how messages of a kind are written; called by AppConfig.ready.

    ``render(about, payload)`` runs when the message is sent, in a scope of its organisation (a message of the platform:
    with the platform's keys). It looks at what is true by then and answers the parts that shall leave; none when the
    message is no longer true or no longer wanted. Writing needs no network.
    """
    if _kinds.setdefault(kind, Kind(render, priority, again, title)).render is not render:
        raise ValueError(f"The message kind {kind!r} is registered twice.")


def kind_of(kind: str) -> Kind:
    """Raises UnknownKind."""
    try:
        return _kinds[kind]
    except KeyError:
        raise UnknownKind(f"No message kind {kind!r} is registered.") from None
