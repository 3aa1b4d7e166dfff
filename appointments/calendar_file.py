"""An appointment as a calendar object (iCalendar, RFC 5545; as an invitation by mail, RFC 5546)."""

from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parseaddr
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, vCalAddress

from accounts.models import Organisation
from appointments.enums import AppointmentStatus
from appointments.models import Appointment
from appointments.selectors.patient import AppointmentView


def calendar_file_of(view: AppointmentView, *, link: str) -> bytes:
    """The file that a patient's own page offers."""
    event = _event(
        id=view.id,
        organisation=view.organisation,
        address=view.address,
        starts_at=view.starts_at,
        ends_at=view.ends_at,
        moves=view.moves,
        is_cancelled=view.cancelled,
        link=link,
    )
    return _calendar(event).to_ical()


def invitation(appointment: Appointment, *, organisation: Organisation, email: str, link: str) -> bytes:
    """What goes with a mail about an appointment: REQUEST puts it into the reader's calendar or changes it there,
    CANCEL takes it out. Reads the appointment's calendar and its site: select them together."""
    is_cancelled = appointment.status == AppointmentStatus.CANCELLED
    event = _event(
        id=appointment.pk,
        organisation=organisation,
        address=appointment.calendar.site.address,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        moves=appointment.moves,
        is_cancelled=is_cancelled,
        link=link,
    )
    reader = vCalAddress(f"mailto:{email}")
    reader.params |= {"PARTSTAT": "ACCEPTED", "RSVP": "FALSE"}
    event.add("organizer", _organiser(organisation))
    event.add("attendee", reader)
    return _calendar(event, method="CANCEL" if is_cancelled else "REQUEST").to_ical()


def published(appointments: Iterable[Appointment], *, organisation: Organisation, link: str) -> bytes:
    """One file of many appointments, with a mail about all of them. PUBLISH, because a REQUEST is about one; the same
    ids and sequences as each would have by itself. Reads calendars and sites: select them together."""
    events = []
    for appointment in appointments:
        event = _event(
            id=appointment.pk,
            organisation=organisation,
            address=appointment.calendar.site.address,
            starts_at=appointment.starts_at,
            ends_at=appointment.ends_at,
            moves=appointment.moves,
            is_cancelled=appointment.status == AppointmentStatus.CANCELLED,
            link=link,
        )
        event.add("organizer", _organiser(organisation))
        events.append(event)
    return _calendar(*events, method="PUBLISH").to_ical()


def _organiser(organisation: Organisation) -> vCalAddress:
    organiser = vCalAddress(f"mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}")
    organiser.params["CN"] = organisation.name
    return organiser


def _calendar(*events: Event, method: str = "") -> Calendar:
    file = Calendar()
    file.add("prodid", "-//Doctolib//Appointments//DE")
    file.add("version", "2.0")
    if method:
        file.add("method", method)
    for event in events:
        file.add_component(event)
    return file


def _event(
    *,
    id: UUID,
    organisation: Organisation,
    address: str,
    starts_at: datetime,
    ends_at: datetime,
    moves: int,
    is_cancelled: bool,
    link: str,
) -> Event:
    """Its title names the clinic only: calendars are shared, so no reason, unit or specialty is in it.

    The same id and a growing sequence replace an earlier import after a move; a cancelled one is marked so.
    """
    event = Event()
    values: dict[str, Any] = {
        "uid": f"{id}@{settings.WWW_HOST.split(':')[0]}",
        "dtstamp": datetime.now(UTC),
        "sequence": moves + (1 if is_cancelled else 0),
        "summary": _("Appointment: %(clinic)s") % {"clinic": organisation.name},
        "dtstart": starts_at.astimezone(UTC),
        "dtend": ends_at.astimezone(UTC),
        "location": f"{organisation.name}, {address}",
        "description": _("Questions: %(phone)s") % {"phone": organisation.phone},
        "url": link,
        "status": "CANCELLED" if is_cancelled else "CONFIRMED",
        "class": "PRIVATE",
    }
    for name, value in values.items():
        event.add(name, value)
    return event
