"""Who may: every question about calendars and appointments is answered here."""

from django.db.models import QuerySet

from accounts.enums import UserKind
from accounts.models import User
from appointments.enums import AppointmentStatus
from appointments.models import Appointment, Calendar


def visible_calendars(user: User) -> QuerySet[Calendar]:
    """The calendars a professional may see: all active ones of their organisation, whose scope must be open."""
    if user.kind != UserKind.PROFESSIONAL:
        return Calendar.objects.none()
    return Calendar.objects.filter(organisation_id=user.organisation_id, is_active=True)


def visible_appointments(user: User) -> QuerySet[Appointment]:
    """The appointments a professional may open: those of their organisation, of inactive calendars, too."""
    if user.kind != UserKind.PROFESSIONAL:
        return Appointment.objects.none()
    return Appointment.objects.filter(organisation_id=user.organisation_id)


def may_cancel(user: User, appointment: Appointment) -> bool:
    """Whether the professional may cancel: what is only booked. The service looks at the time."""
    return (
        user.kind == UserKind.PROFESSIONAL
        and user.organisation_id == appointment.organisation_id
        and appointment.status == AppointmentStatus.BOOKED
    )
