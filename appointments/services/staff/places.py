"""Find a place for a visit as staff wish it, and say what stands against it."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import DatabaseError, transaction

from appointments.models import Appointment, Occupancy
from appointments.selectors.availability import Fit, local_date
from appointments.selectors.calendar import room_ids_of
from appointments.selectors.equipment import rooms_for
from appointments.selectors.series_dates import minutes_of
from appointments.selectors.slots import Slot
from appointments.selectors.staff_times import absent_until, in_next_lane, look_at, who_is_there
from appointments.services.refusals import NoAgreement
from appointments.services.taking import current_organisation, nearest_free
from doctolib.tenancy.scopes import require_scope
from doctolib.violations import EXCLUSION, NO_AGREEMENT, sqlstate

from .refusals import Absent, NotOfferedHere, OutsideHours, RoomTaken, StaffRefusal, TimeOver, TimeTaken, WrongRoom

OUTSIDE, OVERBOOK = "outside", "overbook"
ALLOW = (OUTSIDE, OVERBOOK)  # outside opening hours or in an absence; beside what is there already
NEAREST = 3


@dataclass(frozen=True, slots=True)
class Place:
    fit: Fit
    is_outside: bool = False
    is_overbooked: bool = False


def find_place(
    slot: Slot,
    *,
    now: datetime,
    allow: Collection[str] = (),
    besides: UUID | None = None,
    rooms: Sequence[int] = (),
) -> Place:
    """The resources that the visit gets; they have been claimed before. Raises StaffRefusal.

    ``besides``: the appointment that is moved; its own occupancy is gone already. ``rooms``: those that it had: it
    keeps them where it can.
    """
    _refuse_wrong_room(slot)
    if local_date(slot.starts_at) < local_date(now):
        raise TimeOver
    look = look_at(
        calendar_id=slot.calendar_id,
        reason_id=slot.reason_id,
        starts_at=slot.starts_at,
        minutes=slot.minutes,
        now=now,
        prefer=[slot.room_id, *rooms] if slot.room_id else rooms,
    )
    if look is None:
        raise NotOfferedHere
    if look.fit.ends_at <= now:
        raise TimeOver
    if OUTSIDE not in allow and not look.is_present:
        raise Absent(absent_until(slot.calendar_id, look.fit))
    if OUTSIDE not in allow and not look.is_inside:
        raise OutsideHours
    if slot.room_id and slot.room_id not in look.fit.resource_ids:
        raise RoomTaken
    is_outside = not (look.is_inside and look.is_present)
    if look.is_free and look.is_equipped:
        return Place(look.fit, is_outside)
    if OVERBOOK not in allow:
        raise TimeTaken(None if look.is_free else who_is_there(slot.calendar_id, look.fit, besides=besides))
    return Place(in_next_lane(look.fit), is_outside, is_overbooked=True)


def _refuse_wrong_room(slot: Slot) -> None:
    if slot.room_id is None:
        return
    fitting = list(rooms_for(slot.reason_id))
    if slot.room_id not in [room.pk for room in fitting]:
        raise WrongRoom([room.name for room in fitting])


@contextmanager
def refusals_with_times(slot: Slot, *, now: datetime) -> Iterator[None]:
    """Around the transaction of a change: a refusal leaves with the nearest free times. What the database refuses
    becomes a refusal of ours: someone who does not lock (a KIS) was first, or there is no agreement."""
    try:
        yield
        return
    except StaffRefusal as error:
        refusal: StaffRefusal = error
    except DatabaseError as violation:
        if sqlstate(violation) == NO_AGREEMENT:
            raise NoAgreement from violation
        if sqlstate(violation) != EXCLUSION:
            raise
        refusal = TimeTaken()
    if refusal.other_time:
        refusal.nearest = nearest(slot, now=now)
    raise refusal


def nearest(slot: Slot, *, now: datetime) -> tuple:
    found = nearest_free(
        current_organisation(),
        reason_id=slot.reason_id,
        calendar_id=slot.calendar_id,
        around=slot.starts_at,
        now=now,
        online=False,
        minutes=slot.minutes,
    )
    by_distance = sorted(found, key=lambda near: abs(near.starts_at - slot.starts_at))[:NEAREST]
    return tuple(sorted(by_distance, key=lambda near: near.starts_at))


def preview(slot: Slot, *, now: datetime, moving: Appointment | None = None) -> StaffRefusal | Place:
    """What ``find_place`` would say at this moment. Locks nothing, leaves nothing."""
    with transaction.atomic(using=require_scope("organisation").database):
        had: Sequence[int] = ()
        if moving is not None:
            had = room_ids_of(moving.pk)
            Occupancy.objects.filter(appointment=moving).delete()  # comes back below: its own time is not in its way
        try:
            return find_place(slot, now=now, besides=moving.pk if moving else None, rooms=had)
        except StaffRefusal as refusal:
            return refusal
        finally:
            transaction.set_rollback(True, using=require_scope().database)


def same_length(slot: Slot, appointment: Appointment) -> Slot:
    """A slot without a length, as long as the appointment is."""
    return slot if slot.minutes else replace(slot, minutes=minutes_of(appointment))
