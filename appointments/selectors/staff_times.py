"""What staff see of one time: free, outside opening hours, taken, absent. Runs in an organisation scope."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db.models import Q
from psycopg.types.numeric import Int8

from appointments.models import Absence, Appointment, Occupancy
from doctolib import prepared
from doctolib.tenancy.scopes import require_scope

from . import staff_times_sql
from .availability import GROUP_PLACE, Fit, assign, local_date, question, run
from .staff_times_sql import FREE_LANE

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Look:
    """One time in one calendar. ``fit`` says what the visit would take; where something is taken, of the resources
    that are free as many as possible."""

    fit: Fit
    is_inside: bool  # opening hours, for this reason
    is_present: bool  # no absence
    is_free: bool  # the calendar, buffers and ways between sites included
    is_equipped: bool  # rooms and devices


def look_at(
    *,
    calendar_id: int,
    reason_id: int,
    starts_at: datetime,
    minutes: int | None,
    now: datetime,
    prefer: Sequence[int] = (),
) -> Look | None:
    """None: the calendar is not in use, does not offer the reason, or the day is over. One query, two for a group.

    ``prefer``: rooms and devices that are taken before others, the first of all first.
    """
    day = local_date(starts_at)
    asked = question(reason_id, [calendar_id], day, day, now, online=False, minutes=minutes)
    rows = run(staff_times_sql.LOOK, {**asked, "starts_at": starts_at}) if asked["days"] else []
    if not rows:
        return None
    _id, duration, before, until, site_id, joins, needs, *free_and_all, inside, free, present, room, enough = rows[0]
    start = starts_at.astimezone(UTC)
    times = (start, start + duration, start - before, start + until)
    fit, equipped = _fit(calendar_id, times, site_id, prefer, needs, *free_and_all)
    if joins:
        place = [Int8(calendar_id), Int8(reason_id), times[2], times[3], now]
        shared, lane = prepared.rows(GROUP_PLACE, place, using=require_scope().database)[0]
        fit, equipped = Fit(*times, tuple(shared), site_id, lane), True
    return Look(fit, bool(inside), bool(present), bool(free), equipped and bool(joins or (room and enough)))


def _fit(calendar_id, times, site_id, prefer, needs, free_needs, free, every_need, every) -> tuple[Fit, bool]:
    """The visit with rooms and devices of its own, or, where they do not suffice, with shared ones."""
    by_need: dict[int, list[int]] = {need: [] for need in needs}
    for need, resource in zip(free_needs or (), free or (), strict=True):
        by_need[need].append(resource)
    rank = {resource: at for at, resource in enumerate(prefer)}
    for resources in by_need.values():
        resources.sort(
            key=lambda resource: rank.get(resource, len(prefer))
        )  # stable: the rest stays in the order of ids
    chosen = assign(list(by_need.values()))
    if chosen is not None:
        return Fit(*times, (calendar_id, *chosen), site_id), True
    for need, resource in zip(every_need or (), every or (), strict=True):
        if resource not in by_need[need]:
            by_need[need].append(resource)
    used: list[int] = []
    for resources in by_need.values():
        used += [each for each in resources if each not in used][:1]
    return Fit(*times, (calendar_id, *used), site_id), False


def in_next_lane(fit: Fit) -> Fit:
    """The same beside what is there already. The resources are claimed."""
    asked = [[Int8(each) for each in fit.resource_ids], fit.occupied_from, fit.occupied_until]
    ((lane,),) = prepared.rows(FREE_LANE, asked, using=require_scope().database)
    return replace(fit, lane=lane)


def who_is_there(calendar_id: int, fit: Fit, *, besides: UUID | None = None) -> tuple[datetime, datetime] | None:
    """When the first visit, hold or block begins and ends that this one would meet in the calendar."""
    rows: Sequence = (
        Occupancy.objects.filter(
            Q(appointment__isnull=True) | ~Q(appointment_id=besides),
            resource_id=calendar_id,
            starts_at__gt=fit.occupied_from - DAY,
            starts_at__lt=fit.occupied_until,
            ends_at__gt=fit.occupied_from,
        )
        .order_by("starts_at")
        .values_list("appointment__starts_at", "appointment__ends_at", "starts_at", "ends_at")[:1]
    )
    return next(((own or starts, until or ends) for own, until, starts, ends in rows), None)


def waited_minutes(appointment: Appointment, *, now: datetime) -> int | None:
    """From arriving to being seen, or until now; None for somebody who has not come."""
    if appointment.arrived_at is None:
        return None
    return int(((appointment.started_at or now) - appointment.arrived_at) / timedelta(minutes=1))


def absent_until(calendar_id: int, fit: Fit) -> datetime | None:
    return (
        Absence.objects.filter(resource_id=calendar_id, starts_at__lt=fit.ends_at, ends_at__gt=fit.starts_at)
        .order_by("-ends_at")
        .values_list("ends_at", flat=True)
        .first()
    )
