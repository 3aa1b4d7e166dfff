"""What patients read about several appointments at once: one message for a series, or for a visit of several parts.

Derived when it is sent, as everything is (messages.py): it lists what is booked by then.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Organisation
from appointments.calendar_file import published
from appointments.enums import AppointmentStatus
from appointments.models import Appointment, Chain, Series
from appointments.selectors import series as selectors
from appointments.writing import one_part
from doctolib.hosts import address
from doctolib.outbox.kinds import Rendered, register
from doctolib.templatetags.ui import moment_short
from doctolib.tenancy.scopes import require_scope
from patients.enums import Channel

TITLES = {
    "booked": _("Your appointments are booked"),
    "moved": _("Your appointments have new times"),
    "cancelled": _("Appointments are cancelled"),
}


def register_kinds() -> None:
    register("appointment.series_booked", series_booked, title=pgettext_lazy("message", "Confirmation of a series"))
    register("appointment.series_moved", series_moved, title=pgettext_lazy("message", "New times of a series"))
    register("appointment.series_cancelled", series_cancelled, title=pgettext_lazy("message", "Series cancelled"))
    register("appointment.chain_booked", chain_booked, title=pgettext_lazy("message", "Confirmation of a visit"))
    register("appointment.chain_moved", chain_moved, title=pgettext_lazy("message", "New time of a visit"))
    register("appointment.chain_cancelled", chain_cancelled, title=pgettext_lazy("message", "Visit cancelled"))


def series_booked(about: str, payload: dict[str, Any] | None) -> list[Rendered]:
    return _dates("booked", _of_series(about))


def series_moved(about: str, payload: dict[str, Any] | None) -> list[Rendered]:
    return _dates("moved", _of_series(about))


def series_cancelled(about: str, payload: dict[str, Any] | None) -> list[Rendered]:
    return _cancelled(_of_series(about), payload)


def chain_booked(about: str, payload: dict[str, Any] | None) -> list[Rendered]:
    return _dates("booked", _of_chain(about))


def chain_moved(about: str, payload: dict[str, Any] | None) -> list[Rendered]:
    return _dates("moved", _of_chain(about))


def chain_cancelled(about: str, payload: dict[str, Any] | None) -> list[Rendered]:
    return _cancelled(_of_chain(about), payload)


def _of_series(about: str) -> list[Appointment]:
    whole = Series.objects.filter(pk=UUID(about)).first()
    return _rows(selectors.members(whole.pk)) if whole else []


def _of_chain(about: str) -> list[Appointment]:
    whole = Chain.objects.filter(pk=UUID(about)).first()
    return _rows(selectors.parts(whole.pk)) if whole else []


def _rows(found) -> list[Appointment]:
    return list(found.select_related("patient", "calendar", "calendar__site"))


def _is_live(appointment: Appointment) -> bool:
    return appointment.status != AppointmentStatus.CANCELLED


def _dates(name: str, appointments: Sequence[Appointment]) -> list[Rendered]:
    """All dates that are ahead; nothing when there are none by now."""
    now = timezone.now()
    ahead = [each for each in appointments if _is_live(each) and each.ends_at > now]
    return _write(name, ahead, told=ahead) if ahead else []


def _cancelled(appointments: Sequence[Appointment], payload: dict[str, Any] | None) -> list[Rendered]:
    """Those that the change was about, and what is left. A date that was cancelled is not booked again."""
    now, named = timezone.now(), set((payload or {}).get("cancelled", ()))
    gone = [each for each in appointments if str(each.pk) in named and not _is_live(each)]
    left = [each for each in appointments if _is_live(each) and each.ends_at > now]
    return _write("cancelled", gone, told=gone, left=left) if gone else []


def _write(
    name: str, dates: Sequence[Appointment], *, told: Sequence[Appointment], left: Sequence[Appointment] = ()
) -> list[Rendered]:
    """``told``: what the file of the e-mail puts into a calendar, or takes out of it."""
    organisation = Organisation.objects.get(pk=require_scope("organisation").organisation_id)
    patient = dates[0].patient
    with translation.override(patient.language), timezone.override(organisation.zone):
        link = address("www", "/my/appointments/" if patient.person_id else f"/{organisation.slug}/")
        context = {
            "title": str(TITLES[name]),
            "name": name,
            "organisation": organisation,
            "days": [moment_short(each.starts_at) for each in dates],
            "left": [moment_short(each.starts_at) for each in left],
            "sites": list(dict.fromkeys(each.calendar.site for each in dates)),
            "link": link,
        }
        file = published(told, organisation=organisation, link=link) if patient.contact.get("email") else b""
        return _parts(patient.contact, context, file)


def _parts(contact: Mapping[str, str], context: dict[str, Any], file: bytes) -> list[Rendered]:
    """By each way that the record knows; the file goes with the e-mail."""
    title, clinic = context["title"], context["organisation"].name
    messages = []
    if contact.get("email"):
        body = render_to_string("emails/appointment_dates.txt", context).strip() + "\n"
        html = render_to_string("emails/appointment_dates.html", context)
        messages.append(Rendered(Channel.EMAIL.value, contact["email"], f"{title}: {clinic}", body, html, file))
    if contact.get("phone"):
        text = render_to_string("sms/appointment_dates.txt", context).strip()
        messages.append(Rendered(Channel.SMS.value, contact["phone"], "", one_part(text, clinic)))
    return messages
