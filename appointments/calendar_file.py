"""An appointment as a calendar file (iCalendar, RFC 5545)."""

from datetime import UTC, datetime

from django.conf import settings
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from appointments.selectors.patient import AppointmentView


def calendar_file_of(view: AppointmentView, *, link: str) -> bytes:
    """One event. Its title names the clinic only: calendars are shared, so no reason, unit or specialty is in it.

    The same id and a growing sequence replace an earlier import after a move; a cancelled one is marked so.
    """
    event = Event()
    event.add("uid", f"{view.id}@{settings.WWW_HOST.split(':')[0]}")
    event.add("dtstamp", datetime.now(UTC))
    event.add("sequence", view.moves + (1 if view.cancelled else 0))
    event.add("summary", _("Appointment: %(clinic)s") % {"clinic": view.organisation.name})
    event.add("dtstart", view.starts_at.astimezone(UTC))
    event.add("dtend", view.ends_at.astimezone(UTC))
    event.add("location", f"{view.organisation.name}, {view.address}")
    event.add("description", _("Questions: %(phone)s") % {"phone": view.organisation.phone})
    event.add("url", link)
    event.add("status", "CANCELLED" if view.cancelled else "CONFIRMED")
    event.add("class", "PRIVATE")
    file = Calendar()
    file.add("prodid", "-//Doctolib//Appointments//DE")
    file.add("version", "2.0")
    file.add_component(event)
    return file.to_ical()
