"""A new appointment, also a copy of another one."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.staff import staff_page
from appointments.forms_new import NewForm
from appointments.models import Appointment, Calendar
from appointments.selectors.series_dates import minutes_of
from appointments.selectors.visible import bookable_calendars, visible_appointments, visible_equipment
from appointments.services.refusals import BookingRefused, NoAgreement
from appointments.services.staff.booking import book
from appointments.views.pro.missing import no_calendar
from doctolib import audit
from doctolib.numbers import row_number
from doctolib.violations import NO_AGREEMENT, violation_raises
from patients.models import Patient
from patients.selectors import visible_patients
from patients.selectors_search import Match, find_patients, match_of, read_query
from patients.services.records import alike, create_patient

from .answers import asked_against, done, in_panel, refusal_facts, refused_json, wants_json, when_words, with_time

QUARTER = 15  # minutes


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """POST with ``find`` only searches, with ``refresh`` only shows the calendar's reasons: what was typed stays."""
    calendars = bookable_calendars(request.user).order_by("unit__position", "unit_id", "position", "name", "id")
    if not calendars:
        return no_calendar(request, _("You have no right to book in any calendar."))
    sent = with_time(request) if request.method == "POST" else None
    initial = _initial(request, calendars)
    form = NewForm(
        sent,
        initial=initial,
        calendars=calendars,
        equipment=visible_equipment(request.user),
        patients=visible_patients(request.user),
        calendar_id=row_number(sent.get("calendar")) if sent else initial["calendar"],
        room_id=row_number(sent.get("room")) if sent else initial["room"],
        auto_id="new-%s",
    )
    if sent is None:
        return _page(request, form)
    if "find" in sent or "refresh" in sent or "other_patient" in sent:
        return _page(request, form.typed(), searched="find" in sent)
    if not form.is_valid():
        return _wrong(request, form)
    return _book(request, form, sent)


def _book(request: HttpRequest, form: NewForm, sent: QueryDict) -> HttpResponse:
    calendar = form.cleaned_data["calendar"]
    allow = asked_against(request, sent, calendar)
    patient = form.cleaned_data["patient"]
    if patient is None:
        same = [] if form.cleaned_data["anyway"] else _known(form)
        if same:
            return _wrong(request, form, same=same)
    if "series" in sent:
        return _to_series(form, patient or _create(request, form))
    try:
        appointment, change = book(
            slot=form.slot(),
            patient=patient or _create(request, form),
            user_id=request.user.pk,
            now=timezone.now(),
            note=form.cleaned_data["note"],
            allow=allow,
        )
    except BookingRefused as refusal:  # a new record is rolled back with it, and made again next time
        if wants_json(request):
            return refused_json(request, refusal, calendar=calendar)
        return _page(request, form, refusal=refusal_facts(refusal, calendar, request), went_on=sent, status=409)
    appointment.calendar = calendar
    return done(request, appointment, _("Booked: %(when)s.") % {"when": when_words(appointment)}, change)


def _to_series(form: NewForm, patient: Patient) -> HttpResponse:
    """With what was chosen so far; nothing is booked yet."""
    slot = form.slot()
    start = timezone.localtime(slot.starts_at).strftime("%Y-%m-%dT%H:%M")
    chosen = {"patient": patient.pk, "calendar": slot.calendar_id, "reason": slot.reason_id, "start": start}
    return HttpResponseRedirect(f"{reverse('series-new')}?{urlencode(chosen)}", status=303)


def _known(form: NewForm) -> list[Match]:
    """Records of somebody with this name and birth date."""
    data = form.cleaned_data
    found = alike(first_name=data["first_name"], last_name=data["last_name"], birth_date=data["birth_date"])
    return [match_of(patient) for patient in found]


def _create(request: HttpRequest, form: NewForm) -> Patient:
    data = form.cleaned_data
    names = ("first_name", "last_name", "birth_date", "phone", "email")
    with violation_raises(NoAgreement, state=NO_AGREEMENT, using=request.scope.database):
        return create_patient(**{name: data[name] for name in names}, sex=data["sex"] or "unknown")


def _wrong(request: HttpRequest, form: NewForm, *, same: list[Match] | None = None) -> HttpResponse:
    if wants_json(request):
        errors = {**form.errors}
        if same:
            errors["patient"] = [_("There is a record with this name and date of birth.")]
        return JsonResponse({"errors": errors}, status=422)
    return _page(request, form, same=same, status=422)


def _page(
    request: HttpRequest, form: NewForm, *, status: int = 200, searched: bool = False, **context: Any
) -> HttpResponse:
    chosen = _chosen(request, form)
    matches: list[Match] = []
    more = False
    if searched:
        asked = read_query(str(form["q"].value() or ""), today=timezone.localdate())
        matches, more = find_patients(asked)
        audit.record("patients.searched", request.user)
    shared = {
        "form": form,
        "chosen": chosen,
        "matches": matches,
        "more": more,
        "searched": searched,
        "section": "calendar",
        "organisation": request.user.organisation,
    }
    template = "pro/_new.html" if in_panel(request) else "pro/new.html"
    return render(request, template, {**shared, **context}, status=status)


def _chosen(request: HttpRequest, form: NewForm) -> Match | None:
    value = form["patient"].value()
    if not value or "other_patient" in request.POST:
        return None
    try:
        number = value if isinstance(value, UUID) else UUID(str(value))
    except ValueError:
        return None
    found = visible_patients(request.user).filter(pk=number).first()
    return match_of(found) if found else None


def _initial(request: HttpRequest, calendars: Any) -> dict[str, Any]:
    """From the address: calendar, start, minutes, reason, patient. A copy takes what is not named from the other."""
    asked, copied = request.GET, _copied(request)
    usual = {
        "calendar": copied.calendar_id if copied else None,
        "reason": copied.reason_id if copied else None,
        "patient": copied.patient_id if copied else None,
        "minutes": minutes_of(copied) if copied else None,
    }
    calendar_id = row_number(asked.get("calendar")) or usual["calendar"]
    known: Calendar | None = calendars.filter(pk=calendar_id).first() or calendars.first()
    assert known is not None
    return {
        "calendar": known.pk,
        "start": asked.get("start") or _next_quarter(),
        "minutes": row_number(asked.get("minutes")) or usual["minutes"],
        "reason": row_number(asked.get("reason")) or usual["reason"],
        "patient": asked.get("patient") or usual["patient"],
        "room": row_number(asked.get("room")),
    }


def _copied(request: HttpRequest) -> Appointment | None:
    text = request.GET.get("copy", "")
    if not text:
        return None
    try:
        number = UUID(text)
    except ValueError:
        raise Http404 from None
    found = visible_appointments(request.user).filter(pk=number).first()
    if found is None:
        raise Http404
    return found


def _next_quarter() -> datetime:
    now = timezone.localtime().replace(second=0, microsecond=0)
    return now + timedelta(minutes=-now.minute % QUARTER)
