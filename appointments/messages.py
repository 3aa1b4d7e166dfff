"""What appointments write to patients. Each message is derived from its appointment when it is sent.

So a moved or cancelled appointment never leaves a stale message. Texts name clinic, day and time; never the reason, the
specialty or, in an SMS, the patient (research: an SMS may be read on a locked screen).
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import Organisation
from appointments.enums import AppointmentStatus
from appointments.models import Appointment
from doctolib.hosts import address
from doctolib.outbox.kinds import Rendered, register
from doctolib.tenancy.scopes import require_scope


def register_kinds() -> None:
    register("appointment.confirmed", confirmed)
    register("appointment.moved", moved)
    register("appointment.cancelled", cancelled)


def confirmed(about: str, payload: dict[str, Any] | None) -> list[Rendered]:
    """Nothing when it was cancelled meanwhile, or moved: that message says the new time."""
    appointment = _appointment(about)
    if appointment is None or appointment.status == AppointmentStatus.CANCELLED or appointment.moves:
        return []
    return _write(appointment, "confirmed")


def moved(about: str, payload: dict[str, Any] | None) -> list[Rendered]:
    appointment = _appointment(about)
    if appointment is None or appointment.status == AppointmentStatus.CANCELLED:
        return []
    return _write(appointment, "moved")


def cancelled(about: str, payload: dict[str, Any] | None) -> list[Rendered]:
    appointment = _appointment(about)
    if appointment is None or appointment.status != AppointmentStatus.CANCELLED:
        return []
    return _write(appointment, "cancelled")


def _appointment(about: str) -> Appointment | None:
    found = Appointment.objects.filter(pk=UUID(about))
    return found.select_related("patient", "calendar", "calendar__unit", "calendar__site", "calendar__practitioner").first()


def _write(appointment: Appointment, name: str) -> list[Rendered]:
    organisation = Organisation.objects.get(pk=require_scope("organisation").organisation_id)
    contact, patient = appointment.patient.contact, appointment.patient.name
    with translation.override(appointment.patient.language), timezone.override(organisation.zone):
        context = {
            "organisation": organisation,
            "appointment": appointment,
            "calendar": appointment.calendar,
            "patient": patient,
            "day": day_and_time(appointment.starts_at),
            "link": address("www", "/my/appointments/"),
            "host": address("www"),
        }
        subject = {
            "confirmed": _("Your appointment is booked"),
            "moved": _("Your appointment has a new time"),
            "cancelled": _("Your appointment is cancelled"),
        }[name]
        messages = []
        if contact.get("email"):
            body = render_to_string(f"emails/appointment_{name}.txt", context).strip() + "\n"
            html = render_to_string(f"emails/appointment_{name}.html", context)
            messages.append(Rendered("email", contact["email"], f"{subject}: {organisation.name}", body, html))
        if contact.get("phone"):
            body = render_to_string(f"sms/appointment_{name}.txt", context).strip()
            messages.append(Rendered("sms", contact["phone"], "", body, ""))
    return messages


def day_and_time(moment: datetime) -> str:
    """``Donnerstag, 26. November 2026, 14:30 Uhr`` in the active language and zone."""
    local = timezone.localtime(moment)
    day = date_format(local, pgettext("date format: weekday, day, month, year", "l j F Y"))
    return _("%(day)s, %(time)s") % {"day": day, "time": date_format(local, pgettext("time format", "H:i"))}
