"""Series and visits of several parts, as panels and pages show them."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import User
from appointments.enums import AppointmentStatus, SeriesScope
from appointments.models import Appointment, Prescription

from .prescriptions import PrescriptionView, views
from .visible import visible_appointments


@dataclass(frozen=True, slots=True)
class Place:
    """The ``number``th of ``total`` appointments that are not cancelled; 0: it is cancelled itself."""

    number: int
    total: int


def members(series_id: UUID) -> QuerySet[Appointment]:
    """All appointments of a series by time."""
    return Appointment.objects.filter(series_id=series_id).order_by("starts_at", "pk")


def parts(chain_id: UUID) -> QuerySet[Appointment]:
    """All parts of a visit by time."""
    return Appointment.objects.filter(chain_id=chain_id).order_by("starts_at", "pk")


def place_in(appointment: Appointment, whole: QuerySet[Appointment]) -> Place:
    """Where an appointment stands in ``members`` or ``parts``. One query."""
    ids = list(whole.exclude(status=AppointmentStatus.CANCELLED).values_list("pk", flat=True))
    return Place(ids.index(appointment.pk) + 1 if appointment.pk in ids else 0, len(ids))


@dataclass(frozen=True, slots=True)
class Together:
    """What an appointment belongs to; nothing of it costs nothing."""

    series: Place | None
    chain: Place | None
    prescription: PrescriptionView | None


def together_of(appointment: Appointment, *, today: date) -> Together:
    """A query for its series, one for its visit, two for its prescription."""
    series_id, chain_id, prescription_id = appointment.series_id, appointment.chain_id, appointment.prescription_id
    found = views(Prescription.objects.filter(pk=prescription_id), today=today) if prescription_id else []
    return Together(
        place_in(appointment, members(series_id)) if series_id else None,
        place_in(appointment, parts(chain_id)) if chain_id else None,
        found[0] if found else None,
    )


def in_scope(appointment: Appointment, scope: SeriesScope, *, user: User, now: datetime) -> QuerySet[Appointment]:
    """The appointments of its series that a change is about, by time, as far as the user may see them: only what is
    booked and not over."""
    found = visible_appointments(user).filter(series_id=appointment.series_id, status=AppointmentStatus.BOOKED)
    found = found.filter(ends_at__gt=now).order_by("starts_at", "pk")
    if scope == SeriesScope.ONE:
        return found.filter(pk=appointment.pk)
    return found.filter(starts_at__gte=appointment.starts_at) if scope == SeriesScope.FOLLOWING else found
