"""What keys are for and what state they are in."""

from enum import StrEnum

from django.db.models import TextChoices


class Purpose(StrEnum):
    """What a data key is for. Keys of two purposes have nothing in common."""

    DATA = "data"  # sealed fields
    INDEX = "index"  # blind tokens
    FILE = "file"  # wraps the keys of files
    AUDIT = "audit"  # chains the audit trail


class KeyState(TextChoices):
    ACTIVE = "active"  # seals and opens
    RETIRED = "retired"  # only opens
    DESTROYED = "destroyed"  # opens nothing any more
