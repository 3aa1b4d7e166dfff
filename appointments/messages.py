"""What appointments write to patients. Each message is derived from its appointment when it is sent.

So a moved or cancelled appointment never leaves a stale message. Texts name clinic, day and time; never the reason, the
specialty or, in an SMS, the patient (research: an SMS may be read on a locked screen).
"""

from typing import Any
from uuid import UUID

from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from appointments.calendar_file import invitation
from appointments.enums import AppointmentStatus
from appointments.models import Appointment
from doctolib.hosts import address
from doctolib.outbox.kinds import Rendered, register
from doctolib.templatetags.ui import moment_text
from doctolib.tenancy.scopes import require_scope

TITLES = {
    "confirmed": _("Your appointment is booked"),
    "moved": _("Your appointment has a new time"),
    "cancelled": _("Your appointment is cancelled"),
}


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
    return found.select_related("patient", "calendar", "calendar__site").first()


def _write(appointment: Appointment, name: str) -> list[Rendered]:
    organisation = Organisation.objects.get(pk=require_scope("organisation").organisation_id)
    contact = appointment.patient.contact
    path = f"/{organisation.slug}/" if name == "cancelled" else f"/{organisation.slug}/appointments/{appointment.pk}/"
    with translation.override(appointment.patient.language), timezone.override(organisation.zone):
        title = str(TITLES[name])
        context = {
            "title": title,
            "organisation": organisation,
            "site": appointment.calendar.site,
            "day": moment_text(appointment.starts_at),
            "link": address("www", path),
        }
        messages = []
        if contact.get("email"):
            body = render_to_string(f"emails/appointment_{name}.txt", context).strip() + "\n"
            html = render_to_string(f"emails/appointment_{name}.html", context)
            event = invitation(appointment, organisation=organisation, email=contact["email"], link=context["link"])
            messages.append(Rendered("email", contact["email"], f"{title}: {organisation.name}", body, html, event))
        if contact.get("phone"):
            body = render_to_string(f"sms/appointment_{name}.txt", context).strip()
            messages.append(Rendered("sms", contact["phone"], "", body))
    return messages
