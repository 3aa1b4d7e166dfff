"""Who may: every question about calendars and appointments is answered here."""

from typing import TYPE_CHECKING
from uuid import UUID

from accounts.enums import UserKind
from appointments.enums import AppointmentStatus

if TYPE_CHECKING:
    from accounts.models import User
    from appointments.models import Appointment


def may_see_calendars(user: "User", organisation_id: UUID | None) -> bool:
    """Whether the user may see this organisation's calendars and open their appointments: its professionals may."""
    return user.is_active and user.kind == UserKind.PROFESSIONAL and user.organisation_id == organisation_id


def may_cancel(user: "User", appointment: "Appointment") -> bool:
    """Whether the user may cancel: what is only booked. The service looks at the time."""
    return may_see_calendars(user, appointment.organisation_id) and appointment.status == AppointmentStatus.BOOKED
