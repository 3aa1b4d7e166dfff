"""Undo, and the list of one's last changes."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.staff import staff_page
from appointments.models import Appointment, AppointmentChange, Calendar
from appointments.rules import may_move, may_overbook
from appointments.selectors.staff_changes import last_changes
from appointments.selectors.visible import visible_appointments
from appointments.services.refusals import BookingRefused
from appointments.services.staff.undoing import own_change
from appointments.services.staff.undoing import undo as undo_change
from appointments.views.pro.appointment import found_appointment, show

from .answers import CHANGED, event, in_panel, refusal_facts, refused_json, wants_json, when_words


@staff_page
@require_safe
def changes(request: HttpRequest) -> HttpResponse:
    """One's own last changes, each with its undo."""
    return _list(request)


@staff_page
@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """``change``: which one; without it the last one."""
    change = None
    try:
        change = own_change(user_id=request.user.pk, change_id=_id(request.POST.get("change", "")))
        _may(request, change)
        current = undo_change(change=change, now=timezone.now())
    except BookingRefused as refusal:
        appointment = change.appointment if change else None
        if wants_json(request):
            return refused_json(request, refusal, calendar=None, appointment=appointment)
        return _list(request, refusal=refusal_facts(refusal, None, request), status=409)
    said = _("Undone: %(when)s.") % {"when": when_words(current)}
    return _done(request, current, said)


def _done(request: HttpRequest, current: Appointment, said: str) -> HttpResponse:
    if wants_json(request):
        return JsonResponse({"said": said, "change": None, "event": event(request, current)})
    if in_panel(request):
        back = request.POST.get("back") == "appointment"
        response = (
            show(request, found_appointment(request, current.pk), said=said) if back else _list(request, said=said)
        )
        response.headers["HX-Trigger"] = CHANGED
        return response
    messages.success(request, said)
    return HttpResponseRedirect(reverse("calendar-changes"), status=303)


def _may(request: HttpRequest, change: AppointmentChange) -> None:
    """Rights may have been taken away since."""
    appointment, state = change.appointment, change.before or change.after
    back = Calendar.objects.filter(pk=state["calendar_id"]).first()
    allowed = (
        back is not None
        and visible_appointments(request.user).filter(pk=appointment.pk).exists()
        and may_move(request.user, appointment, back, inside=not state["is_outside"])
        and (may_overbook(request.user, back) or not state["is_overbooked"])
    )
    if not allowed:
        raise PermissionDenied(_("You have no right to undo this any more."))


def _list(request: HttpRequest, *, status: int = 200, **context) -> HttpResponse:
    shared = {
        "changes": last_changes(request.user),
        "section": "calendar",
        "organisation": request.user.organisation,
    }
    template = "pro/_changes.html" if in_panel(request) else "pro/changes.html"
    return render(request, template, {**shared, **context}, status=status)


def _id(text: str) -> UUID | None:
    """None when none is named. What is no id names nothing that exists."""
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)
