"""Take the resources of a visit: lock, look again, decide, write. The exclusion constraint is the truth."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import DatabaseError
from psycopg.types.numeric import Int8

from accounts.models import Organisation
from appointments.models import Occupancy
from appointments.selectors.availability import Fit, fit_slot, free_slots, is_offered
from appointments.selectors.slots import Slot
from doctolib import prepared
from doctolib.tenancy.scopes import require_scope, visitor_scope
from doctolib.violations import EXCLUSION, NO_AGREEMENT, sqlstate

from .refusals import NearSlot, NoAgreement, NotOffered, SlotTaken

NEAREST = 6  # free times named in a refusal
NEAR_DAYS = 14

# What a visit may take: its calendar, and every alternative of what its reason requires.
MAY_TAKE = """
    SELECT $1::bigint AS id
    UNION
    SELECT alternative.resource_id
    FROM appointments_requirement AS requirement
    JOIN appointments_requiredresource AS alternative
        ON alternative.organisation_id = requirement.organisation_id AND alternative.requirement_id = requirement.id
    WHERE requirement.reason_id = $2::bigint"""
# Bookings that could want the same resource queue here in the order of ids; without it overlapping inserts deadlock
# inside the exclusion constraint. Advisory, so that a scope needs no right to change a resource. Then expired holds
# around this time give way: the function looks with a snapshot of its own, taken when the locks are there.
CLAIM = f"""
SELECT sec.release_expired(
    ARRAY(SELECT id FROM ({MAY_TAKE} ORDER BY id) AS resources WHERE pg_advisory_xact_lock(id) IS NOT NULL),
    $3, $4, $5)"""
# The same for several calendars with their reasons and a longer time: still one order of locks for everybody.
CLAIM_MANY = CLAIM.replace(
    MAY_TAKE,
    """
    SELECT unnest($1::bigint[]) AS id
    UNION
    SELECT alternative.resource_id
    FROM appointments_requirement AS requirement
    JOIN appointments_requiredresource AS alternative
        ON alternative.organisation_id = requirement.organisation_id AND alternative.requirement_id = requirement.id
    WHERE requirement.reason_id = ANY ($2::bigint[])""",
)


# The same queue for resources that are named: hours and absences are set behind the bookings that are under way.
CLAIM_EXACTLY = """
SELECT pg_advisory_xact_lock(id)::text FROM (SELECT unnest($1::bigint[]) AS id ORDER BY id) AS resources"""
DAY = timedelta(days=1)


def current_organisation() -> Organisation:
    organisation_id = require_scope().organisation_id
    assert organisation_id is not None  # only a person's scope has none
    return Organisation.objects.get(pk=organisation_id)


def claim_resources(*, calendar_id: int, reason_id: int, starts_at: datetime, now: datetime) -> None:
    """From the next statement until the end of the transaction, nobody else decides about this calendar or what the
    reason may need."""
    parameters = [Int8(calendar_id), Int8(reason_id), starts_at - DAY, starts_at + DAY, now]
    prepared.ask(CLAIM, parameters, using=require_scope().database)


def claim_many(*, slots: Iterable[Slot], now: datetime) -> None:
    """As ``claim_resources`` for all of these at once, and whatever lies between them."""
    wanted = list(slots)
    starts = [slot.starts_at for slot in wanted]
    calendars = [Int8(pk) for pk in sorted({slot.calendar_id for slot in wanted})]
    reasons = [Int8(pk) for pk in sorted({slot.reason_id for slot in wanted})]
    parameters = [calendars, reasons, min(starts) - DAY, max(starts) + DAY, now]
    prepared.ask(CLAIM_MANY, parameters, using=require_scope().database)


def claim_exactly(resource_ids: Iterable[int]) -> None:
    """As ``claim_resources``, of these calendars, rooms and devices."""
    parameters = [[Int8(resource_id) for resource_id in resource_ids]]
    prepared.ask(CLAIM_EXACTLY, parameters, using=require_scope().database)


def find_fit(
    *,
    calendar_id: int,
    reason_id: int,
    starts_at: datetime,
    now: datetime,
    online: bool,
) -> Fit:
    """Which of the resources, claimed before, a visit gets. Raises NotOffered when a rule or a taken time stands
    against it (the caller, outside the transaction, tells the two apart)."""
    fit = fit_slot(reason_id=reason_id, calendar_id=calendar_id, starts_at=starts_at, now=now, online=online)
    if fit is None:
        raise NotOffered
    return fit


def occupy(fit: Fit, **columns) -> None:
    """Write one occupancy row a resource. When someone who does not lock (a KIS) was first, the constraint's violation
    ends the transaction and leaves it as SlotTaken (refusals_explained)."""
    prepared.insert(*occupancy_of(fit, **columns))


def occupancy_of(fit: Fit, **columns: Any) -> list[Occupancy]:
    """The rows, not yet written."""
    times = {"starts_at": fit.occupied_from, "ends_at": fit.occupied_until}
    return [
        Occupancy(resource_id=resource, lane=fit.lane, site_id=fit.site_id, **times, **columns)
        for resource in fit.resource_ids
    ]


def nearest_free(
    organisation: Organisation,
    *,
    reason_id: int,
    calendar_id: int,
    around: datetime,
    now: datetime,
    online: bool = True,
    others: Sequence[int] = (),
    minutes: int | None = None,
) -> tuple[NearSlot, ...]:
    """The free times of this calendar (and ``others``) that are nearest to a moment, in order of time, each once.
    Enters a visitor scope."""
    zone = ZoneInfo(organisation.time_zone)
    first = max(around, now).astimezone(zone).date()
    with visitor_scope(organisation):
        found = free_slots(
            reason_id=reason_id,
            calendar_ids=list(dict.fromkeys([calendar_id, *others])),
            first_day=max(now.astimezone(zone).date(), first - timedelta(days=3)),
            last_day=first + timedelta(days=NEAR_DAYS),
            now=now,
            online=online,
            minutes=minutes,
        )
    whose = {start: each for each in reversed(found) for start in found[each]}
    starts = sorted(whose, key=lambda start: abs(start - around))[:NEAREST]
    return tuple(NearSlot(whose[start], start) for start in sorted(starts))


@contextmanager
def refusals_explained(
    organisation: Organisation,
    *,
    reason_id: int,
    calendar_id: int,
    starts_at: datetime,
    now: datetime,
    online: bool = True,
    others: Sequence[int] = (),
) -> Iterator[None]:
    """Around the scope of a booking: a refusal leaves with the nearest free times, and "not offered" turns out as
    "taken" when only somebody else's booking stands against the time."""
    slot: dict[str, Any] = {"reason_id": reason_id, "calendar_id": calendar_id, "now": now, "online": online}
    try:
        yield
    except (SlotTaken, NotOffered) as refusal:
        error: Exception = refusal
        kind: type[SlotTaken | NotOffered] = type(refusal)
    except DatabaseError as violation:
        if sqlstate(violation) == NO_AGREEMENT:
            raise NoAgreement from violation
        if sqlstate(violation) != EXCLUSION:
            raise
        error, kind = violation, SlotTaken
    else:
        return
    nearest = nearest_free(organisation, around=starts_at, others=others, **slot)
    if kind is NotOffered and _only_taken(organisation, starts_at=starts_at, **slot):
        kind = SlotTaken
    raise kind(nearest) from error


def _only_taken(organisation: Organisation, *, starts_at: datetime, **slot) -> bool:
    with visitor_scope(organisation):
        return is_offered(starts_at=starts_at, **slot)
