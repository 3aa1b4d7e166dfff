"""Values everyone may import."""

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class MessageStatus(TextChoices):
    WAITING = "waiting", _("Waiting")
    UNKNOWN = "unknown", _("Unknown whether it was sent")
    SENT = "sent", _("Sent")
    DROPPED = "dropped", _("Not sent: no longer true, or no consent")
    DEAD = "dead", _("Given up")


# What somebody still has to do something about.
OPEN = (MessageStatus.WAITING, MessageStatus.UNKNOWN)


class Priority(IntegerChoices):
    """Smaller goes first."""

    URGENT = 0, _("Someone waits for it")  # codes
    SOON = 1, _("Soon")  # confirmations and other answers to what somebody did
    BULK = 2, _("In its turn")  # reminders: many at once


class Channel(TextChoices):
    """The ways to people, as they are called."""

    SMS = "sms", "SMS"
    EMAIL = "email", _("Email")


class Fate(TextChoices):
    """What became of one part of a message, as people are told (history)."""

    WAITING = "waiting", pgettext_lazy("message", "waiting")
    SENT = "sent", pgettext_lazy("message", "sent")
    DELIVERED = "delivered", pgettext_lazy("message", "delivered")
    NOT_DELIVERED = "not_delivered", pgettext_lazy("message", "not delivered")
    UNKNOWN = "unknown", pgettext_lazy("message", "not known whether it was sent")
    GIVEN_UP = "given_up", pgettext_lazy("message", "given up, could not be sent")
    DROPPED = "dropped", pgettext_lazy("message", "not sent, no longer true or not wanted")


class Outcome(TextChoices):
    """What a provider says became of an SMS, in the order in which that is heard."""

    ACCEPTED = "accepted", _("Taken by the provider")
    DELIVERED = "delivered", _("Delivered")
    FAILED = "failed", _("Not delivered")
