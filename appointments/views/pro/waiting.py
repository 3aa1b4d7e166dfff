"""The waiting list for staff: who waits, offer a time, change the order, pause, remove, add a patient."""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.staff import staff_page
from appointments.enums import AppointmentStatus
from appointments.forms_waiting import OfferLengthForm, ReasonChoiceForm, RemoveForm, StaffWishForm, WishForm
from appointments.models import CalendarReason, VisitReason, WaitingEntry, WaitingOffer
from appointments.rules import may_create, may_set_up_waiting_list, may_steer_waiting_list
from appointments.selectors.availability import free_slots
from appointments.selectors.public import CalendarOffer
from appointments.selectors.times import FreeDay, FreeTime, read_time_value
from appointments.selectors.visible import bookable_calendars, visible_appointments, visible_entries
from appointments.selectors.waiting import offer_minutes
from appointments.selectors.waiting_pages import entry_view, waiting_list
from appointments.services import offers, waiting
from appointments.services.refusals import BookingRefused
from doctolib import audit
from patients.models import Patient
from patients.selectors import name_of, visible_patients

DAYS_LOOKED_AT = 14
ACTS: dict[str, Callable[[UUID], None]] = {
    "raise": lambda entry_id: waiting.prioritise(entry_id=entry_id, by=1),
    "lower": lambda entry_id: waiting.prioritise(entry_id=entry_id, by=-1),
    "pause": lambda entry_id: waiting.pause(entry_id=entry_id),
    "resume": lambda entry_id: waiting.resume(entry_id=entry_id),
}


def _show(request: HttpRequest, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
    shared = {"section": "waiting", "organisation": request.user.organisation}
    return render(request, f"pro/{template}.html", {**shared, **context}, status=status)


@staff_page
@require_safe
def waiting_page(request: HttpRequest) -> HttpResponse:
    """Everybody who waits, by unit and reason, in their turn."""
    if not may_steer_waiting_list(request.user, request.user.organisation_id):
        raise PermissionDenied(_("You have no right to book in any calendar."))
    groups = waiting_list(request.user.organisation, visible_entries(request.user), now=timezone.now())
    count = sum(len(group["entries"]) for group in groups)
    return _show(request, "waiting_list", groups=groups, count=count, may_set_up=may_set_up_waiting_list(request.user))


@staff_page
@require_POST
def act(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Raise, lower, pause, resume."""
    entry = _entry(request, entry_id)
    verb = ACTS.get(request.POST.get("act", ""))
    if verb is None:
        raise Http404
    verb(entry.pk)
    return HttpResponseRedirect(f"{reverse('waiting-list')}#entry-{entry.pk}", status=303)


@staff_page
@require_safe
def entry(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """One entry with everything that can be done with it."""
    found = _entry(request, entry_id)
    audit.record("waiting.viewed", found, about=found.patient)
    return _entry_page(request, found)


def _entry_page(request: HttpRequest, found: WaitingEntry, *, status: int = 200, **context: Any) -> HttpResponse:
    now, organisation = timezone.now(), request.user.organisation
    view = entry_view(found.pk, organisation, now=now, names=True)
    assert view is not None
    bookable = set(bookable_calendars(request.user).values_list("pk", flat=True))
    shared = {
        "entry": view,
        "remove_form": RemoveForm(auto_id="remove-%s"),
        "days": _times(found, bookable, now)
        if view.status == "waiting" and not (view.offer and view.offer.open)
        else (),
        "days_looked_at": DAYS_LOOKED_AT,
        "minutes": offer_minutes(),
    }
    return _show(request, "waiting_entry", status=status, **{**shared, **context})


def _times(entry: WaitingEntry, bookable: Collection[int], now: datetime) -> list[FreeDay]:
    """What staff could offer: every free time of the calendars that suit, from the first day that suits."""
    zone = timezone.get_current_timezone()
    calendars = {offer.id: offer for offer in _people(entry.reason_id)}
    wanted = [pk for pk in calendars if pk in bookable and (not entry.calendar_ids or pk in entry.calendar_ids)]
    first = max(entry.from_day, now.astimezone(zone).date())
    last = first + timedelta(days=DAYS_LOOKED_AT - 1)
    found = free_slots(
        reason_id=entry.reason_id, calendar_ids=wanted, first_day=first, last_day=last, now=now, online=False
    )
    times = sorted(
        (FreeTime(start.astimezone(zone), pk, calendars[pk].who) for pk, starts in found.items() for start in starts),
        key=lambda time: (time.starts_at, time.who),
    )
    days: dict = {}
    for time in times:
        days.setdefault(time.starts_at.date(), []).append(time)
    return [FreeDay(day, tuple(of_day)) for day, of_day in days.items()]


def _people(reason_id: int) -> list[CalendarOffer]:
    """Every active calendar that offers the reason, online or not."""
    rows = CalendarReason.objects.filter(reason_id=reason_id, calendar__is_active=True)
    rows = rows.select_related("calendar", "reason").order_by("calendar__position", "calendar__name", "calendar_id")
    return [CalendarOffer(row.calendar_id, row.calendar.name, row.duration or row.reason.duration) for row in rows]


@staff_page
@require_POST
def offer(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Offer the chosen time now, whatever the wish says."""
    found = _entry(request, entry_id)
    calendar_id, starts_at = read_time_value(request.POST.get("time", "")) or (None, None)
    if calendar_id is None or starts_at is None:
        raise Http404
    get_object_or_404(bookable_calendars(request.user), pk=calendar_id)
    try:
        offers.offer_time(
            organisation=request.user.organisation,
            entry_id=found.pk,
            calendar_id=calendar_id,
            starts_at=starts_at,
            now=timezone.now(),
            online=False,
        )
    except BookingRefused as refusal:
        return _entry_page(request, found, refusal=refusal, status=409)
    messages.success(request, _("The time is kept, and the patient gets a message."))
    return _to(found)


@staff_page
@require_POST
def answer(request: HttpRequest, entry_id: UUID, offer_id: UUID) -> HttpResponse:
    """The patient has called: yes or no."""
    found = _entry(request, entry_id)
    offered = get_object_or_404(WaitingOffer.objects.select_related("calendar"), pk=offer_id, entry=found)
    if not may_create(request.user, offered.calendar, inside=True):
        raise PermissionDenied
    now, organisation = timezone.now(), request.user.organisation
    if request.POST.get("answer") != "yes":
        offers.refuse_offer(organisation=organisation, offer_id=offer_id, now=now)
        return _to(found)
    try:
        appointment_id = offers.accept_offer(organisation=organisation, offer_id=offer_id, now=now)
    except BookingRefused as refusal:
        return _entry_page(request, found, refusal=refusal, status=409)
    messages.success(request, _("Booked. The patient gets a message."))
    return HttpResponseRedirect(reverse("appointment", args=[appointment_id]), status=303)


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    found = _entry(request, entry_id)
    if not found.is_live:
        return _to(found)
    form = WishForm(
        request.POST if request.method == "POST" else None,
        people=_people(found.reason_id),
        today=timezone.localdate(),
        initial=WishForm.initial_of(found),
    )
    if form.is_valid():
        waiting.change_wish(entry_id=found.pk, wish=form.wish())
        return _to(found)
    back = reverse("waiting-entry", args=[found.pk])
    context = {"form": form, "reason": found.reason, "name": name_of(found.patient.name), "back_href": back}
    return _show(request, "waiting_form", status=422 if form.errors else 200, **context)


@staff_page
@require_POST
def remove(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    found = _entry(request, entry_id)
    form = RemoveForm(request.POST, auto_id="remove-%s")
    if not form.is_valid():
        return _entry_page(request, found, remove_form=form, status=422)
    organisation, note = request.user.organisation, form.cleaned_data["note"]
    waiting.remove(organisation=organisation, entry_id=found.pk, now=timezone.now(), note=note)
    messages.success(request, _("The patient is off the waiting list."))
    return HttpResponseRedirect(reverse("waiting-list"), status=303)


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """Put a patient on the list: first the reason, then the wish. The way here is the patient's card."""
    patient = _patient(request)
    name, now = name_of(patient.name), timezone.now()
    card = reverse("patient-card", args=[patient.pk])
    bookable = bookable_calendars(request.user).values("pk")
    reasons = (
        VisitReason.objects.filter(is_archived=False, offers__calendar_id__in=bookable)
        .distinct()
        .select_related("unit")
    )
    choice = ReasonChoiceForm(request.GET if "reason" in request.GET else None, reasons=reasons)
    if not choice.is_valid():
        context = {"form": choice, "name": name, "patient_id": patient.pk, "back_href": card}
        return _show(request, "waiting_reason", status=422 if choice.errors else 200, **context)
    reason = choice.cleaned_data["reason"]
    coming = visible_appointments(request.user).filter(
        patient=patient, reason=reason, status=AppointmentStatus.BOOKED, starts_at__gt=now
    )
    coming = {str(each.pk): each for each in coming.order_by("starts_at")}
    form = StaffWishForm(
        request.POST if request.method == "POST" else None,
        people=_people(reason.pk),
        today=timezone.localdate(now),
        appointments=coming.values(),
    )
    if form.is_valid():
        old = coming.get(form.cleaned_data.get("appointment", ""))
        added = waiting.add_entry(patient=patient, reason_id=reason.pk, wish=form.wish(), now=now, appointment=old)
        return _to(added)
    context = {"form": form, "reason": reason, "name": name, "back_href": card, "is_new": True}
    return _show(request, "waiting_form", status=422 if form.errors else 200, **context)


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def set_up(request: HttpRequest) -> HttpResponse:
    if not may_set_up_waiting_list(request.user):
        raise PermissionDenied
    form = OfferLengthForm(request.POST if request.method == "POST" else None, initial={"minutes": offer_minutes()})
    if form.is_valid():
        waiting.set_offer_minutes(form.cleaned_data["minutes"])
        messages.success(request, _("Saved."))
        return HttpResponseRedirect(reverse("waiting-set-up"), status=303)
    return _show(request, "waiting_set_up", status=422 if form.errors else 200, form=form)


def _entry(request: HttpRequest, entry_id: UUID) -> WaitingEntry:
    return get_object_or_404(visible_entries(request.user).select_related("reason", "patient"), pk=entry_id)


def _patient(request: HttpRequest) -> Patient:
    if not may_steer_waiting_list(request.user, request.user.organisation_id):
        raise PermissionDenied
    try:
        patient_id = UUID(request.GET.get("patient", ""))
    except ValueError:
        raise Http404 from None
    return get_object_or_404(visible_patients(request.user), pk=patient_id)


def _to(found: WaitingEntry) -> HttpResponse:
    return HttpResponseRedirect(reverse("waiting-entry", args=[found.pk]), status=303)
