"""What patients are told about changes by staff, and when."""

from datetime import datetime, timedelta
from typing import Any

from appointments.models import Appointment
from doctolib import outbox

GRACE = timedelta(seconds=20)


def tell(kind: str, appointment: Appointment, now: datetime, payload: dict[str, Any] | None = None) -> None:
    """Queue a message about it that leaves a little later, so that who undoes at once leaves no trace in anybody's
    phone. None when the visit has begun: the patient is there."""
    if appointment.starts_at > now:
        outbox.queue(kind, about=appointment, payload=payload, due_at=now + GRACE)
