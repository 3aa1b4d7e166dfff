"""A time with anyone who is free: whoever has the least to do gets it, so equal calendars fill equally."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from psycopg.types.numeric import Int8

from accounts.models import Organisation
from appointments.models import Hold
from appointments.selectors.availability import free_slots
from doctolib import prepared
from doctolib.tenancy.scopes import require_scope, visitor_scope

from .holds import hold_slot
from .refusals import NotOffered, SlotTaken

LOAD = "SELECT calendar_id, visits FROM sec.load($1, $2, $3) ORDER BY visits, calendar_id"


def hold_with_anyone(
    *,
    organisation: Organisation,
    reason_id: int,
    calendar_ids: Sequence[int],
    starts_at: datetime,
    now: datetime,
    network: str,
    token: str = "",
) -> tuple[Hold, str]:
    """``hold_slot`` in the calendar that is free then and has the fewest visits for the reason to come.

    When others are faster the next one is tried. Raises as ``hold_slot``, the nearest times being everyone's.
    """
    slot: dict[str, Any] = {"reason_id": reason_id, "starts_at": starts_at, "now": now, "network": network}
    refusal: SlotTaken | NotOffered | None = None
    for calendar_id in _free_then(organisation, reason_id, calendar_ids, starts_at, now) or calendar_ids[:1]:
        try:
            return hold_slot(
                organisation=organisation, calendar_id=calendar_id, token=token, others=calendar_ids, **slot
            )
        except (SlotTaken, NotOffered) as error:
            refusal = error
    raise refusal or NotOffered


def _free_then(
    organisation: Organisation, reason_id: int, calendar_ids: Sequence[int], starts_at: datetime, now: datetime
) -> list[int]:
    """Those who are free at this moment, the least busy first."""
    day = starts_at.astimezone(organisation.zone).date()
    with visitor_scope(organisation):
        found = free_slots(reason_id=reason_id, calendar_ids=calendar_ids, first_day=day, last_day=day, now=now)
        free = [Int8(calendar_id) for calendar_id, starts in found.items() if starts_at in starts]
        if len(free) < 2:
            return [int(calendar_id) for calendar_id in free]
        rows = prepared.rows(LOAD, [free, Int8(reason_id), now], using=require_scope().database)
    return [calendar_id for calendar_id, _visits in rows]
