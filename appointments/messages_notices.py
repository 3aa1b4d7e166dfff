"""Notices beside reminders: "please check in" and what follows a visit. Whether they are still wanted and true is
looked up when they are sent."""

from typing import Any

from django.db.models import Exists
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from appointments.message_links import Purpose
from appointments.message_values import clinic_values, page_of, reason_values, visit_values, written_to
from appointments.messages_reminders import contact_by, is_coming_as_told, last_day, link_of
from appointments.models import Appointment, Notice
from appointments.selectors.notices import next_visits
from appointments.selectors.texts import message_settings
from appointments.selectors.visits import DID_NOT_HAPPEN
from appointments.writing import language_code, write
from doctolib.outbox.enums import Priority
from doctolib.outbox.kinds import Rendered, register
from doctolib.templatetags.ui import date_text
from patients.enums import ContactPurpose
from patients.selectors_consents import channels_for


def register_kinds() -> None:
    # Minutes before a visit it must not wait for thousands of reminders.
    register("appointment.check_in", check_in, priority=Priority.SOON, again=False, title=_("Check-in notice"))
    register("appointment.follow_up", follow_up, priority=Priority.BULK, again=False, title=_("Follow-up notice"))


def check_in(about: str, payload: dict[str, Any] | None) -> list[Rendered]:
    """One message: by SMS where that is allowed and there is a number, else by e-mail. Nothing when the appointment
    was cancelled or moved, has begun, the patient is there already, or this was switched off."""
    row, settings = _row(about), message_settings()
    if row is None or settings.check_in_minutes is None:
        return []
    appointment, patient = row.appointment, row.appointment.patient
    if not is_coming_as_told(appointment, row.starts_at, timezone.now()):
        return []
    contact = contact_by(patient, channels_for(patient.pk, ContactPurpose.REMINDER))
    if contact.get("phone"):
        contact.pop("email", None)
    with written_to(patient) as organisation:
        english = language_code() == "en" and settings.desk_en
        values = {
            **visit_values(organisation, appointment),
            "desk": settings.desk_en if english else settings.desk_de,
            "link": page_of(organisation, f"appointments/{appointment.pk}/") if appointment.person_id else "",
            "stop_link": _stop(organisation, row),
        }
        return write("appointment.check_in", contact, values)


def follow_up(about: str, payload: dict[str, Any] | None) -> list[Rendered]:
    """Nothing when the visit turned out not to have been, the next one is booked, or it is no longer allowed."""
    row = _row(about)
    if row is None or row.appointment.status in DID_NOT_HAPPEN or row.appointment.starts_at != row.starts_at:
        return []
    visit, patient = row.appointment, row.appointment.patient
    if visit.reason.notice_after is None or Appointment.objects.filter(Exists(next_visits()), pk=visit.pk).exists():
        return []
    with written_to(patient) as organisation:
        values = {
            **clinic_values(organisation),
            **reason_values(visit.reason),
            "date": date_text(visit.starts_at),
            "link": page_of(organisation, ""),
            "stop_link": _stop(organisation, row),
        }
        contact = contact_by(patient, channels_for(patient.pk, ContactPurpose.RECALL))
        return write("appointment.follow_up", contact, values)


def _row(about: str) -> Notice | None:
    related = ("appointment__patient", "appointment__reason__unit", "appointment__calendar__site")
    return Notice.objects.select_related(*related).filter(pk=int(about)).first()


def _stop(organisation: Organisation, row: Notice) -> str:
    return link_of(organisation, Purpose.NOTICE, row.pk, last_day=last_day(timezone.now()))
