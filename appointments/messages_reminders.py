"""Reminders, recalls and notices. Whether they are still wanted and true is looked up when they are sent."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Exists
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from appointments.enums import AppointmentStatus
from appointments.message_links import GOOD_FOR, Purpose, link_token
from appointments.message_values import clinic_values, page_of, reason_values, visit_values, written_to
from appointments.models import Appointment, Recall, Reminder
from appointments.selectors.reminders import later_visits, reminder_settings
from appointments.writing import write
from doctolib.outbox.enums import Priority
from doctolib.outbox.kinds import Rendered, register
from patients.enums import Channel, ContactPurpose
from patients.models import Patient
from patients.selectors_consents import channels_for

CONTACT = {Channel.EMAIL: "email", Channel.SMS: "phone"}  # where a record keeps the address of a channel
INSTRUCTIONS_FROM = timedelta(days=2)  # a reminder nearer to the visit comes too late to prepare for it


def register_kinds() -> None:
    register("appointment.reminder", reminder, priority=Priority.BULK, again=False, title=_("Reminder"))
    register("appointment.recall", recall, priority=Priority.BULK, again=False, title=_("Invitation"))


def reminder(about: str, payload: dict[str, Any] | None) -> list[Rendered]:
    """Nothing when the appointment was cancelled or moved, has begun, or its patient no longer allows it."""
    related = ("appointment__patient", "appointment__reason__unit", "appointment__calendar__site")
    row = Reminder.objects.select_related(*related).filter(pk=int(about)).first()
    now = timezone.now()
    if row is None or not is_coming_as_told(row.appointment, row.starts_at, now):
        return []
    patient = row.appointment.patient
    if row.channel not in channels_for(patient.pk, ContactPurpose.REMINDER):
        return []
    with written_to(patient) as organisation:
        values = _reminder_values(organisation, row, row.appointment, now)
        return write("appointment.reminder", contact_by(patient, [row.channel]), values)


def is_coming_as_told(appointment: Appointment, starts_at: datetime, now: datetime) -> bool:
    """Still booked, at the time that was planned with, and not begun."""
    return (
        appointment.status == AppointmentStatus.BOOKED
        and appointment.starts_at == starts_at
        and appointment.starts_at > now
    )


def _reminder_values(
    organisation: Organisation, row: Reminder, appointment: Appointment, now: datetime
) -> dict[str, str]:
    values = visit_values(organisation, appointment)
    if row.channel != Channel.EMAIL or timedelta(**{row.unit: row.amount}) < INSTRUCTIONS_FROM:
        values["instructions"] = ""
    day = appointment.starts_at.astimezone(organisation.zone).date()
    may_cancel = reminder_settings().may_cancel
    return {
        **values,
        "link": page_of(organisation, f"appointments/{appointment.pk}/") if appointment.person_id else "",
        "cancel_link": link_of(organisation, Purpose.CANCEL, row.pk, last_day=day) if may_cancel else "",
        "stop_link": link_of(organisation, Purpose.STOP_REMINDERS, row.pk, last_day=last_day(now)),
    }


def recall(about: str, payload: dict[str, Any] | None) -> list[Rendered]:
    """Nothing when they have come again meanwhile, will come, or no longer allow it. The standard texts never say what
    for."""
    row = Recall.objects.filter(pk=int(about)).select_related("visit__patient", "visit__reason__unit").first()
    if row is None or Appointment.objects.filter(Exists(later_visits()), pk=row.visit_id).exists():
        return []
    patient = row.visit.patient
    with written_to(patient) as organisation:
        values = {
            **clinic_values(organisation),
            **reason_values(row.visit.reason),
            "link": page_of(organisation, ""),
            "stop_link": link_of(organisation, Purpose.RECALL, row.pk, last_day=last_day(timezone.now())),
        }
        allowed = channels_for(patient.pk, ContactPurpose.RECALL)
        return write("appointment.recall", contact_by(patient, allowed), values)


def contact_by(patient: Patient, channels: Collection[str]) -> dict[str, str]:
    """The record's addresses of these channels alone."""
    ways = [CONTACT[Channel(channel)] for channel in channels]
    return {way: patient.contact.get(way, "") for way in ways}


def link_of(organisation: Organisation, purpose: Purpose, row_id: int, *, last_day: date) -> str:
    return page_of(organisation, f"r/{link_token(organisation.pk, purpose, row_id, last_day=last_day)}/")


def last_day(now: datetime) -> date:
    return now.date() + GOOD_FOR
