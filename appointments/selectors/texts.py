"""A clinic's own texts and what it decided about its messages. In an organisation scope."""

from appointments.models import MessageSettings, MessageText
from patients.enums import Channel


def own_texts(kind: str, language: str) -> dict[Channel, MessageText]:
    """By channel; a channel without one gets the standard text."""
    return {Channel(text.channel): text for text in MessageText.objects.filter(kind=kind, language=language)}


def all_own_texts() -> list[MessageText]:
    return list(MessageText.objects.order_by("kind", "language", "channel"))


def message_settings() -> MessageSettings:
    """The clinic's; the defaults when it has said nothing."""
    return MessageSettings.objects.first() or MessageSettings()


def names_visit() -> bool:
    return message_settings().names_visit
