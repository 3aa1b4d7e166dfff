"""Several chosen appointments: look at them, set their status, move them by days or into another calendar, cancel."""

from collections.abc import Mapping, Sequence, Set
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.staff import staff_page
from appointments.enums import AppointmentStatus
from appointments.forms_chosen import ShiftChosenForm
from appointments.forms_desk import CancelReasonForm, StatusOfChosenForm
from appointments.models import Appointment, AppointmentChange
from appointments.rules import may_change, may_create
from appointments.selectors.recurrence import shifted
from appointments.selectors.series_dates import minutes_of
from appointments.selectors.slots import Slot
from appointments.selectors.visible import bookable_calendars, visible_appointments
from appointments.services.refusals import BookingRefused
from appointments.services.staff import chosen as services
from appointments.services.staff.places import Place
from appointments.services.staff.visits import day_has_come
from doctolib.numbers import row_number
from doctolib.templatetags.ui import STATUS
from patients.selectors import name_of

from .answers import CHANGED, in_panel, refused_json, wants_json


@staff_page
@require_safe
def chosen(request: HttpRequest) -> HttpResponse:
    """``ids`` names them; with ``count`` it shows where each would be."""
    rows = _rows(request, _ids(request.GET))
    if "count" not in request.GET:
        return _page(request, rows)
    form = _shift_form(request, request.GET)
    if not form.is_valid():
        return _page(request, rows, shift_form=form, status=422)
    return _plan(request, rows, form)


@staff_page
@require_POST
def move(request: HttpRequest) -> HttpResponse:
    """``pick``: those of the plan that shall be moved, each as it was looked at: ``id:version``."""
    versions = _picked(request)
    rows = _rows(request, set(versions)) if versions else []
    form = _shift_form(request, request.POST)
    if not rows or not form.is_valid():
        shown = _rows(request, _ids(request.POST))
        if not form.is_valid():
            return _page(request, shown, shift_form=form, status=422)
        return _plan(request, shown, form, problem=_("Choose at least one appointment."), status=422)
    _must_change(request, rows)
    new = _new_slots(request, rows, form)
    try:
        moved, change = services.move_chosen(new=new, versions=versions, user_id=request.user.pk, now=timezone.now())
    except BookingRefused as refusal:
        return _plan(request, rows, form, problem=str(refusal.message), status=409)
    said = ngettext("%(count)d appointment is moved.", "%(count)d appointments are moved.", len(moved))
    return _done(request, said % {"count": len(moved)}, change)


@staff_page
@require_POST
def cancel(request: HttpRequest) -> HttpResponse:
    versions = _picked(request)
    rows = _rows(request, set(versions))
    form = CancelReasonForm(request.POST, auto_id="cancel-%s")
    if not form.is_valid():
        return _page(request, rows, cancel_form=form, status=422)
    _must_change(request, rows)
    try:
        reason = form.cleaned_data["reason"]
        done, change = services.cancel_chosen(
            versions=versions, user_id=request.user.pk, now=timezone.now(), reason=reason
        )
    except BookingRefused as refusal:
        return _page(request, rows, cancel_form=form, problem=str(refusal.message), status=409)
    said = ngettext("%(count)d appointment is cancelled.", "%(count)d appointments are cancelled.", len(done))
    return _done(request, said % {"count": len(done)}, change)


@staff_page
@require_POST
def status(request: HttpRequest) -> HttpResponse:
    versions = _picked(request)
    rows = _rows(request, set(versions))
    form = StatusOfChosenForm(request.POST, auto_id="status-%s")
    if not form.is_valid():
        if wants_json(request):
            return JsonResponse({"errors": form.errors}, status=422)
        return _page(request, rows, status_form=form, status=422)
    _must_change(request, rows)
    wanted = AppointmentStatus(form.cleaned_data["status"])
    try:
        change = services.set_status_of_chosen(
            versions=versions, status=wanted, user_id=request.user.pk, now=timezone.now()
        )
    except BookingRefused as refusal:
        if wants_json(request):
            return refused_json(request, refusal, calendar=None)
        return _page(request, rows, status_form=form, problem=str(refusal.message), status=409)
    said = ngettext(
        "%(count)d appointment has the status: %(status)s.",
        "%(count)d appointments have the status: %(status)s.",
        len(rows),
    )
    return _done(request, said % {"count": len(rows), "status": STATUS[wanted][1]}, change)


def _done(request: HttpRequest, said: str, change: AppointmentChange | None) -> HttpResponse:
    """To the list of changes, where it can be undone."""
    if wants_json(request):
        return JsonResponse({"said": said, "change": str(change.pk) if change else None, "event": None})
    if in_panel(request):
        response = render(request, "pro/_chosen_done.html", {"said": said, "change": change})
        response.headers["HX-Trigger"] = CHANGED
        return response
    messages.success(request, said)
    return HttpResponseRedirect(reverse("calendar-changes"), status=303)


def _rows(request: HttpRequest, ids: Set[UUID]) -> list[Appointment]:
    """By time. Raises Http404 when one of them is not there to be seen, or when there are none or too many."""
    rows = visible_appointments(request.user).filter(pk__in=ids).select_related("calendar", "reason", "patient")
    found = list(rows.order_by("starts_at", "calendar_id", "id"))
    if len(found) != len(ids) or not 0 < len(ids) <= services.MOST:
        raise Http404
    return found


def _ids(sent: QueryDict) -> set[UUID]:
    return {_id(part) for text in sent.getlist("ids") for part in text.split(",") if part}


def _picked(request: HttpRequest) -> dict[UUID, int]:
    found = {}
    for text in request.POST.getlist("pick"):
        number, _colon, version = text.partition(":")
        found[_id(number)] = row_number(version) or 0
    return found


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None


def _must_change(request: HttpRequest, rows: Sequence[Appointment]) -> None:
    if not all(may_change(request.user, each) for each in rows):
        raise PermissionDenied(_("You may see some of these appointments, but not change them."))


def _can_change(request: HttpRequest, appointment: Appointment) -> bool:
    is_open = services.is_open(appointment.status, appointment.ends_at, now=timezone.now())
    return is_open and may_change(request.user, appointment)


def _has_status(request: HttpRequest, appointment: Appointment) -> bool:
    """From its day on; also when it is over."""
    has_come = day_has_come(appointment, zone=request.user.organisation.zone, now=timezone.now())
    return has_come and appointment.status != AppointmentStatus.CANCELLED and may_change(request.user, appointment)


def _shift_form(request: HttpRequest, data: Any = None) -> ShiftChosenForm:
    calendars = bookable_calendars(request.user).order_by("name", "id")
    return ShiftChosenForm(data, calendars=calendars, initial={"count": 1}, auto_id="shift-%s")


def _new_slots(request: HttpRequest, rows: Sequence[Appointment], form: ShiftChosenForm) -> dict[UUID, Slot]:
    """Raises PermissionDenied where the account may not book in the calendar that an appointment would be in."""
    calendar, zone = form.cleaned_data["calendar"], request.user.organisation.zone
    for each in rows:
        if not may_create(request.user, calendar or each.calendar, inside=True):
            raise PermissionDenied(_("You may not book in this calendar."))
    return {
        each.pk: Slot(
            calendar.pk if calendar else each.calendar_id,
            each.reason_id,
            shifted(each.starts_at, days=form.days, minutes=0, zone=zone),
            minutes_of(each),
        )
        for each in rows
    }


def _plan(
    request: HttpRequest, rows: Sequence[Appointment], form: ShiftChosenForm, *, status: int = 200, **context: Any
) -> HttpResponse:
    movable = [each for each in rows if _can_change(request, each)]
    new = _new_slots(request, movable, form)
    found: Mapping[UUID, Any] = services.plan(new, movable, now=timezone.now()) if movable else {}
    lines = [
        {
            "appointment": each,
            "name": name_of(each.patient.name),
            "starts_at": new[each.pk].starts_at,
            "is_free": isinstance(found[each.pk], Place),
            "why": "" if isinstance(found[each.pk], Place) else found[each.pk].message,
        }
        for each in movable
    ]
    context |= {"plan": lines, "free": sum(line["is_free"] for line in lines), "to": form.cleaned_data["calendar"]}
    return _page(request, rows, shift_form=form, status=status, **context)


def _page(request: HttpRequest, rows: Sequence[Appointment], *, status: int = 200, **context: Any) -> HttpResponse:
    can_change = {each.pk for each in rows if _can_change(request, each)}
    shared = {
        "rows": [
            {"appointment": each, "name": name_of(each.patient.name), "can_change": each.pk in can_change}
            for each in rows
        ],
        "can_move": bool(can_change),
        "can_cancel": [each for each in rows if each.pk in can_change and each.status == AppointmentStatus.BOOKED],
        "shift_form": _shift_form(request),
        "cancel_form": CancelReasonForm(auto_id="cancel-%s"),
        "has_status": [each for each in rows if _has_status(request, each)],
        "status_form": StatusOfChosenForm(auto_id="status-%s"),
        "section": "calendar",
        "organisation": request.user.organisation,
    }
    template = "pro/_chosen.html" if in_panel(request) else "pro/chosen.html"
    return render(request, template, {**shared, **context}, status=status)
