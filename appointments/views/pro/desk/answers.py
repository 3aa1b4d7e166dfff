"""One answer in three forms: JSON for the grid, the panel's part for htmx, a page or the way to one for everybody."""

from collections.abc import Collection
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from accounts.rights import rights_of
from appointments.models import Appointment, AppointmentChange, Calendar
from appointments.rules import may_create, may_go_on
from appointments.selectors.calendar import room_ids_of
from appointments.selectors.calendar_events import appointments_by_id
from appointments.services.refusals import AtTheSameTime, BookingRefused
from appointments.services.staff.places import ALLOW
from appointments.services.staff.refusals import StaffRefusal
from appointments.views.pro.appointment import found_appointment, show
from doctolib.templatetags.ui import clock_text, day_short

CHANGED = "appointments-changed"  # the grid behind the panel fetches its events again


def wants_json(request: HttpRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")


def in_panel(request: HttpRequest) -> bool:
    return "HX-Request" in request.headers


def when_words(appointment: Appointment) -> str:
    """``Dienstag, 24. November, 10:15 Uhr, Dr. Kaya``."""
    parts = (day_short(appointment.starts_at), clock_text(appointment.starts_at), appointment.calendar.name)
    return ", ".join(parts)


def event(request: HttpRequest, appointment: Appointment) -> dict[str, Any]:
    rights = rights_of(request.user, request.user.organisation_id)
    (shown,) = appointments_by_id([appointment.pk], request.user.organisation.zone, rights=rights)
    return {**shown, "rooms": room_ids_of(appointment.pk)}


def done(
    request: HttpRequest, appointment: Appointment, said: str, change: AppointmentChange | None = None
) -> HttpResponse:
    """It is done: ``said`` tells what, without a name."""
    if wants_json(request):
        number = str(change.pk) if change else None
        return JsonResponse({"said": said, "change": number, "event": event(request, appointment)})
    if in_panel(request):
        found = found_appointment(request, appointment.pk)
        response = show(request, found, said=said, undoable=change)
        response.headers["HX-Trigger"] = CHANGED
        return response
    messages.success(request, said)
    return HttpResponseRedirect(_back(request) or reverse("appointment", args=[appointment.pk]), status=303)


def _back(request: HttpRequest) -> str:
    """The page that said where it wants to be afterwards, such as the check-in list."""
    wanted = request.POST.get("next", "")
    return wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) else ""


def refusal_facts(refusal: BookingRefused, calendar: Calendar | None, request: HttpRequest) -> dict[str, Any]:
    """What pages and scripts need of a refusal. ``may``: how to go on against it, if the user has the right to."""
    override = getattr(refusal, "override", "")
    may = may_go_on(request.user, calendar) if calendar is not None and override else []
    return {
        "kind": kind_of(refusal),
        "said": str(refusal.message),
        "nearest": [nearest_fact(slot, request) for slot in refusal.nearest],
        "may": [name for name in may if name == override],
    }


def kind_of(refusal: BookingRefused) -> str:
    if isinstance(refusal, StaffRefusal):
        return refusal.kind
    return "same_time" if isinstance(refusal, AtTheSameTime) else "refused"


def nearest_fact(slot: Any, request: HttpRequest) -> dict[str, Any]:
    local = slot.starts_at.astimezone(request.user.organisation.zone)
    text = f"{day_short(local)}, {clock_text(local)}"
    return {"calendar": slot.calendar_id, "start": f"{local:%Y-%m-%dT%H:%M}", "text": text}


def refused_json(
    request: HttpRequest, refusal: BookingRefused, *, calendar: Calendar | None, appointment: Appointment | None = None
) -> HttpResponse:
    facts = refusal_facts(refusal, calendar, request)
    if appointment is not None:
        facts["event"] = event(request, appointment)
    return JsonResponse(facts, status=409)


def asked_against(request: HttpRequest, sent: QueryDict, calendar: Calendar) -> Collection[str]:
    """What somebody said to go on against. Raises PermissionDenied when they have no right to, or to book there."""
    if not may_create(request.user, calendar, inside=True):
        raise PermissionDenied(_("You have no right to book in this calendar."))
    asked = [name for name in ALLOW if sent.get(name)]
    allowed = may_go_on(request.user, calendar)
    if not set(asked) <= set(allowed):
        raise PermissionDenied(_("You have no right to do this in this calendar."))
    return asked


def with_time(request: HttpRequest) -> QueryDict:
    """What was sent; of a button with a free time, ``calendar@start``, as if that had been typed. It was free: what
    somebody went on against before does not count for it."""
    calendar, at, start = request.POST.get("time", "").partition("@")
    if not at:
        return request.POST
    sent = request.POST.copy()
    sent["calendar"], sent["start"] = calendar, start
    for name in ALLOW:
        sent.pop(name, None)
    return sent
