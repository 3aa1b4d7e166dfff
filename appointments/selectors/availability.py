"""Free times: opening hours × reason × rules − taken times, computed at the moment of asking, never stored.

Everything runs in a scope of the clinic: visitor, booking, patient or organisation. One SQL statement answers for all
calendars and days (availability_sql.py); what it means is in docs/decisions/0003-availability.md.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from psycopg.types.numeric import Int4, Int8

from accounts.models import Organisation
from doctolib import prepared
from doctolib.tenancy.scopes import require_scope

from . import availability_sql
from .local_days import is_holiday, local_day

MAX_DAYS = 400  # in one question
CLINIC_LIFETIME = 60  # seconds
NEAR = (0, 2, 7)  # days from the first at which ``next_free`` begins to ask
GROUP_PLACE = "SELECT resources, lane FROM sec.group_place($1, $2, $3, $4, $5)"


@dataclass(frozen=True, slots=True)
class Fit:
    """A free start with the resources it takes: the calendar first, then a room or device for each requirement."""

    starts_at: datetime
    ends_at: datetime
    occupied_from: datetime
    occupied_until: datetime
    resource_ids: tuple[int, ...]
    site_id: int | None = None
    lane: int = 0  # above 0: one more of a group


@dataclass(frozen=True, slots=True)
class Clinic:
    """What availability needs of an organisation."""

    zone: ZoneInfo
    federal_state: str
    closed_on_holidays: bool


def free_slots(
    *,
    reason_id: int,
    calendar_ids: Sequence[int],
    first_day: date,
    last_day: date,
    now: datetime,
    online: bool = True,
    minutes: int | None = None,
) -> dict[int, list[datetime]]:
    """The free starts (UTC, ascending) of each calendar asked for, on the clinic's local days first_day to last_day.

    ``online``: what patients may book. Staff (False) also see hours, reasons and calendars that are not released
    online, without minimum notice and horizon. Past times never come. A calendar that is not to be had (another
    clinic's, inactive, without the reason) has no starts. ``minutes``: as long as that instead of as usual. Raises
    ValueError beyond MAX_DAYS days.
    """
    return starts_of(calendar_ids, question(reason_id, calendar_ids, first_day, last_day, now, online, minutes))


def starts_of(calendar_ids: Sequence[int], asked: dict[str, Any]) -> dict[int, list[datetime]]:
    """The answer of ``free_slots`` to a question."""
    found: dict[int, list[datetime]] = {calendar_id: [] for calendar_id in calendar_ids}
    for calendar_id, starts in run(availability_sql.FREE_SLOTS, asked) if asked["days"] else ():
        earlier = found[calendar_id]  # at another site
        found[calendar_id] = sorted({*earlier, *starts}) if earlier else starts
    return found


def next_free(
    *,
    reason_id: int,
    calendar_ids: Sequence[int],
    first_day: date,
    last_day: date,
    now: datetime,
    online: bool = True,
) -> dict[int, datetime]:
    """The first free start of each calendar that has one in these days; otherwise as ``free_slots``.

    Asks for the near days first, and for the later ones only who had nothing free: one to three statements.
    """
    first: dict[int, datetime] = {}
    for near, far in zip(NEAR, (*NEAR[1:], None), strict=True):
        waiting = [calendar_id for calendar_id in calendar_ids if calendar_id not in first]
        begin = max(first_day, now.astimezone(_clinic().zone).date()) + timedelta(days=near)
        end = last_day if far is None else min(last_day, begin + timedelta(days=far - near - 1))
        asked = question(reason_id, waiting, begin, end, now, online)
        for calendar_id, starts_at in run(availability_sql.NEXT_FREE, asked) if waiting and asked["days"] else ():
            if starts_at is not None:
                first[calendar_id] = min(starts_at, first.get(calendar_id, starts_at))
    return first


def fit_slot(
    *, reason_id: int, calendar_id: int, starts_at: datetime, now: datetime, online: bool = True
) -> Fit | None:
    """The resources that a visit at this start would take, or None when ``free_slots`` would not offer it.

    Of each requirement's free alternatives the one with the lowest id is taken, in the order of the requirements' ids,
    as far as the others still get one.
    """
    day = local_date(starts_at)
    asked = question(reason_id, [calendar_id], day, day, now, online)
    rows = run(availability_sql.FIT_SLOT, {**asked, "starts_at": starts_at}) if asked["days"] else []
    if not rows:
        return None
    return fit_of(calendar_id, reason_id, starts_at.astimezone(UTC), rows[0][1:], now)


def fit_of(calendar_id: int, reason_id: int, start: datetime, row: Sequence[Any], now: datetime) -> Fit:
    """What a visit takes, from the columns of availability_sql.FIT."""
    duration, before, until, site_id, joins, requirements, owners, resources = row
    times = (start, start + duration, start - before, start + until)
    if joins:
        place = [Int8(calendar_id), Int8(reason_id), times[2], times[3], now]
        shared, lane = prepared.rows(GROUP_PLACE, place, using=require_scope().database)[0]
        return Fit(*times, tuple(shared), site_id, lane)
    free: dict[int, list[int]] = {requirement: [] for requirement in requirements}
    for requirement, resource in zip(owners or (), resources or (), strict=True):
        free[requirement].append(resource)
    chosen = assign(list(free.values()))
    assert chosen is not None  # the statement lets no start stay where this fails
    return Fit(*times, (calendar_id, *chosen), site_id)


def is_offered(*, reason_id: int, calendar_id: int, starts_at: datetime, now: datetime, online: bool = True) -> bool:
    """Would this start be free if nobody had taken anything? Tells "someone was faster" from "not offered"."""
    day = local_date(starts_at)
    asked = question(reason_id, [calendar_id], day, day, now, online)
    return bool(asked["days"] and run(availability_sql.OFFERED, {**asked, "starts_at": starts_at}))


def what_rules_say(
    *, reason_id: int, calendar_id: int, starts_at: datetime, now: datetime, online: bool = True
) -> dict[str, bool]:
    """Each rule's name and whether it lets this start stay; empty when no opening hours lead there that day."""
    day = local_date(starts_at)
    asked = question(reason_id, [calendar_id], day, day, now, online)
    rows = run(availability_sql.EXPLAIN, {**asked, "starts_at": starts_at}) if asked["days"] else []
    if not rows:
        return {}
    best = max(rows, key=sum)  # of several sites the one that comes nearest
    return {rule.name: says for rule, says in zip(availability_sql.EXPLAINED, best[1:], strict=True)}


def local_date(instant: datetime) -> date:
    """The day on which it is at the clinic."""
    return instant.astimezone(_clinic().zone).date()


def assign(choices: list[list[int]], used: frozenset[int] = frozenset()) -> tuple[int, ...] | None:
    """One of each list, all different, the lowest first; None when there is no such choice."""
    if not choices:
        return ()
    for resource in choices[0]:
        if resource not in used and (rest := assign(choices[1:], used | {resource})) is not None:
            return (resource, *rest)
    return None


def question(
    reason_id: int,
    calendar_ids: Iterable[int],
    first_day: date,
    last_day: date,
    now: datetime,
    online: bool,
    minutes: int | None = None,
) -> dict[str, Any]:
    """What the statements ask for, but for ``starts_at``. Without any days when all of them are past."""
    if (last_day - first_day).days >= MAX_DAYS:
        raise ValueError(f"More than {MAX_DAYS} days in one question.")
    first_day = max(first_day, local_date(now))
    days = [first_day + timedelta(days=number) for number in range((last_day - first_day).days + 1)]
    return question_on(reason_id, calendar_ids, days, now, online, minutes)


def question_on(
    reason_id: int,
    calendar_ids: Iterable[int],
    days: Iterable[date],
    now: datetime,
    online: bool,
    minutes: int | None = None,
) -> dict[str, Any]:
    """As ``question``, of days that need not follow each other."""
    clinic = _clinic()
    today = now.astimezone(clinic.zone).date()
    days = sorted({day for day in days if day >= today})
    closed = clinic.closed_on_holidays
    local = [local_day(clinic.zone, day) for day in days]
    # Always the same types: plain ints travel as small as they are, and each mixture would be planned anew.
    return {
        "reason_id": Int8(reason_id),
        "calendar_ids": [Int8(calendar_id) for calendar_id in calendar_ids],
        "online": online,
        "now": now.astimezone(UTC),
        "today": today,
        "clock": now.astimezone(clinic.zone).time(),
        "days": days,
        "midnights": [float(day.midnight) for day in local],
        "jumps": [Int4(day.jump) for day in local],
        "shifts": [Int4(day.shift) for day in local],
        "holidays": [closed and is_holiday(clinic.federal_state, day) for day in days],
        "minutes": None if minutes is None else Int4(minutes),
    }


def run(statement: str, question: dict[str, Any]) -> list[tuple]:
    """Run a statement on the scope's connection; planning it costs more than most answers, so it is prepared."""
    parameters = [question[name] for name in availability_sql.PARAMETERS if name in question]
    return prepared.rows(statement, parameters, using=require_scope().database, binary=True)


_clinics: dict[UUID, tuple[float, Clinic]] = {}


def _clinic() -> Clinic:
    """The scope's organisation, remembered for a minute: these three facts change once in years."""
    organisation_id = require_scope("visitor", "booking", "patient", "organisation").organisation_id
    assert organisation_id is not None
    until, clinic = _clinics.get(organisation_id, (0.0, None))
    if clinic is None or until < time.monotonic():
        zone, state, closed = Organisation.objects.values_list("time_zone", "federal_state", "closed_on_holidays").get(
            pk=organisation_id
        )
        clinic = Clinic(ZoneInfo(zone), state, closed)
        _clinics[organisation_id] = (time.monotonic() + CLINIC_LIFETIME, clinic)
    return clinic


def forget_clinics() -> None:
    """Forget what is remembered of all clinics: for tests that change them."""
    _clinics.clear()
