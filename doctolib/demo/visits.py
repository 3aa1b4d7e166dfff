"""Invented visits with what they occupy, before they are written all at once."""

import random
from bisect import bisect_right, insort
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from accounts.models import Site
from appointments.enums import AppointmentStatus, CancelledBy, OccupancyStatus, Origin
from appointments.models import Appointment, Calendar, Occupancy, Resource, VisitReason
from patients.models import Patient

NOTES = (
    "Kommt mit dem Rollstuhl, braucht Hilfe beim Umkleiden.",
    "Bringt die Tochter als Dolmetscherin mit.",
    "Vorbefunde aus Gießen sind angefordert.",
    "Möchte vorher kurz anrufen.",
)
Offer = tuple[VisitReason, list[list[Resource]]]  # a reason, and sets of alternative resources


@dataclass
class Busy:
    """What is taken of one resource, as sorted starts and ends."""

    starts: list[datetime] = field(default_factory=list)
    ends: dict[datetime, datetime] = field(default_factory=dict)

    def free(self, starts: datetime, ends: datetime) -> bool:
        place = bisect_right(self.starts, starts)
        before = place and self.ends[self.starts[place - 1]] > starts
        after = place < len(self.starts) and self.starts[place] < ends
        return not (before or after)

    def take(self, starts: datetime, ends: datetime) -> None:
        insort(self.starts, starts)
        self.ends[starts] = ends


@dataclass
class Plan:
    """One calendar with what it offers."""

    calendar: Calendar
    offers: list[Offer]
    weekdays: set[int]
    branch: Site | None = None  # where some of its mornings are


class Book:
    """All visits so far."""

    def __init__(self, randomness: random.Random) -> None:
        self.randomness = randomness
        self.busy: dict[int, Busy] = defaultdict(Busy)
        self.appointments: list[Appointment] = []
        self.occupancy: list[Occupancy] = []

    def enter(
        self, plan: Plan, offer: Offer, patient: Patient, starts_at: datetime, *, site_id: int, **whole: Any
    ) -> datetime | None:
        """A visit, if its calendar and all it needs are free: until when they are taken. ``whole``: the series, chain
        or prescription it is part of."""
        reason, needs = offer
        ends_at = starts_at + timedelta(minutes=reason.duration)
        until = ends_at + timedelta(minutes=reason.buffer_after)
        resources = [plan.calendar.pk, *(self._first_free(group, starts_at, until) for group in needs)]
        if None in resources or not self.busy[plan.calendar.pk].free(starts_at, until):
            return None
        for resource in resources:
            self.busy[resource].take(starts_at, until)
        visit = self._visit(plan, reason, patient, starts_at, ends_at, whole)
        self.appointments.append(visit)
        if visit.status != AppointmentStatus.CANCELLED:
            self.occupancy += [
                Occupancy(
                    resource_id=resource,
                    starts_at=starts_at,
                    ends_at=until,
                    status=OccupancyStatus.BOOKED,
                    appointment=visit,
                    reason=reason,
                    site_id=site_id,
                )
                for resource in resources
            ]
        return until

    def write(self) -> None:
        Appointment.objects.bulk_create(self.appointments, batch_size=2000)
        Occupancy.objects.bulk_create(self.occupancy, batch_size=2000)

    def _first_free(self, group: list[Resource], starts_at: datetime, until: datetime) -> int | None:
        return next((each.pk for each in group if self.busy[each.pk].free(starts_at, until)), None)

    def _visit(self, plan, reason, patient, starts_at, ends_at, whole) -> Appointment:
        origin = Origin.ONLINE if self.randomness.random() < 0.45 and not whole else Origin.STAFF
        note = self.randomness.choice(NOTES) if self.randomness.random() < 0.04 else ""
        return Appointment(
            calendar=plan.calendar,
            reason=reason,
            patient=patient,
            starts_at=starts_at,
            ends_at=ends_at,
            origin=origin,
            details={"note": note} if note else None,
            has_note=bool(note),
            **_so_far(starts_at, ends_at, self.randomness),
            **whole,
        )


def _so_far(starts_at: datetime, ends_at: datetime, randomness: random.Random) -> dict[str, Any]:
    """How far a visit is at this moment: most are done or ahead, some people sit in the waiting room."""
    now, early, late = datetime.now(UTC), randomness.randrange(3, 25), randomness.randrange(0, 12)
    fate = randomness.random()  # drawn always: what is drawn next must not depend on the time of day
    arrived_at = starts_at - timedelta(minutes=early)
    started_at = min(starts_at + timedelta(minutes=late), ends_at - timedelta(minutes=1))
    if ends_at <= now:
        if fate < 0.04:
            return {"status": AppointmentStatus.NO_SHOW}
        if fate < 0.1:
            by = CancelledBy.PATIENT if fate < 0.08 else CancelledBy.STAFF
            cancelled_at = starts_at - timedelta(hours=3 * early)
            return {"status": AppointmentStatus.CANCELLED, "cancelled_at": cancelled_at, "cancelled_by": by}
        return {"status": AppointmentStatus.DONE, "arrived_at": arrived_at, "started_at": started_at}
    if started_at <= now:
        return {"status": AppointmentStatus.IN_TREATMENT, "arrived_at": arrived_at, "started_at": started_at}
    if arrived_at <= now:
        return {"status": AppointmentStatus.ARRIVED, "arrived_at": arrived_at}
    return {"status": AppointmentStatus.BOOKED}
