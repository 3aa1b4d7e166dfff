"""Why and when: the pages before a time is held."""

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from appointments.forms import AboutYouForm, ReasonForm, TimesForm
from appointments.models import VisitReason
from appointments.selectors.public import Offer, agreement_in_force, offer_of, reasons_offered, unit_of
from appointments.selectors.times import people_with_next_free, times_page
from appointments.services.eligibility import stated_refusal
from appointments.services.refusals import BookingRefused
from doctolib.tenancy.middleware import in_scope

from .frame import address, page, see_other, visit_field, visiting, whole_number
from .refusals import refused
from .said import Said, said_by


@require_safe
@in_scope(visiting)
def reasons(request: HttpRequest, slug: str) -> HttpResponse:
    """Why someone comes. Without a unit in the address the clinic's page has the choice."""
    if not agreement_in_force(timezone.now()):
        return page(request, "not_online")
    wanted = request.GET.get("reason", "")
    unit = unit_of(request.GET.get("unit", ""), reason_id=whole_number(wanted))
    if unit is None:
        return see_other(reverse("organisation", args=[slug]))
    calendar = whole_number(request.GET.get("calendar"))
    said = said_by(request)
    offers = reasons_offered(unit, calendar_id=calendar)
    about: dict[str, Any] = {"unit": unit, "calendar": calendar, "wanted": wanted}
    if any(offer.depends for offer in offers) and (not (said.insurance and said.known) or "about" in request.GET):
        form = AboutYouForm(request.GET if request.GET.get("next") == "reason" else None, initial=said.query)
        return page(request, "about_you", status=422 if form.errors else 200, form=form, **about)
    against = {each.id: _not_for(said, each.rules) for each in offers}
    allowed = [each for each in offers if against[each.id] is None]
    sent = request.GET.get("next", "")
    if sent == "reason" and wanted in {str(each.id) for each in allowed}:  # chosen before, on the clinic's own page
        return see_other(reverse("book-times", args=[slug]), reason=wanted, calendar=calendar, **said.query)
    bound = request.GET if sent == "times" else None
    form = ReasonForm(bound, offers=allowed, insurance=said.insurance, initial={"reason": wanted})
    if bound is not None and form.is_valid():
        reason = form.cleaned_data["reason"]
        return see_other(reverse("book-times", args=[slug]), reason=reason, calendar=calendar, **said.query)
    others = [(each, against[each.id]) for each in offers if against[each.id]]
    context = {"form": form, "offers": allowed, "others": others, "said": said, **about}
    return page(request, "reasons", status=422 if form.errors else 200, **context)


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
        return refused(request, refusal, reason_id=offer.id, now=now)
    back = address(reverse("book-reason", args=[slug]), unit=offer.unit.slug, reason=offer.id, **said.query)
    action = reverse("book-hold", args=[slug])
    return times_response(request, offer, now=now, back_href=back, action=action, said=said)


def _not_for(said: Said, rules: VisitReason) -> BookingRefused | None:
    return stated_refusal(rules, insurance=said.insurance or None, known=said.is_known)


def times_response(request: HttpRequest, offer: Offer, *, now: datetime, back_href: str, action: str, **context):
    """The page of free times, for a new appointment or (with ``moved``) a new time of one."""
    people = people_with_next_free(request.organisation, offer, now=now)
    form = TimesForm(request.GET, people=people, today=timezone.localdate(now))
    valid = form.is_valid()
    calendar = chosen_calendar(request, offer)
    shown = times_page(
        request.organisation,
        offer,
        calendar_id=calendar,
        first_day=form.cleaned_data.get("from") if valid else None,
        now=now,
        named="moved" in context,
    )
    asked = {name: request.GET.get(name) for name in ("reason", "insurance", "known")}
    return page(
        request,
        "times",
        status=200 if valid else 422,
        form=form,
        offer=offer,
        calendar=calendar,
        who=offer.who(calendar) if calendar else "",
        shown=shown,
        later=address(request.path, **asked, calendar=calendar, **{"from": shown.later}),
        from_first=address(request.path, **asked, calendar=calendar),
        anyone=address(request.path, **asked),
        back_href=back_href,
        action=action,
        visit=visit_field(),
        **context,
    )


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
