"""Why and when: the pages before a time is held."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from appointments.forms import AboutYouForm, ReasonForm, TimesForm
from appointments.models import VisitReason
from appointments.selectors.patient import invited_reasons
from appointments.selectors.preferences import Differing, Preference
from appointments.selectors.public import (
    Offer,
    ReasonOffer,
    agreement_in_force,
    offer_of,
    reasons_offered,
    unit_of,
)
from appointments.selectors.times import any_time, people_with_next_free, times_page
from appointments.services.eligibility import stated_refusal
from appointments.services.refusals import BookingRefused, OnlyAfterVisit
from doctolib.tenancy.middleware import in_scope

from .frame import address, home_of, page, see_other, visit_field, visiting, whole_number
from .refusals import refused
from .said import Said, said_by


@require_safe
@in_scope(visiting)
def reasons(request: HttpRequest, slug: str) -> HttpResponse:
    """Why someone comes. Without a unit in the address the clinic's page has the choice.

    A link with a reason (from the clinic's own website, say) leads to its times, past the questions it depends on.
    ``change`` in the address: chosen before, to be chosen again.
    """
    now = timezone.now()
    if not agreement_in_force(now):
        return page(request, "not_online")
    wanted, day = request.GET.get("reason", ""), request.GET.get("from", "")
    unit = unit_of(request.GET.get("unit", ""), reason_id=whole_number(wanted))
    if unit is None:
        return see_other(home_of(slug))
    calendar, said = whole_number(request.GET.get("calendar")), said_by(request)
    invited = invited_reasons(request.user, request.organisation, now=now)
    offers = reasons_offered(unit, calendar_id=calendar, invited=invited)
    linked = [] if "change" in request.GET else [each for each in offers if str(each.id) == wanted]
    about: dict[str, Any] = {"unit": unit, "calendar": calendar, "wanted": wanted, "day": day, "said": said}
    asked = set().union(*(each.asks for each in linked or offers))
    if asked and ("about" in request.GET or not all(said.answers[name] for name in asked)):
        sent = request.GET if request.GET.get("next") == "reason" else None
        form = AboutYouForm(sent, asked=asked, initial=said.answers)
        return page(request, "about_you", status=422 if form.errors else 200, form=form, **about)
    against = {each.id: _not_for(said, each.rules) for each in offers}
    allowed = [each for each in offers if against[each.id] is None]
    bound = request.GET if request.GET.get("next") == "times" else None
    form = ReasonForm(bound, offers=allowed, insurance=said.insurance, initial={"reason": wanted})
    chosen = form.cleaned_data["reason"] if form.is_valid() else next((e.id for e in linked if e in allowed), None)
    if chosen or _is_follow_up(wanted, offers):
        query = {"reason": chosen or wanted, "calendar": calendar, "from": day, **said.query}
        return see_other(reverse("book-times", args=[slug]), **query)
    others = [(each, against[each.id]) for each in offers if against[each.id]]
    gone = wanted != "" and wanted not in {str(each.id) for each in offers}
    context = {"form": form, "offers": allowed, "others": others, "gone": gone, **about}
    return page(request, "reasons", status=422 if form.errors else 200, **context)


def _is_follow_up(wanted: str, offers: Sequence[ReasonOffer]) -> bool:
    """A reason that is in no list for this visitor: the page of its times says why."""
    if not wanted or wanted in {str(each.id) for each in offers}:
        return False
    reason = whole_number(wanted)
    offer = offer_of(reason) if reason is not None else None
    return offer is not None and offer.rules.only_as_follow_up


@require_safe
@in_scope(visiting)
def times(request: HttpRequest, slug: str) -> HttpResponse:
    """When: ten days with free times. Each time is a button that holds it."""
    now = timezone.now()
    if not agreement_in_force(now):
        return page(request, "not_online")
    offer = offer_or_404(request)
    said = said_by(request)
    if refusal := _not_for(said, offer.rules):
        return refused(request, refusal, reason_id=offer.id, now=now, said=said)
    if offer.rules.only_as_follow_up and offer.id not in invited_reasons(request.user, request.organisation, now=now):
        sign_in = "" if request.user.is_authenticated else request.get_full_path()
        return refused(request, OnlyAfterVisit(), reason_id=offer.id, now=now, said=said, sign_in_next=sign_in)
    back = address(reverse("book-reason", args=[slug]), unit=offer.unit.slug, reason=offer.id, change=1, **said.query)
    action = reverse("book-hold", args=[slug])
    return times_response(request, offer, now=now, back_href=back, action=action, said=said)


def _not_for(said: Said, rules: VisitReason) -> BookingRefused | None:
    return stated_refusal(rules, insurance=said.insurance or None, known=said.is_known)


def times_response(
    request: HttpRequest, offer: Offer, *, now: datetime, back_href: str, action: str, said: Said, **context
) -> HttpResponse:
    """The page of free times, for a new appointment or (with ``moved`` and ``rules``) a new time of one.

    Who has chosen a person has no preference among the others.
    """
    calendar, moved = chosen_calendar(request, offer), "moved" in context
    preference = Preference() if calendar or moved else said.preference
    suiting = offer.with_those(preference)
    people = people_with_next_free(request.organisation, suiting, now=now)
    differing = Differing() if moved else offer.differing
    form = TimesForm(
        request.GET, people=people, today=timezone.localdate(now), differing=differing, preference=said.preference
    )
    valid = form.is_valid()
    shown = times_page(
        request.organisation,
        suiting,
        calendar_id=calendar,
        first_day=form.cleaned_data.get("from") if valid else None,
        now=now,
        named=moved,
        allows=context["rules"].allows if moved else any_time,
    )
    asked = {} if moved else {"reason": offer.id, **said.query}
    return page(
        request,
        "times",
        status=200 if valid else 422,
        form=form,
        offer=suiting,
        calendar=calendar,
        who=offer.who(calendar) if calendar else "",
        preferred=preference.in_words(),
        shown=shown,
        later=address(request.path, **asked, calendar=calendar, **{"from": shown.later}),
        from_first=address(request.path, **asked, calendar=calendar),
        anyone=address(request.path, **asked),
        either=address(request.path, reason=offer.id, **said.answers),
        back_href=back_href,
        action=action,
        visit=visit_field(),
        said=said,
        waiting_href=_waiting_address(request, offer, said, context),
        **context,
    )


def _waiting_address(request: HttpRequest, offer: Offer, said: Said, context: dict[str, Any]) -> str:
    """The way to the waiting list for the reason, with what was said, or for a time before the one to be moved."""
    joining, moved = reverse("waiting-join", args=[request.organisation.slug]), context.get("moved")
    if moved:
        return address(joining, reason=offer.id, appointment=moved.id)
    return address(joining, reason=offer.id, **said.answers)


def offer_or_404(request: HttpRequest) -> Offer:
    reason = whole_number(request.GET.get("reason"))
    offer = offer_of(reason) if reason is not None else None
    if offer is None:
        raise Http404
    return offer


def chosen_calendar(request: HttpRequest, offer: Offer) -> int | None:
    """The calendar in the address; none given means any. One that does not offer the reason: 404."""
    text = request.GET.get("calendar")
    if not text:
        return None
    calendar = whole_number(text)
    if calendar not in {each.id for each in offer.calendars}:
        raise Http404
    return calendar
