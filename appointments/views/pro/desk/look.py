"""Questions that the grid asks while somebody drags: is this time free, and what is free next?"""

from datetime import datetime

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.staff import staff_page
from appointments.forms_desk import PreviewForm, pk_of
from appointments.models import VisitReason
from appointments.rules import may_change, may_create
from appointments.selectors.slots import Slot
from appointments.selectors.visible import (
    bookable_calendars,
    visible_appointments,
    visible_calendars,
    visible_equipment,
)
from appointments.selectors.walk_in import next_gaps
from appointments.services.staff.places import Place, same_length
from appointments.services.staff.places import preview as look
from appointments.services.staff.refusals import StaffRefusal
from doctolib.numbers import row_number
from doctolib.templatetags.ui import clock_text, day_short

STATES = {"taken": "taken", "outside": "outside", "absent": "absent"}  # other refusals: forbidden


@staff_page
@require_safe
def preview(request: HttpRequest) -> HttpResponse:
    """Whether a visit could be there. The server's answer to the change itself decides."""
    form = PreviewForm(
        request.GET,
        calendars=visible_calendars(request.user),
        equipment=visible_equipment(request.user),
        appointments=visible_appointments(request.user),
    )
    if not form.is_valid():
        return JsonResponse({"errors": form.errors}, status=422)
    calendar, appointment = form.cleaned_data["calendar"], form.cleaned_data["appointment"]
    reason = appointment.reason if appointment else form.cleaned_data["reason"]
    if reason is None:
        return JsonResponse({"errors": {"reason": [_("Name an appointment or a reason.")]}}, status=422)
    if not may_create(request.user, calendar, inside=True) or (
        appointment and not may_change(request.user, appointment)
    ):
        return _state("forbidden", _("You have no right to book in this calendar."))
    data = form.cleaned_data
    slot = Slot(calendar.pk, reason.pk, data["start"], data["minutes"], pk_of(data["room"]))
    slot = same_length(slot, appointment) if appointment else slot
    return _said(look(slot, now=timezone.now(), moving=appointment))


def _said(found: Place | StaffRefusal) -> HttpResponse:
    if isinstance(found, Place):
        return _state("free", _("free"))
    return _state(STATES.get(found.kind, "forbidden"), str(found.message))


def _state(state: str, text: str) -> HttpResponse:
    return JsonResponse({"state": state, "text": text})


@staff_page
@require_safe
def next_free(request: HttpRequest) -> HttpResponse:
    """The first free gap from now on in each of some calendars: for someone who stands at the desk."""
    reason = get_object_or_404(VisitReason, pk=row_number(request.GET.get("reason")))
    numbers = [row_number(part) for part in request.GET.get("calendars", "").split(",") if part]
    calendars = bookable_calendars(request.user)
    chosen = list((calendars.filter(pk__in=numbers) if numbers else calendars).filter(offers__reason=reason))
    now, zone = timezone.now(), request.user.organisation.zone
    gaps = next_gaps(reason_id=reason.pk, calendar_ids=[each.pk for each in chosen], now=now)
    names = {each.pk: each.name for each in chosen}
    found = [{"calendar": pk, "name": names[pk], **_time(start.astimezone(zone))} for pk, start in gaps]
    return JsonResponse({"times": found})


def _time(local: datetime) -> dict[str, str]:
    return {"start": f"{local:%Y-%m-%dT%H:%M}", "text": f"{day_short(local)}, {clock_text(local)}"}
