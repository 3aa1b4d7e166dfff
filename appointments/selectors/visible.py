"""Querysets that hold only what a professional may see: views start from them, so a wrong id is a 404."""

from django.db.models import QuerySet

from accounts.models import User
from appointments.models import Appointment, Calendar
from appointments.rules import may_see_calendars
from doctolib.tenancy.scopes import require_scope


def visible_calendars(user: User) -> QuerySet[Calendar]:
    """The active calendars of the scope's organisation, if the user may see them."""
    organisation_id = require_scope("organisation").organisation_id
    if not may_see_calendars(user, organisation_id):
        return Calendar.objects.none()
    return Calendar.objects.filter(organisation_id=organisation_id, is_active=True)


def visible_appointments(user: User) -> QuerySet[Appointment]:
    """The appointments of the scope's organisation, those of calendars out of use, too."""
    organisation_id = require_scope("organisation").organisation_id
    if not may_see_calendars(user, organisation_id):
        return Appointment.objects.none()
    return Appointment.objects.filter(organisation_id=organisation_id)
