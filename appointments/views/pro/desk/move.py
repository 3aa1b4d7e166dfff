"""Another time, calendar or length: a form, and what the grid sends when something was dragged."""

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.staff import staff_page
from appointments.enums import ChangeKind
from appointments.forms_desk import MoveForm
from appointments.models import Appointment, AppointmentChange
from appointments.rules import may_change
from appointments.selectors.calendar import rooms_of
from appointments.selectors.equipment import rooms_for
from appointments.selectors.slots import Slot
from appointments.selectors.visible import visible_calendars, visible_equipment
from appointments.services.refusals import BookingRefused
from appointments.services.staff.moving import move as move_visit
from appointments.services.staff.places import nearest, same_length
from appointments.views.pro.appointment import found_appointment
from patients.selectors import name_of

from .answers import (
    asked_against,
    done,
    in_panel,
    nearest_fact,
    refusal_facts,
    refused_json,
    wants_json,
    when_words,
    with_time,
)


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def move(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    found = found_appointment(request, appointment_id)
    if not may_change(request.user, found):
        raise PermissionDenied(_("You may see this appointment, but not change it."))
    sent = with_time(request) if request.method == "POST" else None
    form = MoveForm(
        sent,
        calendars=visible_calendars(request.user),
        # The grid may ask for any: a refusal says which would do.
        equipment=visible_equipment(request.user) if wants_json(request) else rooms_for(found.reason_id),
        appointment=found,
        auto_id="move-%s",
    )
    if sent is None:
        return _page(request, found, form)
    if not form.is_valid():
        if wants_json(request):
            return JsonResponse({"errors": form.errors}, status=422)
        return _page(request, found, form, status=422)
    calendar = form.cleaned_data["calendar"]
    allow = asked_against(request, sent, calendar)
    try:
        moved, change = move_visit(
            appointment=found,
            slot=form.slot(),
            version=form.cleaned_data["version"],
            user_id=request.user.pk,
            now=timezone.now(),
            allow=allow,
        )
    except BookingRefused as refusal:
        if wants_json(request):
            return refused_json(request, refusal, calendar=calendar, appointment=found)
        return _page(request, found, form, refusal=refusal_facts(refusal, calendar, request), went_on=sent, status=409)
    moved.calendar = calendar
    return done(request, moved, _said(moved, change, form), change)


def _said(moved: Appointment, change: AppointmentChange, form: MoveForm) -> str:
    when = when_words(moved)
    if change.kind == ChangeKind.MOVED:
        return _("Moved to %(when)s.") % {"when": when}
    if change.kind == ChangeKind.ROOM:
        return _("In %(rooms)s: %(when)s.") % {"rooms": ", ".join(rooms_of(moved.pk)), "when": when}
    return _("Now %(minutes)d minutes: %(when)s.") % {"minutes": form.cleaned_data["minutes"], "when": when}


def _page(request: HttpRequest, found: Appointment, form: MoveForm, *, status: int = 200, **context) -> HttpResponse:
    shared = {
        "free_times": [] if "refusal" in context else _free_times(request, found),
        "appointment": found,
        "name": name_of(found.patient.name),
        "form": form,
        "section": "calendar",
        "organisation": request.user.organisation,
    }
    template = "pro/_move.html" if in_panel(request) else "pro/move.html"
    return render(request, template, {**shared, **context}, status=status)


def _free_times(request: HttpRequest, found: Appointment) -> list[dict[str, Any]]:
    """The first ones from now on in its calendar, as long as it is."""
    now = timezone.now()
    slot = same_length(Slot(found.calendar_id, found.reason_id, now), found)
    return [nearest_fact(near, request) for near in nearest(slot, now=now)]
