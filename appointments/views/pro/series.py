"""A series that is booked: look at it, move or cancel some or all of it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.staff import staff_page
from appointments.enums import AppointmentStatus, SeriesScope
from appointments.forms_series import CancelSeriesForm, ShiftForm
from appointments.models import Appointment
from appointments.rules import may_change
from appointments.selectors.recurrence import shifted
from appointments.selectors.series import in_scope
from appointments.selectors.series_dates import PlannedDate, minutes_of, plan_dates
from appointments.selectors.slots import Slot
from appointments.selectors.visible import visible_appointments
from appointments.services import series as services
from appointments.services.booking import BookingRefused
from appointments.services.together import undone
from doctolib import audit
from patients.selectors import name_of

from .desk.answers import in_panel
from .together import DatesForm, asked, changed, hidden, show


@staff_page
@require_safe
def overview(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    """All of it that may be seen, with the ways to change it from this appointment on."""
    found = _appointment(request, appointment_id)
    audit.record("series.viewed", found.series, about=found.patient)
    return _overview(request, found)


def _overview(request: HttpRequest, found: Appointment, *, status: int = 200, **context) -> HttpResponse:
    today, local = timezone.localdate(), timezone.localtime(found.starts_at)
    rows = visible_appointments(request.user).filter(series_id=found.series_id)
    initial = {"scope": SeriesScope.FOLLOWING, "day": local.strftime("%d.%m.%Y"), "clock": local.time()}
    shared = {
        "appointment": found,
        "name": name_of(found.patient.name),
        "planned": found.series,
        "appointments": rows.select_related("calendar", "reason").defer("details").order_by("starts_at"),
        "may_change": may_change(request.user, found) and found.status == AppointmentStatus.BOOKED
        and found.ends_at > timezone.now(),
        "shift_form": ShiftForm(today=today, initial=initial, auto_id="shift-%s"),
        "cancel_form": CancelSeriesForm(auto_id="cancel-%s"),
    }  # fmt: skip
    return show(request, "pro/_series.html", _("Series"), status=status, **{**shared, **context})


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def move(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    """The new dates with what stands against each, to choose from and take."""
    found = _changeable(request, appointment_id)
    data = asked(request, "scope")
    shift = ShiftForm(data, today=timezone.localdate(), auto_id="shift-%s")
    if data is None or not shift.is_valid():
        return _overview(request, found, form=shift, shift_form=shift, status=422)
    dates, lost = _moved(request, found, shift), None
    choice = DatesForm(request.POST or None, dates=dates, leave=_("leave as it is"))
    if request.method == "POST" and choice.is_valid():
        try:
            return _move(request, found, dates, choice)
        except BookingRefused as refusal:
            lost = refusal
            choice = DatesForm(request.POST, dates=_moved(request, found, shift), leave=_("leave as it is"))
    status = 409 if lost or choice.is_stale else 422 if choice.errors else 200
    typed = [(name, request.POST.get(name) or request.GET.get(name, "")) for name in ("scope", "day", "clock")]
    context = {"form": choice, "appointment": found, "name": name_of(found.patient.name), "typed": hidden(typed)}
    return show(request, "pro/_series_move.html", _("Move the series"), status=status, refusal=lost, **context)


def _moved(request: HttpRequest, found: Appointment, shift: ShiftForm) -> dict[str, PlannedDate]:
    """New dates by appointment, looked at as if the old ones were free."""
    zone, given = request.user.organisation.zone, shift.cleaned_data
    local = timezone.localtime(found.starts_at)
    days = (given["day"] - local.date()).days
    minutes = (given["clock"].hour - local.hour) * 60 + given["clock"].minute - local.minute
    rows = _mine(request, found, SeriesScope(given["scope"]))
    slots = [
        Slot(
            each.calendar_id,
            each.reason_id,
            shifted(each.starts_at, days=days, minutes=minutes, zone=zone),
            minutes_of(each),
        )
        for each in rows
    ]
    with undone(rows):
        planned = plan_dates(
            request.user.organisation, slots, patient_id=found.patient_id, now=timezone.now(),
            besides=[each.pk for each in rows],
        )  # fmt: skip
    return {str(each.pk): one for each, one in zip(rows, planned, strict=True)}


def _mine(request: HttpRequest, found: Appointment, scope: SeriesScope) -> Sequence[Appointment]:
    """What the change is about, as far as this account may change it."""
    rows = in_scope(found, scope, user=request.user, now=timezone.now())
    return [each for each in rows if may_change(request.user, each)]


def _move(
    request: HttpRequest, found: Appointment, dates: Mapping[str, PlannedDate], choice: DatesForm
) -> HttpResponse:
    new = {UUID(key): replace(dates[key].slot, starts_at=moment) for key, moment in choice.chosen().items()}
    services.move_series(series=found.series, new=new, user_id=request.user.pk, now=timezone.now())
    said = ngettext(
        "%(count)d appointment is moved. The patient gets one message.",
        "%(count)d appointments are moved. The patient gets one message.", len(new),
    )  # fmt: skip
    return done(request, found, said % {"count": len(new)})


@staff_page
@require_POST
def cancel(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    found = _changeable(request, appointment_id)
    form = CancelSeriesForm(request.POST, auto_id="cancel-%s")
    if not form.is_valid():
        return _overview(request, found, form=form, cancel_form=form, status=422)
    ids = [each.pk for each in _mine(request, found, SeriesScope(form.cleaned_data["scope"]))]
    try:
        count = services.cancel_series(
            series=found.series,
            ids=ids,
            user_id=request.user.pk,
            now=timezone.now(),
            reason=form.cleaned_data["reason"],
        )
    except BookingRefused as refusal:
        return _overview(request, found, cancel_form=form, refusal=refusal, status=409)
    said = ngettext(
        "%(count)d appointment is cancelled. The patient gets one message.",
        "%(count)d appointments are cancelled. The patient gets one message.", count,
    )  # fmt: skip
    return done(request, found, said % {"count": count})


def _changeable(request: HttpRequest, appointment_id: UUID) -> Appointment:
    found = _appointment(request, appointment_id)
    if not may_change(request.user, found):
        raise PermissionDenied(_("You may see this appointment, but not change it."))
    return found


def _appointment(request: HttpRequest, appointment_id: UUID) -> Appointment:
    rows = visible_appointments(request.user).filter(series__isnull=False)
    return get_object_or_404(rows.select_related("series", "patient", "calendar", "reason"), pk=appointment_id)


def done(request: HttpRequest, appointment: Appointment, said: str) -> HttpResponse:
    """Back to the series, with what was done."""
    if in_panel(request):
        return changed(_overview(request, _appointment(request, appointment.pk), said=said))
    messages.success(request, said)
    return HttpResponseRedirect(reverse("appointment-series", args=[appointment.pk]), status=303)
