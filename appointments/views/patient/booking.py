"""From a chosen time to an appointment: hold, sign in or up, check, done."""

from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.phone_numbers import phone_text
from accounts.selectors import PersonView, contact_of, persons_of
from accounts.services.persons import link_owner, link_person
from accounts.throttling import network_of
from appointments.forms import INSURANCES, SOMEONE_ELSE, CheckForm, WhomForm, answers_in, draft_in, minutes_text
from appointments.models import Appointment
from appointments.selectors.patient import appointment_view, person_at
from appointments.selectors.public import calendars_offering, questions_of
from appointments.selectors.times import read_time_value
from appointments.services.anyone import hold_with_anyone
from appointments.services.booking import (
    Booker,
    BookingRefused,
    HoldView,
    NoMoreExtensions,
    NotAnswered,
    NotOffered,
    confirm_hold,
    extend_hold,
    hold_slot,
    live_hold,
    release_hold,
)
from appointments.services.changing import cancel_refusal, move_refusal
from appointments.services.drafts import draft_of, keep_draft
from appointments.services.holds import EXTENSIONS, hold_id_of, spent
from appointments.services.reminders import allow_reminders, allowed_channels
from doctolib.tenancy.middleware import in_scope
from doctolib.tenancy.scopes import patient_scope, visitor_scope
from patients.enums import Channel

from .frame import (
    HOLD_COOKIE,
    address,
    as_patient,
    at_clinic,
    home_of,
    page,
    see_other,
    set_cookie,
    visitor_token,
    whole_number,
)
from .own import sharing
from .refusals import ended, refused
from .said import Said, keep, said_before, said_by


@require_http_methods(["GET", "HEAD", "POST"])
@in_scope(at_clinic)
def hold(request: HttpRequest, slug: str) -> HttpResponse:
    """Hold the chosen time. GET (a reload, another language) shows the times again."""
    sent = request.POST if request.method == "POST" else request.GET
    reason, calendar = whole_number(sent.get("reason")), sent.get("calendar", "")
    if reason is None and request.method != "POST":
        return see_other(home_of(slug))
    if reason is None:
        raise Http404
    if request.method != "POST":
        return see_other(reverse("book-times", args=[slug]), reason=reason, calendar=calendar)
    now, said = timezone.now(), said_by(request)
    try:
        chosen = read_time_value(sent.get("time", ""))
        if chosen is None:
            raise NotOffered
        calendar_id, starts_at = chosen
        slot: dict[str, Any] = {
            "organisation": request.organisation,
            "reason_id": reason,
            "starts_at": starts_at,
            "now": now,
            "network": network_of(request),
            "token": visitor_token(request),
        }
        if calendar_id is None:
            with visitor_scope(request.organisation):
                people = calendars_offering(reason, said.preference)
            _held_slot, token = hold_with_anyone(calendar_ids=people, **slot)
        else:
            _held_slot, token = hold_slot(calendar_id=calendar_id, **slot)
    except BookingRefused as refusal:
        return refused(request, refusal, reason_id=reason, now=now, said=said)
    step = "book-check" if request.user.is_authenticated else "book-who"
    response = see_other(reverse(step, args=[slug]))
    _remember(response, token, slug)
    keep(response, said, slug)
    return response


@require_safe
@in_scope(at_clinic)
def who(request: HttpRequest, slug: str) -> HttpResponse:
    """Sign in or make an account; the time stays held meanwhile."""
    if request.user.is_authenticated:
        return see_other(reverse("book-check", args=[slug]))
    now = timezone.now()
    held = _held(request, now)
    if held is None or held.expired:
        return ended(request, held, now=now)
    return page(request, "who", next=reverse("book-check", args=[slug]), **_about(request, held))


@require_POST
@in_scope(at_clinic)
def longer(request: HttpRequest, slug: str) -> HttpResponse:
    """Ten minutes more."""
    now = timezone.now()
    signed_in = request.user.is_authenticated
    try:
        extend_hold(organisation=request.organisation, token=_token(request), now=now, signed_in=signed_in)
    except NoMoreExtensions as refusal:
        messages.warning(request, refusal.message)
    except BookingRefused:
        return ended(request, _held(request, now), now=now)
    return see_other(reverse("book-check" if signed_in else "book-who", args=[slug]))


@require_POST
@in_scope(at_clinic)
def give_up(request: HttpRequest, slug: str) -> HttpResponse:
    """Let the time go, with what was typed; back to the times. Nothing held (any more): back to the clinic."""
    held = _held(request, timezone.now())
    release_hold(organisation=request.organisation, token=_token(request))
    if held is None:
        return see_other(home_of(slug))
    messages.success(request, _("You have given up this time. It is free for others."))
    response = see_other(reverse("book-times", args=[slug]), reason=held.reason_id, **said_before(request).query)
    response.delete_cookie(HOLD_COOKIE, path=home_of(slug))
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@in_scope(at_clinic)
def whom(request: HttpRequest, slug: str) -> HttpResponse:
    """For whom: oneself, a relative, or somebody who is not among them yet."""
    if not request.user.is_authenticated:
        return see_other(reverse("book-who", args=[slug]))
    now = timezone.now()
    held = _held(request, now)
    if held is None or held.expired:
        return ended(request, held, now=now)
    sent = request.POST if request.method == "POST" else None
    form = WhomForm(sent, persons=persons_of(request.user.pk), initial={"whom": said_by(request).person})
    if form.is_valid():
        if form.cleaned_data["whom"] == SOMEONE_ELSE:
            return see_other(reverse("relative-add"), next=reverse("book-whom", args=[slug]))
        response = see_other(reverse("book-check", args=[slug]))
        keep(response, replace(said_before(request), person=form.cleaned_data["whom"]), slug)
        return response
    return page(request, "whom", status=422 if form.errors else 200, form=form, **_about(request, held))


@require_http_methods(["GET", "HEAD", "POST"])
@in_scope(at_clinic)
def check(request: HttpRequest, slug: str) -> HttpResponse:
    """Everything once more, then book. A second click, Back or a reload after it leads to the booked appointment."""
    now, said = timezone.now(), said_by(request)
    is_sent = request.method == "POST"
    if is_sent and (answer := _booked_or_kept(request, said, now)):
        return answer
    if not request.user.is_authenticated:
        return see_other(reverse("book-who", args=[slug]))
    held = _held(request, now)
    if held is None and (booked := _booked(request)):
        return see_other(reverse("book-done", args=[slug, booked]))
    if held is None or held.expired:
        return ended(request, held, now=now)
    persons = persons_of(request.user.pk)
    person = next((each for each in persons if str(each.id) == said.person), None)
    if person is None and len(persons) > 1:
        return see_other(reverse("book-whom", args=[slug]))
    person = person or next(iter(persons), None)
    if person is None:
        return _without_person(request, held, now)
    with visitor_scope(request.organisation):
        questions = questions_of(held.reason_id)
    before = said_before(request).insurance
    draft = draft_of(organisation=request.organisation, token=_token(request), account_id=request.user.pk)
    form = CheckForm(
        request.POST if is_sent else None,
        ask_insurance=not before,
        questions=questions,
        draft=draft,
        channels=_channels_to_ask(request, person),
    )
    status = 422 if form.errors else 200
    contact = contact_of(request.user)
    context = {
        "person": person,
        "insurance": dict(INSURANCES).get(before, ""),
        "insurance_href": address(reverse("book-reason", args=[slug]), unit=held.unit_slug, about=1),
        "email": contact.email,
        "phone": phone_text(contact.phone),
        "form": form,
        "no_move": move_refusal(held.changes, now=now),
        "no_cancel": cancel_refusal(held.changes, now=now),
        **_about(request, held),
    }
    response = page(request, "check", status=status, **context)
    # Booked is for whom the page says, also when someone else has used this device before.
    keep(response, replace(said_before(request), person=str(person.id)), slug)
    return response


def _channels_to_ask(request: HttpRequest, person: PersonView) -> list[tuple[str, str]]:
    """By which channels they could be reminded and are not yet."""
    allowed = allowed_channels(organisation=request.organisation, person_id=person.id)
    return [(value, label) for value, label in Channel.choices if value not in allowed]


def _booked_or_kept(request: HttpRequest, said: Said, now: datetime) -> HttpResponse | None:
    """Book; whatever comes in between, what was typed is kept with the hold. None: the page itself is the answer."""
    answer = None
    try:
        if request.user.is_authenticated and said.insurance:
            answer = _confirm(request, said, now)
    finally:
        is_booked = answer is not None and answer.status_code == HTTPStatus.SEE_OTHER
        if not is_booked and (typed := draft_in(request.POST)):
            keep_draft(
                organisation=request.organisation, token=_token(request), account_id=request.user.pk, draft=typed
            )
    return answer


def _confirm(request: HttpRequest, said: Said, now: datetime) -> HttpResponse | None:
    """Book. None when a question of the clinic is not answered yet."""
    user, organisation, token = request.user, request.organisation, _token(request)
    # First the link: without it the patient would not find the appointment; alone it does no harm.
    person = _person(request, said)
    if person is None:
        return _without_person(request, _held(request, now), now)
    contact = contact_of(user)
    booker = Booker(
        account_id=user.pk,
        person_id=person.id,
        first_name=person.first_name,
        last_name=person.last_name,
        birth_date=person.birth_date,
        sex=person.sex,
        email=contact.email,
        phone=contact.phone,
        insurance_kind=said.insurance,
        known=said.is_known,
        language=(get_language() or "de")[:2],
        actor=user.actor,
    )
    try:
        booked = confirm_hold(
            organisation=organisation, token=token, booker=booker, now=now, answers=answers_in(request.POST)
        )
    except NotAnswered:
        return None
    except BookingRefused as refusal:
        held = _held(request, now)
        if held is None or held.expired:
            return ended(request, held, now=now)
        return refused(request, refusal, reason_id=held.reason_id, now=now, said=said_before(request), held=held)
    if channels := [each for each in request.POST.getlist("remind") if each in Channel]:
        allow_reminders(
            organisation=organisation,
            person_id=person.id,
            appointment_id=booked,
            channels=channels,
            actor=user.actor,
            now=now,
        )
    response = see_other(reverse("book-done", args=[organisation.slug, booked]))
    _remember(response, spent(token), organisation.slug)  # Back leads to the appointment; there is no hold to give up
    if (before := said_before(request)).person:  # the next one may be for another person
        keep(response, replace(before, person=""), organisation.slug)
    return response


def _person(request: HttpRequest, said: Said) -> PersonView | None:
    """Whom it is for, linked to this clinic. Another account's person is nobody."""
    if said.person:
        return link_person(request.user.pk, UUID(said.person), request.organisation.pk)
    return link_owner(request.user.pk, request.organisation.pk)


def _without_person(request: HttpRequest, held: HoldView | None, now: datetime) -> HttpResponse:
    """The account was made without its owner: nothing that the patient could put right here."""
    if held is None:
        return ended(request, held, now=now)
    return refused(request, BookingRefused(), reason_id=held.reason_id, now=now, said=said_before(request))


@login_required
@require_safe
@in_scope(as_patient)
def done(request: HttpRequest, slug: str, appointment_id: UUID) -> HttpResponse:
    """The confirmation; it can be bookmarked and tells later changes, too."""
    for_whom = "" if request.person.is_owner else request.person.name
    view = appointment_view(appointment_id, request.organisation, now=timezone.now(), for_whom=for_whom)
    if view is None:
        raise Http404
    if not view.changeable:
        return see_other(reverse("appointment", args=[slug, appointment_id]))
    return page(request, "done", appointment=view, **sharing(view))


def _about(request: HttpRequest, held: HoldView) -> dict[str, Any]:
    """What the pages with a held time show, and where their links lead."""
    slug, query = request.organisation.slug, said_before(request).query
    extendable = held.extensions < EXTENSIONS[request.user.is_authenticated]
    return {
        "held": held,
        "length": minutes_text(int((held.ends_at - held.starts_at).total_seconds()) // 60),
        "extend_href": reverse("book-longer", args=[slug]) if extendable else "",
        "release_href": reverse("book-release", args=[slug]),
        "times_href": address(reverse("book-times", args=[slug]), reason=held.reason_id, **query),
        "reason_href": address(
            reverse("book-reason", args=[slug]), unit=held.unit_slug, reason=held.reason_id, change=1, **query
        ),
    }


def _remember(response: HttpResponse, token: str, slug: str) -> None:
    """It outlives the hold: for a day the page can say which time it was, and offer it again."""
    set_cookie(response, HOLD_COOKIE, token, slug)


def _token(request: HttpRequest) -> str:
    return request.COOKIES.get(HOLD_COOKIE, "")


def _held(request: HttpRequest, now: datetime) -> HoldView | None:
    return live_hold(organisation=request.organisation, token=_token(request), now=now)


def _booked(request: HttpRequest) -> UUID | None:
    """The appointment that the hold of this visitor became: it has the hold's id, and must be their own."""
    hold_id = hold_id_of(_token(request))
    person_id = person_at(request.user, request.organisation, hold_id)
    if hold_id is None or person_id is None:
        return None
    with patient_scope(request.organisation, person_id, actor=request.user.actor):
        return Appointment.objects.filter(pk=hold_id).values_list("pk", flat=True).first()
