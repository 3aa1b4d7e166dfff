"""Plan a series: its rule, then all its dates with what stands against each, to choose from and book."""

from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.staff import staff_page
from appointments.enums import AppointmentStatus
from appointments.forms_series import SeriesForm, Start
from appointments.models import Appointment
from appointments.rules import may_change
from appointments.selectors.prescriptions import prescriptions_of
from appointments.selectors.recurrence import instant
from appointments.selectors.series import members
from appointments.selectors.series_dates import PlannedDate, minutes_of, plan_dates
from appointments.selectors.slots import Slot
from appointments.selectors.visible import bookable_calendars, visible_appointments
from appointments.services import series as services
from appointments.services.booking import BookingRefused
from patients.models import Patient
from patients.selectors import name_of, visible_patients

from .series import done
from .together import DatesForm, asked, hidden, show


@dataclass(frozen=True, slots=True)
class Begin:
    """Whom a series is for, and the appointment that it repeats, if any."""

    patient: Patient
    repeats: Appointment | None
    now: datetime

    @property
    def first(self) -> Appointment | None:
        """The repeated appointment where it can be part of the series: it is still ahead."""
        each = self.repeats
        ahead = each and each.status == AppointmentStatus.BOOKED and each.ends_at > self.now
        return each if ahead else None

    @property
    def query(self) -> str:
        key, row = ("appointment", self.repeats) if self.repeats else ("patient", self.patient)
        return urlencode({key: row.pk})

    @property
    def start(self) -> Start | None:
        if self.repeats is None:
            return None
        local = timezone.localtime(self.repeats.starts_at)
        return Start(self.repeats.calendar_id, self.repeats.reason_id, local.date(), local.time())


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def plan(request: HttpRequest) -> HttpResponse:
    """Two steps on one address: the rule, then its dates with what stands against each, to choose from and book."""
    begin = _begin(request)
    if begin.repeats and begin.repeats.series_id:
        return HttpResponseRedirect(reverse("appointment-series", args=[begin.repeats.pk]), status=303)
    form = _rule_form(request, begin)
    if not form.is_bound or not form.is_valid():
        context = {"form": form, "begin": begin, "name": name_of(begin.patient.name)}
        return show(request, "pro/_series_form.html", _("Plan a series"), status=422 if form.errors else 200, **context)
    dates, lost = _planned(request, begin, form), None
    choice = DatesForm(request.POST or None, dates=dates, leave=_("leave out"))
    if request.method == "POST" and choice.is_valid():
        try:
            return _book(request, begin, form, choice)
        except BookingRefused as refusal:
            lost = refusal
            choice = DatesForm(request.POST, dates=_planned(request, begin, form), leave=_("leave out"))
    status = 409 if lost or choice.is_stale else 422 if choice.errors else 200
    context = {"form": choice, "rule": form, "begin": begin, "name": name_of(begin.patient.name), "refusal": lost}
    back = f"{reverse('series-new')}?{begin.query}&{urlencode(form.typed())}&change=1"
    context |= {"typed": hidden(form.typed()), "back": back, "weeks": form.rule, "start": form.start}
    return show(request, "pro/_series_dates.html", _("Dates of the series"), status=status, **context)


def _begin(request: HttpRequest) -> Begin:
    now = timezone.now()
    appointment_id = _uuid(request.GET.get("appointment"))
    if appointment_id:
        rows = visible_appointments(request.user).select_related("patient", "calendar", "reason")
        found = get_object_or_404(rows, pk=appointment_id)
        if not may_change(request.user, found):
            raise PermissionDenied(_("You may see this appointment, but not change it."))
        return Begin(found.patient, found, now)
    patient_id = _uuid(request.GET.get("patient"))
    if not patient_id:
        raise Http404
    if not bookable_calendars(request.user).exists():
        raise PermissionDenied(_("You have no right to book in any calendar."))
    return Begin(get_object_or_404(visible_patients(request.user), pk=patient_id), None, now)


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Http404 from None


def _rule_form(request: HttpRequest, begin: Begin) -> SeriesForm:
    today, first = timezone.localdate(begin.now), begin.first
    data = asked(request, "every")
    if data is not None and "change" in data and request.method != "POST":  # back to the first step, as it was typed
        data, initial = None, _initial(data)
    else:
        initial = {"prescription": request.GET.get("prescription", ""), **_of_new(request)}
    return SeriesForm(
        data,
        initial=initial,
        today=today,
        begins=begin.start,
        tied=first.prescription_id if first else None,
        prescriptions=prescriptions_of(begin.patient.pk, today=today),
        bookable=list(bookable_calendars(request.user).values_list("pk", flat=True)),
    )


def _of_new(request: HttpRequest) -> dict:
    """What the form of a new appointment has got already."""
    sent = request.GET
    try:
        start = parse_datetime(sent.get("start", ""))
    except ValueError:  # a form that no day has
        start = None
    when = {"first": start.strftime("%d.%m.%Y"), "clock": start.time()} if start else {}
    return {"offer": f"{sent.get('calendar', '')}-{sent.get('reason', '')}", **when}


def _initial(data) -> dict:
    return {name: data.getlist(name) if name == "weekdays" else data[name] for name in data}


def _planned(request: HttpRequest, begin: Begin, form: SeriesForm) -> dict[str, PlannedDate]:
    """The dates that are to be booked: what the series repeats is there already."""
    zone, start = request.user.organisation.zone, form.start
    days = [day for day in form.days if not (begin.repeats and day == start.day)]
    length = minutes_of(begin.repeats) if begin.repeats else None
    slots = [Slot(start.calendar_id, start.reason_id, instant(day, start.clock, zone), length) for day in days]
    last_day = form.chosen.prescription.valid_until if form.chosen else None
    found = plan_dates(request.user.organisation, slots, patient_id=begin.patient.pk, now=begin.now, last_day=last_day)
    return {day.isoformat(): planned for day, planned in zip(days, found, strict=True)}


def _book(request: HttpRequest, begin: Begin, form: SeriesForm, choice: DatesForm) -> HttpResponse:
    start = form.start
    _must_be_bookable(request, start.calendar_id)
    chosen = choice.chosen()
    made = services.book_series(
        patient=begin.patient,
        slots=[replace(choice.dates[key].slot, starts_at=moment) for key, moment in chosen.items()],
        rule=form.rule,
        clock=start.clock,
        user_id=request.user.pk,
        now=begin.now,
        first=begin.first,
        prescription_id=form.chosen.prescription.pk if form.chosen else None,
    )
    count = members(made.pk).count()
    said = ngettext(
        "%(count)d appointment is booked. The patient gets one message.",
        "%(count)d appointments are booked. The patient gets one message.", count,
    )  # fmt: skip
    return done(request, members(made.pk)[0], said % {"count": count})


def _must_be_bookable(request: HttpRequest, calendar_id: int) -> None:
    if not bookable_calendars(request.user).filter(pk=calendar_id).exists():
        raise PermissionDenied(_("You may not book in this calendar."))
