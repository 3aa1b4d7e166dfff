"""Status, note, cancelling."""

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.staff import staff_page
from appointments.enums import AppointmentStatus
from appointments.forms_desk import NoteForm, StatusForm
from appointments.models import Appointment
from appointments.rules import may_change
from appointments.services.refusals import BookingRefused
from appointments.services.staff import visits
from appointments.views.pro.appointment import CancelForm, found_appointment, show
from doctolib.forms import Form
from doctolib.templatetags.ui import STATUS

from .answers import done, refusal_facts, refused_json, wants_json, when_words


@staff_page
@require_POST
def status(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    found = _changeable(request, appointment_id)
    form = StatusForm(request.POST)
    if not form.is_valid():
        return _wrong(request, found, form)
    wanted = AppointmentStatus(form.cleaned_data["status"])
    try:
        current, change = visits.set_status(
            appointment=found,
            status=wanted,
            version=form.cleaned_data["version"],
            user_id=request.user.pk,
            now=timezone.now(),
        )
    except BookingRefused as refusal:
        return _refused(request, found, refusal)
    return done(request, current, _("Status: %(status)s.") % {"status": STATUS[current.status][1]}, change)


@staff_page
@require_POST
def note(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    found = _changeable(request, appointment_id)
    form = NoteForm(request.POST, auto_id="note-%s")
    if not form.is_valid():
        return _wrong(request, found, form, note_form=form)
    try:
        current = visits.set_note(
            appointment=found, note=form.cleaned_data["note"], version=form.cleaned_data["version"]
        )
    except BookingRefused as refusal:
        return _refused(request, found, refusal, note_form=form)
    return done(request, current, _("The note is saved."))


@staff_page
@require_POST
def cancel(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    """``version`` may be left out by a page that is older than this."""
    found = _changeable(request, appointment_id)
    form = CancelForm(request.POST, auto_id="cancel-%s")
    if not form.is_valid():
        return _wrong(request, found, form, form=form)
    try:
        current, change = visits.cancel(
            appointment=found,
            version=form.cleaned_data["version"],
            user_id=request.user.pk,
            now=timezone.now(),
            reason=form.cleaned_data["reason"],
        )
    except BookingRefused as refusal:
        return _refused(request, found, refusal, form=form, cancelling=True)
    coming = current.starts_at > timezone.now()
    said = _("Cancelled: %(when)s. The patient is told.") if coming else _("Cancelled: %(when)s.")
    return done(request, current, said % {"when": when_words(current)}, change)


def _changeable(request: HttpRequest, appointment_id: UUID) -> Appointment:
    found = found_appointment(request, appointment_id)
    if not may_change(request.user, found):
        raise PermissionDenied(_("You may see this appointment, but not change it."))
    return found


def _wrong(request: HttpRequest, found: Appointment, wrong: Form, **forms: Form) -> HttpResponse:
    if wants_json(request):
        return JsonResponse({"errors": wrong.errors}, status=422)
    return show(request, found, status=422, **forms)


def _refused(request: HttpRequest, found: Appointment, refusal: BookingRefused, **context) -> HttpResponse:
    if wants_json(request):
        return refused_json(request, refusal, calendar=None, appointment=found)
    facts = refusal_facts(refusal, None, request)
    return show(request, found, refusal=facts, status=409, **context)
