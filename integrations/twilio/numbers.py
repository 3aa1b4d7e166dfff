"""Which organisations wrote to a number lately, by keyed hashes of numbers."""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.db import DatabaseError

from crypto.errors import CryptoError
from crypto.keyring import PLATFORM_OWNER, platform_keys
from crypto.tokens import blind_token
from doctolib.outbox.claims import PLATFORM
from integrations.models import TextedNumber

logger = logging.getLogger(__name__)

KEPT = timedelta(days=30)


def remember(owner: str, number: str, *, now: datetime) -> None:
    """Note that a text of this owner (``channels.Reference``) has left. Whatever goes wrong: it has left."""
    if owner == PLATFORM:
        return
    try:
        row = TextedNumber(token=_token(number), organisation_id=UUID(owner), sent_at=now)
        unique = ["token", "organisation_id"]
        TextedNumber.objects.bulk_create([row], update_conflicts=True, unique_fields=unique, update_fields=["sent_at"])
    except (DatabaseError, CryptoError) as error:
        logger.warning("number of a text not noted: %s", type(error).__name__)


def organisations_that_wrote_to(number: str, *, now: datetime) -> list[UUID]:
    """In the last 30 days."""
    found = TextedNumber.objects.filter(token=_token(number), sent_at__gt=now - KEPT)
    return list(found.order_by("organisation_id").values_list("organisation_id", flat=True))


def forget_old(*, now: datetime) -> None:
    TextedNumber.objects.filter(sent_at__lte=now - KEPT).delete()


def _token(number: str) -> bytes:
    with platform_keys():
        return blind_token("texted-number", number, owner=PLATFORM_OWNER)
