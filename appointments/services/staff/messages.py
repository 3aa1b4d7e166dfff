"""What patients are told about changes by staff, and when."""

from datetime import datetime, timedelta

from appointments.models import Appointment

GRACE = timedelta(seconds=20)


def told_at(appointment: Appointment, now: datetime) -> datetime | None:
    """When a message about it may leave: a little later, so that who undoes at once leaves no trace in anybody's
    phone. None: never, the visit has begun and the patient is there."""
    return now + GRACE if appointment.starts_at > now else None
