"""The kinds of messages. Higher apps register how theirs are written; the outbox imports none of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Rendered:
    """One part of a message, ready to leave by one channel (a key of settings.OUTBOX_CHANNELS)."""

    channel: str
    to: str
    subject: str
    body: str
    html: str = ""

    def __repr__(self) -> str:  # the generated one would put a patient's address into a traceback
        return f"<Rendered {self.channel}>"


Renderer = Callable[[str, Any], list[Rendered]]


class UnknownKind(LookupError):
    """Nobody registered how to write this kind of message."""


_renderers: dict[str, Renderer] = {}


def register(kind: str, render: Renderer) -> None:
    """Say how messages of a kind are written; called by AppConfig.ready.

    ``render(about, payload)`` runs when the message is sent, in a scope of its organisation (a message of the platform:
    with the platform's keys). It looks at what is true by then and answers the parts that shall leave; none when the
    message is no longer true or no longer wanted. Writing needs no network.
    """
    if _renderers.setdefault(kind, render) is not render:
        raise ValueError(f"The message kind {kind!r} is registered twice.")


def renderer(kind: str) -> Renderer:
    """Raises UnknownKind."""
    try:
        return _renderers[kind]
    except KeyError:
        raise UnknownKind(f"No message kind {kind!r} is registered.") from None
