"""The short links of reminders and recalls: good for one purpose, about one row, until a day; signed.

Short, because an SMS is to be one part: purpose, row and day are a few letters, the signature is 72 bits long.
"""

import base64
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import TextChoices
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.http import base36_to_int, int_to_base36

SALT = "appointments.message-links"
FIRST_DAY = date(2026, 1, 1)
GOOD_FOR = timedelta(days=90)  # also what only stops messages does not work for ever: mails are forwarded


class Purpose(TextChoices):
    CANCEL = "c"  # the appointment of a reminder
    STOP_REMINDERS = "s"
    RECALL = "r"  # book, or stop recalls
    NOTICE = "n"  # stop what the notice was allowed as; after a visit also book


@dataclass(frozen=True, slots=True)
class MessageLink:
    purpose: Purpose
    row_id: int  # a Reminder; for RECALL a Recall, for NOTICE a Notice
    last_day: date


def link_token(organisation_id: UUID, purpose: Purpose, row_id: int, *, last_day: date) -> str:
    value = f"{purpose.value}{int_to_base36(row_id)}.{int_to_base36((last_day - FIRST_DAY).days)}"
    return f"{value}.{_signature(organisation_id, value, settings.SECRET_KEY)}"


def link_of_token(organisation_id: UUID, token: str) -> MessageLink | None:
    """None for a token that was not made here, for this clinic. The caller asks whether its last day is over."""
    value, _dot, signature = token.rpartition(".")
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    if not any(constant_time_compare(signature, _signature(organisation_id, value, key)) for key in keys):
        return None
    about, _dot, days = value.partition(".")
    last_day = FIRST_DAY + timedelta(days=base36_to_int(days))
    return MessageLink(Purpose(about[0]), base36_to_int(about[1:]), last_day)


def _signature(organisation_id: UUID, value: str, key: str) -> str:
    digest = salted_hmac(SALT, f"{organisation_id}:{value}", secret=key, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest[:9]).decode()
