"""Querysets that hold only what a professional may see: views start from them, so a wrong id is a 404."""

from collections.abc import Collection

from django.db.models import Q, QuerySet

from accounts.enums import Level
from accounts.models import User
from accounts.rights import rights_of
from accounts.selectors import led_units
from appointments.enums import ResourceKind
from appointments.models import Appointment, Calendar, CalendarReason, Resource, WaitingEntry
from appointments.rules import may_open_statistics
from doctolib.tenancy.scopes import current_scope, require_scope


def visible_calendars(user: User) -> QuerySet[Calendar]:
    """The active calendars of the scope's organisation that the user may see."""
    organisation_id = require_scope("organisation").organisation_id
    rights = rights_of(user, organisation_id)
    calendars = Calendar.objects.filter(organisation_id=organisation_id, is_active=True)
    return calendars if rights.is_administrator else calendars.filter(pk__in=rights.seen)


def visible_appointments(user: User) -> QuerySet[Appointment]:
    """The appointments in calendars that the user may see, those out of use, too."""
    organisation_id = require_scope("organisation").organisation_id
    rights = rights_of(user, organisation_id)
    appointments = Appointment.objects.filter(organisation_id=organisation_id)
    return appointments if rights.is_administrator else appointments.filter(calendar_id__in=rights.seen)


def visible_equipment(user: User) -> QuerySet[Resource]:
    """Rooms and devices in use, for who may see a calendar. Whom a visit in one is for, its calendar's rights say."""
    organisation_id = require_scope("organisation").organisation_id
    equipment = Resource.objects.filter(organisation_id=organisation_id, is_active=True)
    equipment = equipment.exclude(kind=ResourceKind.CALENDAR)
    return equipment if rights_of(user, organisation_id).highest >= Level.READ else equipment.none()


def bookable_calendars(user: User) -> QuerySet[Calendar]:
    """The active calendars in which the user may book, inside opening hours at least."""
    rights = rights_of(user, require_scope("organisation").organisation_id)
    calendars = visible_calendars(user)
    if rights.is_administrator:
        return calendars
    return calendars.filter(pk__in=[pk for pk, level in rights.levels.items() if level >= Level.INSIDE])


def counted_calendars(user: User, leads: Collection[int]) -> QuerySet[Calendar]:
    """The calendars whose figures the user may see, those out of use, too: rules.may_see_figures."""
    organisation_id = require_scope("organisation").organisation_id
    rights = rights_of(user, organisation_id)
    calendars = Calendar.objects.filter(organisation_id=organisation_id)
    if rights.is_administrator:
        return calendars
    booked = [pk for pk, level in rights.levels.items() if level >= Level.INSIDE]
    return calendars.filter(Q(pk__in=booked) | Q(unit_id__in=leads))


def visible_entries(user: User) -> QuerySet[WaitingEntry]:
    """Who waits for a reason that is offered in a calendar in which the user may book; closed entries, too."""
    organisation_id = require_scope("organisation").organisation_id
    entries = WaitingEntry.objects.filter(organisation_id=organisation_id)
    if rights_of(user, organisation_id).is_administrator:
        return entries
    offered = CalendarReason.objects.filter(calendar_id__in=bookable_calendars(user).values("pk"))
    return entries.filter(reason_id__in=offered.values("reason_id"))


def shows_figures(user: User) -> bool:
    """Whether the user may open the statistics. A query more for who may book nowhere: they may lead a unit."""
    organisation_id = user.organisation_id
    if may_open_statistics(user, organisation_id, leads=()):
        return True
    return current_scope() is not None and may_open_statistics(user, organisation_id, leads=led_units(user))
