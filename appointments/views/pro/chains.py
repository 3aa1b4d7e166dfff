"""Several services in one visit: find and book one, look at it, move or cancel its parts together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.staff import staff_page
from appointments.enums import AppointmentStatus
from appointments.forms_desk import CancelReasonForm
from appointments.forms_series import ChainForm, day_field
from appointments.models import Appointment, CalendarReason
from appointments.rules import may_change
from appointments.selectors.chains import Chain, Step, chains
from appointments.selectors.series import parts
from appointments.selectors.series_dates import own_times
from appointments.selectors.slots import Slot
from appointments.selectors.times import YEARS
from appointments.selectors.visible import bookable_calendars, visible_appointments
from appointments.services import chains as services
from appointments.services.booking import BookingRefused
from appointments.services.together import undone
from doctolib import audit
from doctolib.forms import Form
from patients.models import Patient
from patients.selectors import name_of, visible_patients

from .desk.answers import in_panel
from .together import asked, changed, hidden, show

DAYS = 14  # looked at in one step


class FromForm(Form):
    """From which day on a visit is moved."""

    def __init__(self, *args, today, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        text = _("For example 26 November or 26.11.2026.")
        self.fields["from"] = day_field(_("From date"), today=today, required=False, help_text=text)


@dataclass(frozen=True, slots=True)
class Found:
    """A visit to choose: ``value`` is what its button sends."""

    parts: list[dict]
    value: str

    @property
    def starts_at(self) -> datetime:
        return self.parts[0]["starts_at"]

    @property
    def ends_at(self) -> datetime:
        return self.parts[-1]["ends_at"]


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def plan(request: HttpRequest) -> HttpResponse:
    """Two steps on one address: the services, then the times at which one can follow the other."""
    patient, now = _patient(request), timezone.now()
    bookable = list(bookable_calendars(request.user).values_list("pk", flat=True))
    if not bookable:
        raise PermissionDenied(_("You have no right to book in any calendar."))
    today = timezone.localdate(now)
    form = ChainForm(asked(request, "part-1"), bookable=bookable, today=today)
    context = {"form": form, "name": name_of(patient.name), "query": urlencode({"patient": patient.pk})}
    if not form.is_bound or not form.is_valid():
        status = 422 if form.errors else 200
        return show(request, "pro/_visit_form.html", _("Several services in one visit"), status=status, **context)
    if request.method == "POST":
        try:
            return _book(request, patient, form, bookable)
        except BookingRefused as refusal:
            context |= {"refusal": refusal}
    first = form.cleaned_data["from"] or today
    found = _search(form.steps(), first, form.gap, patient, now)
    context |= {"found": _choices(found), "typed": hidden(form.typed()), "first": first, "days": DAYS}
    context["back"] = f"{reverse('visit-new')}?{context['query']}"
    context["later"] = _later(form, context["query"], first)
    title = _("Times for the visit")
    return show(request, "pro/_visit_times.html", title, status=409 if "refusal" in context else 200, **context)


def _patient(request: HttpRequest) -> Patient:
    try:
        patient_id = UUID(request.GET.get("patient", ""))
    except ValueError:
        raise Http404 from None
    return get_object_or_404(visible_patients(request.user), pk=patient_id)


def _search(steps: Sequence[Step], first, gap: timedelta, patient: Patient, now: datetime, besides=()) -> list[Chain]:
    own = own_times(patient.pk, besides=besides)
    last = first + timedelta(days=DAYS - 1)
    return chains(steps=steps, first_day=first, last_day=last, gap=gap, now=now, own=own)


def _choices(found: Sequence[Chain]) -> list[Found]:
    """With the names of calendars and reasons. One query."""
    wanted = {(part.slot.calendar_id, part.slot.reason_id) for chain in found for part in chain}
    rows = CalendarReason.objects.filter(calendar_id__in={calendar for calendar, _reason in wanted})
    names = {
        (row.calendar_id, row.reason_id): (row.calendar.name, row.reason.name)
        for row in rows.select_related("calendar", "reason")
    }
    return [
        Found(
            [
                dict(
                    zip(("calendar", "reason"), names[part.slot.calendar_id, part.slot.reason_id], strict=True),
                    starts_at=part.starts_at,
                    ends_at=part.ends_at,
                )
                for part in chain
            ],
            ",".join(f"{part.slot.calendar_id}@{part.starts_at.isoformat()}" for part in chain),
        )
        for chain in found
    ]


def _later(form: ChainForm, query: str, first) -> str:
    typed = [(name, value) for name, value in form.typed() if name != "from"]
    typed.append(("from", (first + timedelta(days=DAYS)).strftime("%d.%m.%Y")))
    return f"{reverse('visit-new')}?{query}&{urlencode(typed)}"


def _slots(request: HttpRequest, reasons: Sequence[int], bookable: Sequence[int]) -> list[Slot]:
    """What a button sent. Raises Http404 for what is none of ours, PermissionDenied for a calendar that is not."""
    values = request.POST.get("times", "").split(",")
    if len(values) != len(reasons):
        raise Http404
    slots = []
    for reason, value in zip(reasons, values, strict=True):
        calendar, _at, instant = value.partition("@")
        try:
            slot = Slot(int(calendar), reason, datetime.fromisoformat(instant))
        except ValueError:
            raise Http404 from None
        if slot.starts_at.tzinfo is None or slot.starts_at.year not in YEARS:
            raise Http404
        if slot.calendar_id not in bookable:
            raise PermissionDenied(_("You may not book in this calendar."))
        slots.append(slot)
    return slots


def _book(request: HttpRequest, patient: Patient, form: ChainForm, bookable: Sequence[int]) -> HttpResponse:
    slots = _slots(request, [step.reason_id for step in form.steps()], bookable)
    now, user_id = timezone.now(), request.user.pk
    made = services.book_chain(patient=patient, slots=slots, gap=form.gap, user_id=user_id, now=now)
    return _done(request, parts(made.pk)[0], _("The visit is booked. The patient gets one message."))


def _done(request: HttpRequest, appointment: Appointment, said: str) -> HttpResponse:
    if in_panel(request):
        return changed(_overview(request, _part(request, appointment.pk), said=said))
    messages.success(request, said)
    return HttpResponseRedirect(reverse("appointment-visit", args=[appointment.pk]), status=303)


# A visit that is booked ----------------------------------------------------------------------------------------------


@staff_page
@require_safe
def overview(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    """All parts that may be seen."""
    found = _part(request, appointment_id)
    audit.record("chain.viewed", found.chain, about=found.patient)
    return _overview(request, found)


def _overview(request: HttpRequest, found: Appointment, *, status: int = 200, **context) -> HttpResponse:
    rows = visible_appointments(request.user).filter(chain_id=found.chain_id)
    shared = {
        "appointment": found,
        "name": name_of(found.patient.name),
        "appointments": rows.select_related("calendar", "reason").defer("details").order_by("starts_at"),
        "may_change": bool(_mine(request, found)),
        "from_form": FromForm(today=timezone.localdate(), auto_id="from-%s"),
        "cancel_form": CancelReasonForm(auto_id="cancel-%s"),
    }
    return show(request, "pro/_visit.html", _("Visit"), status=status, **{**shared, **context})


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def move(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    """Other times for all parts that are ahead, looked at as if the old ones were free."""
    found, now = _part(request, appointment_id), timezone.now()
    rows = _changeable(request, found)
    today = timezone.localdate(now)
    form = FromForm(asked(request, "from"), today=today, auto_id="from-%s")
    if not form.is_bound or not form.is_valid():
        return _overview(request, found, form=form, from_form=form, status=422)
    bookable = list(bookable_calendars(request.user).values_list("pk", flat=True))
    context = {"form": form, "appointment": found, "name": name_of(found.patient.name), "days": DAYS}
    if request.method == "POST":
        slots = _slots(request, [each.reason_id for each in rows], bookable)
        try:
            new = dict(zip([each.pk for each in rows], slots, strict=True))
            services.move_chain(chain=found.chain, new=new, user_id=request.user.pk, now=now)
            return _done(request, found, _("The visit is moved. The patient gets one message."))
        except BookingRefused as refusal:
            context["refusal"] = refusal
    first = max(form.cleaned_data["from"] or today, today)
    with undone(rows):
        context["found"] = _choices(_search(
            _steps(rows, bookable), first, timedelta(minutes=found.chain.gap), found.patient, now,
            besides=[each.pk for each in rows],
        ))  # fmt: skip
    context |= {"first": first, "typed": hidden([("from", first.strftime("%d.%m.%Y"))])}
    address = reverse("visit-move", args=[found.pk])
    later = (first + timedelta(days=DAYS)).strftime("%d.%m.%Y")
    context |= {"later": f"{address}?from={later}", "back": reverse("appointment-visit", args=[found.pk])}
    title = _("Move the visit")
    return show(request, "pro/_visit_times.html", title, status=409 if "refusal" in context else 200, **context)


def _steps(rows: Sequence[Appointment], bookable: Sequence[int]) -> list[Step]:
    """The same services, in whichever calendars the account may book."""
    offers = CalendarReason.objects.filter(calendar_id__in=bookable, reason_id__in={each.reason_id for each in rows})
    found = list(offers.values_list("reason_id", "calendar_id"))
    return [Step(each.reason_id, tuple(pk for reason, pk in found if reason == each.reason_id)) for each in rows]


@staff_page
@require_POST
def cancel(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    """All parts that are ahead."""
    found = _part(request, appointment_id)
    rows = _changeable(request, found)
    form = CancelReasonForm(request.POST, auto_id="cancel-%s")
    if not form.is_valid():
        return _overview(request, found, form=form, cancel_form=form, status=422)
    try:
        services.cancel_chain(
            chain=found.chain,
            ids=[each.pk for each in rows],
            user_id=request.user.pk,
            now=timezone.now(),
            reason=form.cleaned_data["reason"],
        )
    except BookingRefused as refusal:
        return _overview(request, found, cancel_form=form, refusal=refusal, status=409)
    return _done(request, found, _("The visit is cancelled. The patient gets one message."))


def _mine(request: HttpRequest, found: Appointment) -> list[Appointment]:
    """The parts that are ahead; all of them must be the account's to change, or none is."""
    rows = list(
        Appointment.objects.filter(chain_id=found.chain_id, status=AppointmentStatus.BOOKED, ends_at__gt=timezone.now())
        .defer("details")
        .order_by("starts_at")
    )
    return rows if all(may_change(request.user, each) for each in rows) else []


def _changeable(request: HttpRequest, found: Appointment) -> list[Appointment]:
    rows = _mine(request, found)
    if not rows:
        raise PermissionDenied(_("You may not change all parts of this visit, or nothing of it is ahead."))
    return rows


def _part(request: HttpRequest, appointment_id: UUID) -> Appointment:
    rows = visible_appointments(request.user).filter(chain__isnull=False)
    return get_object_or_404(rows.select_related("chain", "patient", "calendar", "reason"), pk=appointment_id)
