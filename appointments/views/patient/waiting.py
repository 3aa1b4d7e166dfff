"""The waiting list for patients: join, see, change, leave; accept or refuse an offer."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Organisation
from accounts.selectors import PersonView, contact_of, persons_of
from accounts.services.persons import link_person
from appointments.forms_waiting import JoinForm, WishForm
from appointments.models import WaitingEntry, WaitingOffer
from appointments.offer_links import offer_of_token
from appointments.selectors.patient import appointment_view, person_of
from appointments.selectors.public import Offer, agreement_in_force, offer_of
from appointments.selectors.waiting_pages import EntryView, entry_view
from appointments.services import offers, waiting
from appointments.services.booking import Booker, BookingRefused
from doctolib.tenancy.middleware import asking, in_scope
from doctolib.tenancy.scopes import Scope, organisation_scope, patient_scope, visitor_scope

from .frame import address, as_patient, ask_clinic, at_clinic, page, see_other, whole_number
from .refusals import refused
from .said import said_by

LINK_ACTOR = "offer-link"  # whoever opened the link of a message, not signed in


@asking(ask_clinic)
@contextmanager
def as_waiting(request: HttpRequest, slug: str, entry_id: UUID, **_: Any) -> Iterator[Scope | None]:
    """The scope of the account's person who waits; ``request.person`` says who."""
    with as_patient(request, slug, entry_id, model=WaitingEntry) as scope:
        yield scope


# Join ----------------------------------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@in_scope(at_clinic)
def join(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask for an earlier time: for a reason (``?reason=``), perhaps instead of an appointment (``&appointment=``)."""
    now, organisation = timezone.now(), request.organisation
    with visitor_scope(organisation):
        if not agreement_in_force(now):
            return page(request, "not_online")
        offer = _offer_or_404(request)
    persons = persons_of(request.user.pk)
    old = _to_replace(request, persons, now)
    if old:
        persons = [person for person in persons if person.id == request.person.id]
    said = said_by(request)
    form = JoinForm(
        request.POST if request.method == "POST" else None,
        people=offer.calendars,
        today=timezone.localdate(now),
        persons=persons,
        ask_insurance=not said.insurance or "insurance" in request.POST,
        initial={"people": request.GET.getlist("calendar")},
    )
    if form.is_valid():
        return _joined(request, form, offer, persons, old and old.id, now)
    times = address(reverse("book-times", args=[slug]), reason=offer.id, **said.answers)
    back = reverse("appointment", args=[slug, old.id]) if old else times
    status = 422 if form.errors else 200
    return page(request, "waiting_join", status=status, form=form, offer=offer, old=old, back_href=back)


def _offer_or_404(request: HttpRequest) -> Offer:
    reason = whole_number(request.GET.get("reason"))
    offer = offer_of(reason) if reason is not None else None
    if offer is None:
        raise Http404
    return offer


def _to_replace(request: HttpRequest, persons: list[PersonView], now: datetime):
    """The appointment of the address, which must be one of theirs; sets ``request.person``."""
    text = request.GET.get("appointment", "")
    if not text:
        return None
    try:
        appointment_id = UUID(text)
    except ValueError:
        raise Http404 from None
    request.person = person_of(request.user, request.organisation, appointment_id)
    if request.person is None:
        raise Http404
    with patient_scope(request.organisation, request.person.id, actor=request.user.actor):
        found = appointment_view(appointment_id, request.organisation, now=now)
    if found is None or str(found.reason_id) != request.GET.get("reason"):
        raise Http404
    return found


def _joined(
    request: HttpRequest,
    form: JoinForm,
    offer: Offer,
    persons: list[PersonView],
    appointment_id: UUID | None,
    now: datetime,
) -> HttpResponse:
    organisation, chosen = request.organisation, form.cleaned_data.get("whom")
    person = next((each for each in persons if chosen in (None, str(each.id))), None)
    # First the link, as for a booking: without it the patient would not find the entry; alone it does no harm.
    if person is None or link_person(request.user.pk, person.id, organisation.pk) is None:
        return refused(request, BookingRefused(), reason_id=offer.id, now=now, said=said_by(request))
    try:
        entry_id = waiting.join(
            organisation=organisation,
            booker=_booker(request, person, form),
            reason_id=offer.id,
            wish=form.wish(),
            now=now,
            appointment_id=appointment_id,
        )
    except BookingRefused as refusal:
        return refused(request, refusal, reason_id=offer.id, now=now, said=said_by(request))
    return see_other(reverse("waiting-own", args=[organisation.slug, entry_id]), joined=1)


def _booker(request: HttpRequest, person: PersonView, form: JoinForm) -> Booker:
    contact, said = contact_of(request.user), said_by(request)
    return Booker(
        account_id=request.user.pk,
        person_id=person.id,
        first_name=person.first_name,
        last_name=person.last_name,
        birth_date=person.birth_date,
        sex=person.sex,
        email=contact.email,
        phone=contact.phone,
        insurance_kind=form.cleaned_data.get("insurance") or said.insurance,
        known=said.is_known,
        language=(get_language() or "de")[:2],
        actor=request.user.actor,
    )


# One's own entry -----------------------------------------------------------------------------------------------------


@login_required
@require_safe
@in_scope(as_waiting)
def own(request: HttpRequest, slug: str, entry_id: UUID) -> HttpResponse:
    """How the entry stands, and the offer, if there is one."""
    return page(request, "waiting", entry=_own(request, entry_id), joined="joined" in request.GET)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@in_scope(as_waiting)
def change(request: HttpRequest, slug: str, entry_id: UUID) -> HttpResponse:
    view = _own(request, entry_id)
    own_page = reverse("waiting-own", args=[slug, entry_id])
    if not view.live:
        return see_other(own_page)
    entry = WaitingEntry.objects.get(pk=entry_id)
    offer = offer_of(entry.reason_id)
    form = WishForm(
        request.POST if request.method == "POST" else None,
        people=offer.calendars if offer else (),
        today=timezone.localdate(),
        initial=WishForm.initial_of(entry),
    )
    if form.is_valid():
        waiting.change_wish(entry_id=entry_id, wish=form.wish())
        return see_other(own_page)
    return page(request, "waiting_change", status=422 if form.errors else 200, form=form, entry=view)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@in_scope(as_waiting)
def leave(request: HttpRequest, slug: str, entry_id: UUID) -> HttpResponse:
    """Ask once, then leave."""
    view = _own(request, entry_id)
    if request.method == "POST":
        waiting.leave(organisation=request.organisation, entry_id=entry_id, now=timezone.now())
    if request.method == "POST" or not view.live:
        return see_other(reverse("waiting-own", args=[slug, entry_id]))
    return page(request, "waiting_leave", entry=view)


@login_required
@require_POST
@in_scope(as_waiting)
def go_on(request: HttpRequest, slug: str, entry_id: UUID) -> HttpResponse:
    """Still waiting, after too many offers without an answer."""
    _own(request, entry_id)
    waiting.go_on(entry_id=entry_id)
    return see_other(reverse("waiting-own", args=[slug, entry_id]))


@login_required
@require_POST
@in_scope(as_waiting)
def accept(request: HttpRequest, slug: str, entry_id: UUID, offer_id: UUID) -> HttpResponse:
    """Take the offered time. Refused: nothing has changed, and the nearest free times are shown."""
    view, now = _own(request, entry_id), timezone.now()
    if not WaitingOffer.objects.filter(pk=offer_id, entry_id=entry_id).exists():
        raise Http404
    try:
        appointment_id = offers.accept_offer(organisation=request.organisation, offer_id=offer_id, now=now)
    except BookingRefused as refusal:
        own_page = reverse("waiting-own", args=[slug, entry_id])
        said = said_by(request)
        return refused(request, refusal, reason_id=view.reason_id, now=now, said=said, waiting_href=own_page)
    if view.appointment and view.appointment.pk == appointment_id:
        return see_other(reverse("appointment", args=[slug, appointment_id]), moved=1)
    return see_other(reverse("book-done", args=[slug, appointment_id]))


@login_required
@require_POST
@in_scope(as_waiting)
def refuse(request: HttpRequest, slug: str, entry_id: UUID, offer_id: UUID) -> HttpResponse:
    _own(request, entry_id)
    if not WaitingOffer.objects.filter(pk=offer_id, entry_id=entry_id).exists():
        raise Http404
    offers.refuse_offer(organisation=request.organisation, offer_id=offer_id, now=timezone.now())
    return see_other(reverse("waiting-own", args=[slug, entry_id]))


def _own(request: HttpRequest, entry_id: UUID) -> EntryView:
    """The patient's own entry, or 404."""
    for_whom = "" if request.person.is_owner else request.person.name
    view = entry_view(entry_id, request.organisation, now=timezone.now(), for_whom=for_whom)
    if view is None:
        raise Http404
    return view


# The link of a message -----------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@in_scope(at_clinic)
def by_link(request: HttpRequest, slug: str, token: str) -> HttpResponse:
    """What the message said, and no more: whoever has the link may refuse; accepting asks them to sign in.

    A link that was not made here: 404.
    """
    organisation, offer_id = request.organisation, offer_of_token(token)
    entry = offer_id and _entry_of(organisation, offer_id)
    if not offer_id or entry is None:
        raise Http404
    own_page = reverse("waiting-own", args=[slug, entry.pk])
    if request.method == "POST":
        with organisation_scope(organisation, actor=LINK_ACTOR):
            offers.refuse_offer(organisation=organisation, offer_id=offer_id, now=timezone.now())
        return see_other(request.path)
    if _is_theirs(request, organisation, entry.pk):
        return see_other(own_page)
    with organisation_scope(organisation, actor=LINK_ACTOR):
        view = entry_view(entry.pk, organisation, now=timezone.now())
    assert view is not None
    shown = view.offer if view.offer and view.offer.id == offer_id else None  # an older one is over
    has_account = entry.person_id is not None
    return page(request, "waiting_offer", offer=shown, own_page=own_page, has_account=has_account)


def _entry_of(organisation: Organisation, offer_id: UUID) -> WaitingEntry | None:
    with organisation_scope(organisation, actor=LINK_ACTOR):
        return WaitingEntry.objects.filter(offers=offer_id).first()


def _is_theirs(request: HttpRequest, organisation: Organisation, entry_id: UUID) -> bool:
    if not request.user.is_authenticated:
        return False
    person = person_of(request.user, organisation, entry_id, model=WaitingEntry)
    if person is None:
        return False
    with patient_scope(organisation, person.id, actor=request.user.actor):
        return WaitingEntry.objects.filter(pk=entry_id).exists()
