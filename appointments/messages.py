"""What appointments write to patients. Each message is derived from its appointment when it is sent.

So a moved or cancelled appointment never leaves a stale message. Standard texts name clinic, day and time; never the
reason, the specialty or, in an SMS, the patient (research: an SMS may be read on a locked screen).
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import pgettext, pgettext_lazy

from appointments.calendar_file import invitation
from appointments.enums import AppointmentStatus, OfferStatus, WaitingStatus
from appointments.message_values import clinic_values, moment_values, page_of, reason_values, visit_values, written_to
from appointments.models import Appointment, WaitingEntry, WaitingOffer
from appointments.offer_links import offer_token
from appointments.writing import write
from doctolib.outbox.kinds import Rendered, register
from doctolib.templatetags.ui import clock_text


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
    return found.select_related("patient", "calendar__site", "reason__unit").first()


def _write(appointment: Appointment, kind: str) -> list[Rendered]:
    """``kind`` without its ``appointment.``"""
    contact = appointment.patient.contact
    path = "" if kind == "cancelled" else f"appointments/{appointment.pk}/"
    with written_to(appointment.patient) as organisation:
        link, to = page_of(organisation, path), contact.get("email", "")
        values = {**visit_values(organisation, appointment), "link": link}
        event = invitation(appointment, organisation=organisation, email=to, link=link) if to else b""
        return write(f"appointment.{kind}", contact, values, event=event)


# The waiting list ----------------------------------------------------------------------------------------------------


def offered(about: str, payload: dict[str, Any] | None) -> list[Rendered]:
    """Nothing when it was answered meanwhile, or has ended."""
    found = WaitingOffer.objects.filter(pk=UUID(about))
    offer = found.select_related("entry__patient", "entry__reason__unit").first()
    if offer is None or offer.status != OfferStatus.OPEN or offer.expires_at <= timezone.now():
        return []
    with written_to(offer.entry.patient) as organisation:
        values = {
            **clinic_values(organisation),
            **moment_values(offer.starts_at),
            **reason_values(offer.entry.reason),
            "deadline": _deadline(offer.expires_at),
            "link": page_of(organisation, f"o/{offer_token(offer.pk)}"),
        }
        return write("waiting.offered", offer.entry.patient.contact, values)


def _deadline(moment: datetime) -> str:
    """``24. November, 14:00 Uhr``: a few hours ahead, and an SMS is short."""
    day = date_format(timezone.localtime(moment), pgettext("date format: day, month", "j F"))
    return f"{day}, {clock_text(moment)}"


def paused(about: str, payload: dict[str, Any] | None) -> list[Rendered]:
    """Nothing when the patient has said since that they still wait."""
    entry = WaitingEntry.objects.filter(pk=UUID(about)).select_related("patient", "reason__unit").first()
    if entry is None or entry.status != WaitingStatus.PAUSED:
        return []
    with written_to(entry.patient) as organisation:
        link = page_of(organisation, f"waiting/{entry.pk}/")
        values = {**clinic_values(organisation), **reason_values(entry.reason), "link": link}
        return write("waiting.paused", entry.patient.contact, values)
