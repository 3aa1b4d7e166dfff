"""Who waits for an earlier time at a demo clinic: some with an appointment further ahead, some without."""

import random
from datetime import UTC, date, datetime, timedelta

from appointments.enums import WaitingStatus
from appointments.models import Appointment, VisitReason, WaitingEntry
from patients.enums import Insurance
from patients.models import Patient

COUNT = 9
MORNINGS = list(range(0, 10, 2))  # half days of the week: WaitingEntry.half_days
HALF_DAYS: list[list[int]] = [[], [], MORNINGS, [1, 3, 5, 7], [4, 5]]


def load(*, patients: list[Patient], today: date, randomness: random.Random) -> None:
    """In the clinic's scope."""
    ahead = _far_ahead(today)[:COUNT]
    moving = {appointment.patient_id for appointment in ahead}
    others = [patient for patient in patients if patient.pk not in moving]
    reasons = list(VisitReason.objects.filter(is_online=True, capacity=1).order_by("pk"))
    now = datetime.now(UTC)
    entries = []
    for number, patient in enumerate(randomness.sample(others, COUNT)):
        appointment = ahead[number] if number % 2 and number < len(ahead) else None
        entries.append(
            WaitingEntry(
                patient=appointment.patient if appointment else patient,
                reason=appointment.reason if appointment else randomness.choice(reasons),
                appointment=appointment,
                calendar_ids=[appointment.calendar_id] if appointment and number % 3 == 0 else [],
                from_day=today,
                until_day=today + timedelta(days=45) if number % 3 else None,
                half_days=HALF_DAYS[number % len(HALF_DAYS)],
                insurance=randomness.choice(Insurance.values),
                status=WaitingStatus.PAUSED if number == COUNT - 1 else WaitingStatus.WAITING,
                priority=1 if number == 2 else 0,
                joined_at=now - timedelta(days=COUNT - number, minutes=randomness.randrange(500)),
            )
        )
    WaitingEntry.objects.bulk_create(entries)


def _far_ahead(today: date) -> list[Appointment]:
    """Appointments that somebody would like earlier, each of another patient."""
    begins = datetime.combine(today + timedelta(days=21), datetime.min.time(), tzinfo=UTC)
    found = Appointment.objects.filter(starts_at__gt=begins, reason__is_online=True).select_related("reason", "patient")
    by_patient = {each.patient_id: each for each in found.order_by("-starts_at", "-pk")[:200]}
    return sorted(by_patient.values(), key=lambda each: each.starts_at)
