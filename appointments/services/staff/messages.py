"""What patients are told about changes by staff, and when."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Model

from appointments.models import Appointment
from doctolib import outbox

GRACE = timedelta(seconds=20)


def queue_later(kind: str, about: Model, now: datetime, payload: dict[str, Any] | None = None) -> None:
    """Queue a message that leaves a little later, so that who undoes at once leaves no trace in anybody's phone."""
    outbox.queue(kind, about=about, payload=payload, due_at=now + GRACE)


def tell(kind: str, appointment: Appointment, now: datetime, payload: dict[str, Any] | None = None) -> None:
    """``queue_later`` about an appointment. None when the visit has begun: the patient is there."""
    if appointment.starts_at > now:
        queue_later(kind, appointment, now, payload)
