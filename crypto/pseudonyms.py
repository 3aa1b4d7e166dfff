"""What stands in for a value whose key is not to be had: the same for a row each time, and telling nothing of it."""

import hashlib
from datetime import date
from typing import Any

from django.db.models import Model

from .values import ReadOnlyDict

BLANK = "-----"
BIRTH_DATE = date(1901, 1, 1)
PHONE = "080000000000"
EMAIL = "-----@-----"


def _letter(instance: Model, part: int) -> str:
    # From the row's id alone: whoever sees the pseudonym sees the id, too, and no letter of the name is in it.
    return chr(ord("A") + hashlib.sha256(f"{part} {instance.pk}".encode()).digest()[0] % 26)


def first_name(instance: Model) -> str:
    return f"{_letter(instance, 1)}{BLANK}"


def last_name(instance: Model) -> str:
    return f"{_letter(instance, 2)}{BLANK}"


def full_name(instance: Model) -> str:
    """For example ``M----- K-----``."""
    return f"{first_name(instance)} {last_name(instance)}"


BY_KEY: dict[str, Any] = {
    "first_name": first_name,
    "last_name": last_name,
    "name": full_name,
    "birth_date": BIRTH_DATE.isoformat(),
    "phone": PHONE,
    "email": EMAIL,
}


class PseudonymDict(ReadOnlyDict):
    """Any key that is asked for is there."""

    def __missing__(self, key: str) -> str:
        return BLANK


def by_key(instance: Model, given: dict[str, Any]) -> PseudonymDict:
    """The pseudonym of a sealed JSON value; ``given`` adds to BY_KEY, values may be callables of the instance."""
    pairs = {**BY_KEY, **given}.items()
    return PseudonymDict({key: value(instance) if callable(value) else value for key, value in pairs})
