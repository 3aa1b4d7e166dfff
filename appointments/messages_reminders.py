"""Reminders and recalls. Whether they are still wanted and true is looked up when they are sent.

An SMS is one part: a long name of the clinic is cut, day, time and link never are.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Exists
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from appointments.enums import AppointmentStatus
from appointments.message_links import GOOD_FOR, Purpose, link_token
from appointments.messages import parts
from appointments.models import Appointment, Recall, Reminder
from appointments.selectors.reminders import later_visits, reminder_settings
from doctolib.hosts import address
from doctolib.outbox.enums import Priority
from doctolib.outbox.kinds import Rendered, register
from doctolib.outbox.segments import segments_of
from doctolib.templatetags.ui import moment_text
from doctolib.tenancy.scopes import require_scope
from patients.enums import Channel, ContactPurpose
from patients.models import Patient
from patients.selectors_consents import channels_for

CONTACT = {Channel.EMAIL: "email", Channel.SMS: "phone"}  # where a record keeps the address of a channel
SHORTEST_NAME = 12  # letters of the clinic's name that stay in any case
INSTRUCTIONS_FROM = timedelta(days=2)  # a reminder nearer to the visit comes too late to prepare for it


def register_kinds() -> None:
    register("appointment.reminder", reminder, priority=Priority.BULK, again=False, title=_("Reminder"))
    register("appointment.recall", recall, priority=Priority.BULK, again=False, title=_("Invitation"))


def reminder(about: str, payload: dict[str, Any] | None) -> list[Rendered]:
    """Nothing when the appointment was cancelled or moved, has begun, or its patient no longer allows it."""
    rows = Reminder.objects.select_related("appointment__patient", "appointment__reason", "appointment__calendar__site")
    row = rows.filter(pk=int(about)).first()
    now = timezone.now()
    if row is None or not _still_true(row, row.appointment, now):
        return []
    patient = row.appointment.patient
    if row.channel not in channels_for(patient.pk, ContactPurpose.REMINDER):
        return []
    organisation = _organisation()
    with translation.override(patient.language), timezone.override(organisation.zone):
        context = _context(organisation, row, row.appointment, now)
        return _by(patient, [row.channel], "appointment_reminder", context)


def _still_true(row: Reminder, appointment: Appointment, now: datetime) -> bool:
    return (
        appointment.status == AppointmentStatus.BOOKED
        and appointment.starts_at == row.starts_at
        and appointment.starts_at > now
    )


def _context(organisation: Organisation, row: Reminder, appointment: Appointment, now: datetime) -> dict[str, Any]:
    settings = reminder_settings()
    early = row.channel == Channel.EMAIL and timedelta(**{row.unit: row.amount}) >= INSTRUCTIONS_FROM
    cancel_until = appointment.starts_at.astimezone(organisation.zone).date()
    cancel = _link(organisation, Purpose.CANCEL, row.pk, last_day=cancel_until) if settings.may_cancel else ""
    stop = _link(organisation, Purpose.STOP_REMINDERS, row.pk, last_day=_last_day(now))
    return {
        "title": str(_("Reminder of your appointment")),
        "organisation": organisation,
        "site": appointment.calendar.site,
        "day": moment_text(appointment.starts_at),
        "instructions": appointment.reason.instructions if settings.names_instructions and early else "",
        "own_page": _www(organisation, f"appointments/{appointment.pk}/") if appointment.person_id else "",
        "cancel": cancel,
        "stop": stop,
        "link": cancel or stop,
    }


def recall(about: str, payload: dict[str, Any] | None) -> list[Rendered]:
    """Nothing when they have come again meanwhile, will come, or no longer allow it. Never what for."""
    row = Recall.objects.filter(pk=int(about)).select_related("visit__patient").first()
    if row is None or Appointment.objects.filter(Exists(later_visits()), pk=row.visit_id).exists():
        return []
    patient, organisation = row.visit.patient, _organisation()
    with translation.override(patient.language), timezone.override(organisation.zone):
        context = {
            "title": str(_("Time for your next appointment")),
            "organisation": organisation,
            "book": _www(organisation, ""),
            "link": _link(organisation, Purpose.RECALL, row.pk, last_day=_last_day(timezone.now())),
        }
        return _by(patient, channels_for(patient.pk, ContactPurpose.RECALL), "appointment_recall", context)


def _organisation() -> Organisation:
    return Organisation.objects.get(pk=require_scope("organisation").organisation_id)


def _by(patient: Patient, channels: Collection[str], name: str, context: dict[str, Any]) -> list[Rendered]:
    """The message by these channels alone, as far as the record knows an address."""
    ways = [CONTACT[Channel(channel)] for channel in channels]
    contact = {way: patient.contact.get(way, "") for way in ways}
    return [_one_part(part, context["organisation"].name) for part in parts(contact, name, context)]


def _one_part(part: Rendered, name: str) -> Rendered:
    """An SMS that would be two parts gets a shorter name of the clinic, word by word if that is enough; other messages
    stay as they are."""
    shorter = name
    while part.channel == Channel.SMS and segments_of(part.body).count > 1 and len(shorter) > SHORTEST_NAME:
        words = shorter.rpartition(" ")[0].rstrip(" .,-")
        cut = words if len(words) >= SHORTEST_NAME else shorter[:-1]
        part = replace(part, body=part.body.replace(shorter, cut, 1))
        shorter = cut
    return part


def _link(organisation: Organisation, purpose: Purpose, row_id: int, *, last_day: date) -> str:
    return _www(organisation, f"r/{link_token(organisation.pk, purpose, row_id, last_day=last_day)}/")


def _last_day(now: datetime) -> date:
    return now.date() + GOOD_FOR


def _www(organisation: Organisation, path: str) -> str:
    return address("www", f"/{organisation.slug}/{path}")
