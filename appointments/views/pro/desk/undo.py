"""Undo, and the list of one's last changes."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from accounts.staff import staff_page
from appointments.models import Appointment, AppointmentChange, Calendar
from appointments.rules import may_move, may_overbook
from appointments.selectors.staff_changes import last_changes
from appointments.selectors.visible import visible_appointments
from appointments.services.refusals import BookingRefused
from appointments.services.staff.undoing import own_change
from appointments.services.staff.undoing import undo as undo_change
from appointments.services.staff.undoing_together import changes_of, undo_action
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
    changes: list[AppointmentChange] = []
    try:
        changes = changes_of(own_change(user_id=request.user.pk, change_id=_id(request.POST.get("change", ""))))
        _may(request, changes)
        current = _undo(changes)
    except BookingRefused as refusal:
        appointment = changes[0].appointment if len(changes) == 1 else None
        if wants_json(request):
            return refused_json(request, refusal, calendar=None, appointment=appointment)
        return _list(request, refusal=refusal_facts(refusal, None, request), status=409)
    return _done(request, current)


def _undo(changes: list[AppointmentChange]) -> list[Appointment]:
    now = timezone.now()
    return undo_action(changes=changes, now=now) if changes[0].action else [undo_change(change=changes[0], now=now)]


def _done(request: HttpRequest, undone: list[Appointment]) -> HttpResponse:
    current = undone[0]
    said = _("Undone: %(when)s.") % {"when": when_words(current)}
    if len(undone) > 1:
        count = {"count": len(undone)}
        said = ngettext("Undone: %(count)d appointment.", "Undone: %(count)d appointments.", len(undone)) % count
    if wants_json(request):
        shown = event(request, current) if len(undone) == 1 else None  # of several the grid fetches its days again
        return JsonResponse({"said": said, "change": None, "event": shown})
    if in_panel(request):
        back = request.POST.get("back") == "appointment"
        response = (
            show(request, found_appointment(request, current.pk), said=said) if back else _list(request, said=said)
        )
        response.headers["HX-Trigger"] = CHANGED
        return response
    messages.success(request, said)
    return HttpResponseRedirect(reverse("calendar-changes"), status=303)


def _may(request: HttpRequest, changes: list[AppointmentChange]) -> None:
    """Rights may have been taken away since. Two queries, however many changes."""
    ids = [change.appointment_id for change in changes]
    seen = visible_appointments(request.user).filter(pk__in=ids).count()
    calendars = Calendar.objects.in_bulk([_state(change)["calendar_id"] for change in changes])
    if seen != len(changes) or not all(_may_one(request.user, change, calendars) for change in changes):
        raise PermissionDenied(_("You have no right to undo this any more."))


def _may_one(user: User, change: AppointmentChange, calendars: dict[int, Calendar]) -> bool:
    state = _state(change)
    back = calendars.get(state["calendar_id"])
    return (
        back is not None
        and may_move(user, change.appointment, back, inside=not state["is_outside"])
        and (may_overbook(user, back) or not state["is_overbooked"])
    )


def _state(change: AppointmentChange) -> dict:
    """What an undo goes back to."""
    return change.before or change.after


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
