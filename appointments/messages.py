"""What appointments write to patients. Each message is derived from its appointment when it is sent.

So a moved or cancelled appointment never leaves a stale message. Texts name clinic, day and time; never the reason, the
specialty or, in an SMS, the patient (research: an SMS may be read on a locked screen).
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Organisation
from appointments.calendar_file import invitation
from appointments.enums import AppointmentStatus, OfferStatus, WaitingStatus
from appointments.models import Appointment, WaitingEntry, WaitingOffer
from appointments.offer_links import offer_token
from doctolib.hosts import address
from doctolib.outbox.kinds import Rendered, register
from doctolib.templatetags.ui import moment_text
from doctolib.tenancy.scopes import require_scope
from patients.models import Patient

TITLES = {
    "confirmed": _("Your appointment is booked"),
    "moved": _("Your appointment has a new time"),
    "cancelled": _("Your appointment is cancelled"),
    "offered": _("A time is free for you"),
    "paused": _("Are you still waiting?"),
}


def register_kinds() -> None:
    register("appointment.confirmed", confirmed, title=pgettext_lazy("message", "Confirmation"))
    register("appointment.moved", moved, title=pgettext_lazy("message", "New time"))
    register("appointment.cancelled", cancelled, title=pgettext_lazy("message", "Cancellation"))
    register("waiting.offered", offered, title=pgettext_lazy("message", "Offer of the waiting list"))
    register("waiting.paused", paused, title=pgettext_lazy("message", "Waiting list paused"))


def confirmed(about: str, payload: dict[str, Any] | None) -> list[Rendered]:
    """Nothing when it was cancelled meanwhile, or moved: that message says the new time.

    ``payload`` {"again": true}: it was cancelled by mistake and stands again, so it is told whatever was before.
    """
    appointment = _appointment(about)
    if appointment is None or appointment.status == AppointmentStatus.CANCELLED:
        return []
    if appointment.moves and not (payload or {}).get("again"):
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
        to = contact.get("email", "")
        event = invitation(appointment, organisation=organisation, email=to, link=context["link"]) if to else b""
        return parts(contact, f"appointment_{name}", context, event)


def parts(contact: dict[str, str], name: str, context: dict[str, Any], event: bytes = b"") -> list[Rendered]:
    """The message by each way that the record knows; ``event`` goes with the e-mail."""
    messages = []
    if contact.get("email"):
        subject = f"{context['title']}: {context['organisation'].name}"
        body = render_to_string(f"emails/{name}.txt", context).strip() + "\n"
        html = render_to_string(f"emails/{name}.html", context)
        messages.append(Rendered("email", contact["email"], subject, body, html, event))
    if contact.get("phone"):
        messages.append(Rendered("sms", contact["phone"], "", render_to_string(f"sms/{name}.txt", context).strip()))
    return messages


# The waiting list ----------------------------------------------------------------------------------------------------


def offered(about: str, payload: dict[str, Any] | None) -> list[Rendered]:
    """Nothing when it was answered meanwhile, or has ended."""
    offer = WaitingOffer.objects.filter(pk=UUID(about)).select_related("entry__patient").first()
    if offer is None or offer.status != OfferStatus.OPEN or offer.expires_at <= timezone.now():
        return []
    link = f"waiting/offer/{offer_token(offer.pk)}/"
    return _tell(offer.entry.patient, "offered", link, until=offer.expires_at, starts_at=offer.starts_at)


def paused(about: str, payload: dict[str, Any] | None) -> list[Rendered]:
    """Nothing when the patient has said since that they still wait."""
    entry = WaitingEntry.objects.filter(pk=UUID(about)).select_related("patient").first()
    if entry is None or entry.status != WaitingStatus.PAUSED:
        return []
    return _tell(entry.patient, "paused", f"waiting/{entry.pk}/")


def _tell(patient: Patient, name: str, path: str, **moments: datetime) -> list[Rendered]:
    organisation = Organisation.objects.get(pk=require_scope("organisation").organisation_id)
    with translation.override(patient.language), timezone.override(organisation.zone):
        context = {
            "title": str(TITLES[name]),
            "organisation": organisation,
            "link": address("www", f"/{organisation.slug}/{path}"),
            **{moment: moment_text(value) for moment, value in moments.items()},
        }
        return parts(patient.contact, f"waiting_{name}", context)
