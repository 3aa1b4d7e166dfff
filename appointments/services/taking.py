"""Take the resources of a visit: lock, look again, decide, write. The exclusion constraint is the truth."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import DatabaseError, connections

from accounts.models import Organisation
from appointments.models import Occupancy
from appointments.selectors.availability import Fit, fit_slot, free_slots, is_offered
from doctolib.tenancy.scopes import require_scope, visitor_scope
from doctolib.violations import EXCLUSION, NO_AGREEMENT, sqlstate

from .refusals import NearSlot, NoAgreement, NotOffered, SlotTaken

NEAREST = 6  # free times named in a refusal
NEAR_DAYS = 14

# Bookings that could want the same resource queue here in the order of ids; without it overlapping inserts deadlock
# inside the exclusion constraint. Advisory, so that a scope needs no right to change a resource.
LOCK = """
SELECT pg_advisory_xact_lock(id) FROM (
    SELECT %(calendar)s::bigint AS id
    UNION
    SELECT alternative.resource_id
    FROM appointments_requirement AS requirement
    JOIN appointments_requiredresource AS alternative
        ON alternative.organisation_id = requirement.organisation_id AND alternative.requirement_id = requirement.id
    WHERE requirement.reason_id = %(reason)s::bigint
    ORDER BY id) AS resources
"""


def lock_resources(*, calendar_id: int, reason_id: int) -> None:
    """Until the end of the transaction, nobody else decides about this calendar or what the reason may need."""
    with connections[require_scope().database].cursor() as cursor:
        cursor.execute(LOCK, {"calendar": calendar_id, "reason": reason_id})


def release_expired(*, calendar_id: int, reason_id: int, starts_at: datetime, now: datetime) -> None:
    """Take expired holds out of the way, around this time, on all resources the visit may need."""
    day = timedelta(days=1)
    with connections[require_scope().database].cursor() as cursor:
        cursor.execute(
            "SELECT sec.release_expired(array_prepend(%s::bigint, ARRAY("
            " SELECT a.resource_id FROM appointments_requirement r JOIN appointments_requiredresource a"
            " ON a.organisation_id = r.organisation_id AND a.requirement_id = r.id WHERE r.reason_id = %s::bigint)),"
            " %s, %s, %s)",
            [calendar_id, reason_id, starts_at - day, starts_at + day, now],
        )


def find_fit(
    *,
    calendar_id: int,
    reason_id: int,
    starts_at: datetime,
    now: datetime,
    online: bool,
    before: Callable[[], object] | None = None,
) -> Fit:
    """Lock the resources of a visit and say which of them it gets. Raises NotOffered when a rule or a taken time
    stands against it (the caller, outside the transaction, tells the two apart)."""
    lock_resources(calendar_id=calendar_id, reason_id=reason_id)
    release_expired(calendar_id=calendar_id, reason_id=reason_id, starts_at=starts_at, now=now)
    if before:
        before()
    fit = fit_slot(reason_id=reason_id, calendar_id=calendar_id, starts_at=starts_at, now=now, online=online)
    if fit is None:
        raise NotOffered
    return fit


def occupy(fit: Fit, **columns) -> None:
    """Write one occupancy row a resource. When someone who does not lock (a KIS) was first, the constraint's violation
    ends the transaction and leaves it as SlotTaken (refusals_explained)."""
    insert_rows(
        [
            Occupancy(resource_id=resource, starts_at=fit.occupied_from, ends_at=fit.occupied_until, **columns)
            for resource in fit.resource_ids
        ]
    )


def insert_rows(rows: list[Occupancy]) -> None:
    """INSERT without RETURNING: a role that may not read what it writes can still write it."""
    columns = [field for field in Occupancy._meta.concrete_fields if field.name != "id"]
    connection = connections[require_scope().database]
    values = ", ".join(["(" + ", ".join(["%s"] * len(columns)) + ")"] * len(rows))
    names = ", ".join(connection.ops.quote_name(str(field.column)) for field in columns)
    parameters = [field.get_db_prep_save(getattr(row, field.attname), connection) for row in rows for field in columns]
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {Occupancy._meta.db_table} ({names}) VALUES {values}", parameters)


def nearest_free(
    organisation: Organisation,
    *,
    reason_id: int,
    calendar_id: int,
    around: datetime,
    now: datetime,
    online: bool = True,
) -> tuple[NearSlot, ...]:
    """The free times of this calendar that are nearest to a moment, in order of time. Enters a visitor scope."""
    zone = ZoneInfo(organisation.time_zone)
    first = max(around, now).astimezone(zone).date()
    with visitor_scope(organisation):
        found = free_slots(
            reason_id=reason_id,
            calendar_ids=[calendar_id],
            first_day=max(now.astimezone(zone).date(), first - timedelta(days=3)),
            last_day=first + timedelta(days=NEAR_DAYS),
            now=now,
            online=online,
        )
    starts = sorted(found.get(calendar_id, []), key=lambda start: abs(start - around))[:NEAREST]
    return tuple(NearSlot(calendar_id, start) for start in sorted(starts))


@contextmanager
def refusals_explained(
    organisation: Organisation,
    *,
    reason_id: int,
    calendar_id: int,
    starts_at: datetime,
    now: datetime,
    online: bool = True,
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
    nearest = nearest_free(organisation, around=starts_at, **slot)
    if kind is NotOffered and _only_taken(organisation, starts_at=starts_at, **slot):
        kind = SlotTaken
    raise kind(nearest) from error


def _only_taken(organisation: Organisation, *, starts_at: datetime, **slot) -> bool:
    with visitor_scope(organisation):
        return is_offered(starts_at=starts_at, **slot)
