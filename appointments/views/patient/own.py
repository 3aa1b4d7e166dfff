"""A patient's own appointments: see, cancel, move, put into a calendar."""

from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.enums import ConsentPurpose
from accounts.selectors import has_consent
from appointments.calendar_file import calendar_file_of
from appointments.forms import CancelForm, minutes_text
from appointments.models import Appointment
from appointments.selectors.patient import AppointmentView, appointment_view, my_appointments
from appointments.selectors.public import Offer, offer_of
from appointments.selectors.times import is_free, read_time_value, time_value
from appointments.selectors.told import told_to_patient
from appointments.services.booking import (
    AlreadyCancelled,
    BookingRefused,
    NoLongerOnline,
    NotOffered,
    SlotTaken,
    TooLate,
    cancel_appointment,
    move_appointment,
    nearest_free,
)
from appointments.services.changing import cancel_refusal, move_refusal
from appointments.services.eligibility import NewTimes, Span, new_times
from doctolib.tenancy.middleware import in_scope
from patients.selectors_documents import documents_of_appointment, referrals

from .choosing import times_response
from .frame import address, as_patient, home_of, page, see_other
from .refusals import refused
from .said import Said

UNCHANGEABLE = (AlreadyCancelled, TooLate, NoLongerOnline)  # its own page says which

PAST_ON_PAGE = 20


@login_required
@require_safe
def my(request: HttpRequest) -> HttpResponse:
    """Coming appointments at all clinics, the next one first; past ones where the account's owner allows it."""
    now = timezone.now()
    mine = my_appointments(request.user, now=now)
    past = mine.past and Paginator(mine.past, PAST_ON_PAGE).get_page(request.GET.get("page"))
    context = {
        "past_allowed": mine.past is not None,
        "away": mine.away,
        "clinics": mine.clinics,
        "waiting": mine.waiting,
    }
    return page(request, "my", days=mine.days(), past=past, **context)


@login_required
@require_safe
@in_scope(as_patient)
def appointment(request: HttpRequest, slug: str, appointment_id: UUID) -> HttpResponse:
    now = timezone.now()
    view = own_appointment(request, appointment_id, now)
    if view.over and not has_consent(request.user.pk, ConsentPurpose.PAST_APPOINTMENTS):
        return page(request, "past_closed", status=403)
    return page(
        request,
        "appointment",
        appointment=view,
        length=minutes_text(int((view.ends_at - view.starts_at).total_seconds()) // 60),
        again_href=_again(view) if view.cancelled else "",
        moved=view.moves > 0 and "moved" in request.GET,
        no_move=move_refusal(view.changes, now=now),
        no_cancel=cancel_refusal(view.changes, now=now),
        **sharing(view),
        earlier_href=_earlier(view),
        told=told_to_patient(request.organisation, view.id),
        **_follow_up(view, now),
    )


def sharing(view: AppointmentView) -> dict[str, object]:
    """What was shared for a coming visit, and the referral among it."""
    documents = documents_of_appointment(view.id) if view.changeable else []
    return {"documents": documents, "referrals": referrals(documents)}


def _earlier(view: AppointmentView) -> str:
    """Where to wait for an earlier time than this one; empty where none can be booked online."""
    if not view.changeable or not view.organisation.is_published or offer_of(view.reason_id) is None:
        return ""
    joining = reverse("waiting-join", args=[view.organisation.slug])
    return address(joining, reason=view.reason_id, appointment=view.id)


def _follow_up(view: AppointmentView, now: datetime) -> dict[str, object]:
    """What may be booked after this visit, and the way there; nothing when it is not offered online."""
    window = view.follow_up
    offer = offer_of(window.reason_id) if window and view.organisation.is_published else None
    if window is None or offer is None:
        return {}
    opens = {"from": window.first_day.isoformat()} if window.first_day > timezone.localdate(now) else {}
    href = address(reverse("book-times", args=[view.organisation.slug]), reason=offer.id, **opens)
    return {"follow_up": offer, "window": window, "follow_up_href": href}


def _again(view: AppointmentView) -> str:
    """Where to look for a new time: the same reason, or as near to it as is still offered."""
    if not view.organisation.is_published:
        return reverse("organisations")
    if offer_of(view.reason_id) is None:
        return home_of(view.organisation.slug)
    return address(reverse("book-times", args=[view.organisation.slug]), reason=view.reason_id)


@login_required
@require_safe
@in_scope(as_patient)
def calendar_file(request: HttpRequest, slug: str, appointment_id: UUID) -> HttpResponse:
    view = own_appointment(request, appointment_id, timezone.now())
    if view.over:  # nothing to put into a calendar; its page says what may be seen of it
        return see_other(reverse("appointment", args=[slug, appointment_id]))
    link = request.build_absolute_uri(reverse("appointment", args=[slug, appointment_id]))
    response = HttpResponse(calendar_file_of(view, link=link), content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="termin.ics"'
    return response


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@in_scope(as_patient)
def cancel(request: HttpRequest, slug: str, appointment_id: UUID) -> HttpResponse:
    """Ask once, then cancel. What is cancelled, over or too near already says so on its own page."""
    now = timezone.now()
    view = own_appointment(request, appointment_id, now)
    own_page = reverse("appointment", args=[slug, appointment_id])
    if not view.changeable or cancel_refusal(view.changes, now=now):
        return see_other(own_page)
    form = CancelForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            cancel_appointment(appointment=_row(view), now=now, reason=form.cleaned_data["reason"])
        except UNCHANGEABLE:
            pass  # a second click, or midnight struck: the page says how it stands
        return see_other(own_page)
    return page(request, "cancel", status=422 if form.errors else 200, appointment=view, form=form)


@login_required
@require_safe
@in_scope(as_patient)
def move(request: HttpRequest, slug: str, appointment_id: UUID) -> HttpResponse:
    """A new time for the same reason. The old one stays until the new one is taken."""
    now = timezone.now()
    view = own_appointment(request, appointment_id, now)
    own_page = reverse("appointment", args=[slug, appointment_id])
    if not view.changeable or move_refusal(view.changes, now=now):
        return see_other(own_page)
    offer = offer_of(view.reason_id)
    if offer is None:
        return page(request, "move_by_phone", appointment=view)
    checking = reverse("appointment-move-check", args=[slug, appointment_id])
    rules = _rules(view, now)
    return times_response(
        request, offer, now=now, back_href=own_page, action=checking, said=Said(), moved=view, rules=rules
    )


def _rules(view: AppointmentView, now: datetime) -> NewTimes:
    """Asked before times are offered; the service asks again."""
    return new_times(_row(view), zone=view.organisation.zone, now=now, waiting=False)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@in_scope(as_patient)
def move_check(request: HttpRequest, slug: str, appointment_id: UUID) -> HttpResponse:
    """Old and new time beside each other; then move. Refused: nothing has changed, and the nearest times are shown."""
    now = timezone.now()
    view = own_appointment(request, appointment_id, now)
    own_page = reverse("appointment", args=[slug, appointment_id])
    offer = offer_of(view.reason_id)
    if not view.changeable or move_refusal(view.changes, now=now) or offer is None:
        return see_other(own_page)
    sent = request.POST if request.method == "POST" else request.GET
    calendar_id, starts_at = read_time_value(sent.get("time", "")) or (None, None)
    if calendar_id is None or starts_at is None:
        return see_other(reverse("appointment-move", args=[slug, appointment_id]))
    try:
        if request.method == "POST":
            move_appointment(appointment=_row(view), calendar_id=calendar_id, starts_at=starts_at, now=now)
            return see_other(own_page, moved=1)
        _look(request, view, offer, calendar_id, starts_at, now)
    except UNCHANGEABLE:
        return see_other(own_page)
    except BookingRefused as refusal:
        return _move_refused(request, refusal, view, now)
    return page(
        request,
        "move_check",
        appointment=view,
        starts_at=starts_at,
        who=offer.who(calendar_id),
        time=time_value(calendar_id, starts_at),
    )


def _look(
    request: HttpRequest, view: AppointmentView, offer: Offer, calendar_id: int, starts_at: datetime, now: datetime
) -> None:
    """Raises what stands against a time before anybody is asked to confirm it.

    Times that only their own appointment stands against are left to the service, which knows how to free it.
    """
    calendar = next((each for each in offer.calendars if each.id == calendar_id), None)
    if calendar is None:
        raise NotOffered
    if refusal := _rules(view, now).refusal(Span(starts_at, starts_at + timedelta(minutes=calendar.duration))):
        raise refusal
    slot = {"reason_id": offer.id, "calendar_id": calendar_id}
    own = view.starts_at <= starts_at < view.ends_at
    if not own and not is_free(starts_at=starts_at, now=now, **slot):
        raise SlotTaken(nearest_free(request.organisation, around=starts_at, now=now, **slot))


def _move_refused(request: HttpRequest, refusal: BookingRefused, view: AppointmentView, now: datetime) -> HttpResponse:
    ids = [request.organisation.slug, view.id]
    ways = {
        "action": reverse("appointment-move-check", args=ids),
        "all_times": address(reverse("appointment-move", args=ids)),
        "moved": view,
    }
    return refused(request, refusal, reason_id=view.reason_id, now=now, said=Said(), **ways)


def own_appointment(request: HttpRequest, appointment_id: UUID, now: datetime) -> AppointmentView:
    """The patient's own appointment, or 404."""
    for_whom = "" if request.person.is_owner else request.person.name
    view = appointment_view(appointment_id, request.organisation, now=now, for_whom=for_whom)
    if view is None:
        raise Http404
    return view


def _row(view: AppointmentView) -> Appointment:
    return Appointment.objects.get(pk=view.id)
