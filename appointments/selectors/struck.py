"""Appointments that a change of hours or an absence strikes, as its pages list them. In an organisation scope."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import Organisation
from appointments.enums import AppointmentStatus, OccupancyStatus
from appointments.models import Appointment, Hold, Occupancy, OpeningHours
from patients.selectors import name_of

from .blocks import is_inside
from .local_days import is_holiday

COMING = (AppointmentStatus.BOOKED, AppointmentStatus.ARRIVED, AppointmentStatus.IN_TREATMENT)
ONE_DAY = timedelta(days=1)  # no visit is longer


@dataclass(frozen=True, slots=True)
class Struck:
    """One appointment with what tells it from others."""

    id: UUID
    calendar_id: int
    calendar: str
    reason_id: int
    reason: str
    patient: str
    starts_at: datetime
    ends_at: datetime
    status: str

    @classmethod
    def of(cls, appointment: Appointment) -> Self:
        return cls(
            id=appointment.pk,
            calendar_id=appointment.calendar_id,
            calendar=appointment.calendar.name,
            reason_id=appointment.reason_id,
            reason=appointment.reason.name,
            patient=name_of(appointment.patient.name).sorted,
            starts_at=appointment.starts_at,
            ends_at=appointment.ends_at,
            status=appointment.status,
        )

    @property
    def was(self) -> str:
        """Where it is, to be compared when something is done with it."""
        return f"{self.calendar_id}@{self.starts_at.isoformat()}"

    @property
    def may_change(self) -> bool:
        """Who has arrived is not sent away by a form for many."""
        return self.status == AppointmentStatus.BOOKED


@dataclass(frozen=True, slots=True)
class Away:
    """A time in which a resource is not there."""

    resource_id: int
    starts_at: datetime
    ends_at: datetime


def appointments_struck(away: Sequence[Away], *, now: datetime) -> list[Struck]:
    """Coming appointments in these times: of a calendar the visit itself, of a room or device its buffers, too; the
    same as availability looks at. Two queries, however many rows."""
    if not away:
        return []
    rooms = (
        Occupancy.objects.filter(_any(away, "resource_id"), status=OccupancyStatus.BOOKED, appointment__isnull=False)
        .exclude(resource__kind="calendar")
        .values_list("appointment_id", flat=True)
    )
    coming = _coming(Appointment.objects.all(), now)
    found = coming.filter(_any(away, "calendar_id") | Q(pk__in=list(rooms)))
    return [Struck.of(appointment) for appointment in found]


def holds_struck(away: Sequence[Away], *, now: datetime) -> QuerySet[Hold]:
    """Live holds in these times, rooms and devices included."""
    held = Occupancy.objects.filter(_any(away, "resource_id"), status=OccupancyStatus.HELD).values("hold_id")
    return Hold.objects.filter(_any(away, "calendar_id") | Q(pk__in=held), expires_at__gt=now)


def appointments_outside(
    organisation: Organisation, calendar_ids: Iterable[int], *, now: datetime
) -> dict[UUID, Appointment]:
    """Coming appointments that lie outside the opening hours of their calendar. Two queries."""
    ids = list(calendar_ids)
    blocks: dict[int, list[OpeningHours]] = {calendar_id: [] for calendar_id in ids}
    for block in OpeningHours.objects.filter(calendar_id__in=ids):
        blocks[block.calendar_id].append(block)
    found = {}
    for appointment in _coming(Appointment.objects.filter(calendar_id__in=ids), now):
        starts, ends = (each.astimezone(organisation.zone) for each in (appointment.starts_at, appointment.ends_at))
        closed = organisation.closed_on_holidays and is_holiday(organisation.federal_state, starts.date())
        if not is_inside(blocks[appointment.calendar_id], starts, ends, is_holiday=closed):
            found[appointment.pk] = appointment
    return found


def _coming(appointments: QuerySet[Appointment], now: datetime) -> QuerySet[Appointment]:
    return (
        appointments.filter(status__in=COMING, ends_at__gt=now, starts_at__gt=now - ONE_DAY)
        .select_related("calendar", "reason", "patient")
        .order_by("starts_at", "calendar_id", "id")
    )


def _any(away: Sequence[Away], resource: str) -> Q:
    """Whatever touches one of these times. The bound on the start is for the index."""
    touches = (
        Q(
            **{resource: each.resource_id},
            starts_at__gt=each.starts_at - ONE_DAY,
            starts_at__lt=each.ends_at,
            ends_at__gt=each.starts_at,
        )
        for each in away
    )
    return Q(*touches, _connector=Q.OR)
