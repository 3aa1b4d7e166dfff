"""Values everyone may import."""

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _


class TokenKind(IntegerChoices):
    """What a blind token stands for. All are near-unique compounds at 128 bits, compared by equality only."""

    NAME_AND_BIRTH_DATE = 1  # phonetic surname + first name + birth date
    PHONE = 2
    EMAIL = 3
    INSURANCE_NUMBER = 4


class Insurance(TextChoices):
    STATUTORY = "statutory", _("Statutory insurance")
    PRIVATE = "private", _("Private insurance")
    SELF_PAYER = "self", _("Self-payer")


class DocumentKind(TextChoices):
    REFERRAL = "referral", _("Referral")
    OTHER = "other", _("Other document")


class DocumentOrigin(TextChoices):
    PATIENT = "patient", _("From the patient")
    CLINIC = "clinic", _("From the clinic")


class DocumentState(TextChoices):
    WAITING = "waiting", _("Being checked")  # for the virus scanner; nobody is given it
    READY = "ready", _("Ready")
    HARMFUL = "harmful", _("Harmful, deleted")  # the scanner found something; its file is gone


class ContactPurpose(TextChoices):
    """What a patient may be written to for, beside answers to what they did."""

    REMINDER = "reminder", _("Reminders of appointments")
    RECALL = "recall", _("Invitations to the next appointment")


class Channel(TextChoices):
    """The ways a message leaves, named as in settings.OUTBOX_CHANNELS."""

    EMAIL = "email", _("Email")
    SMS = "sms", _("Text message")


class ConsentSource(TextChoices):
    PATIENT = "patient", _("by the patient, online")
    STAFF = "staff", _("by the clinic, as the patient said")
