"""How much of a prescription is used: computed from its appointments, never stored."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from appointments.enums import AppointmentStatus
from appointments.models import Appointment, Prescription

BOOKED = (AppointmentStatus.BOOKED, AppointmentStatus.ARRIVED, AppointmentStatus.IN_TREATMENT)


@dataclass(frozen=True, slots=True)
class Usage:
    """Sessions of a prescription. A cancelled appointment is none; a missed one where the prescription says so."""

    sessions: int
    done: int
    booked: int
    missed: int
    counts_no_shows: bool

    @property
    def used(self) -> int:
        return self.done + (self.missed if self.counts_no_shows else 0)

    @property
    def taken(self) -> int:
        """Used, or booked already."""
        return self.used + self.booked

    @property
    def left(self) -> int:
        """What can still be booked."""
        return max(0, self.sessions - self.taken)


@dataclass(frozen=True, slots=True)
class PrescriptionView:
    prescription: Prescription
    usage: Usage
    is_over: bool  # its last day has passed

    @property
    def can_be_used(self) -> bool:
        return self.usage.left > 0 and not self.is_over


def usage_of(prescriptions: Collection[Prescription]) -> dict[UUID, Usage]:
    """One query for all of them."""
    rows = Appointment.objects.filter(prescription__in=[each.pk for each in prescriptions]).values("prescription")
    counted = {
        row["prescription"]: row
        for row in rows.annotate(
            done=Count("pk", filter=Q(status=AppointmentStatus.DONE)),
            booked=Count("pk", filter=Q(status__in=BOOKED)),
            missed=Count("pk", filter=Q(status=AppointmentStatus.NO_SHOW)),
        ).order_by()
    }
    return {each.pk: _usage(each, counted.get(each.pk, {})) for each in prescriptions}


def _usage(prescription: Prescription, row: dict) -> Usage:
    done, booked, missed = (row.get(name, 0) for name in ("done", "booked", "missed"))
    return Usage(prescription.sessions, done, booked, missed, prescription.counts_no_shows)


def prescriptions_of(patient_id: UUID, *, today: date) -> list[PrescriptionView]:
    """The latest first. Two queries."""
    return views(Prescription.objects.filter(patient_id=patient_id), today=today)


def views(found: QuerySet[Prescription], *, today: date) -> list[PrescriptionView]:
    rows = list(found.order_by("-issued_on", "-created_at"))
    usage = usage_of(rows)
    return [PrescriptionView(row, usage[row.pk], row.valid_until < today) for row in rows]
