"""Why and when: the pages before a time is held."""

from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from appointments.forms import ReasonForm, TimesForm
from appointments.selectors.public import Offer, agreement_in_force, offer_of, reasons_offered, unit_of
from appointments.selectors.times import people_with_next_free, times_page
from doctolib.tenancy.middleware import in_scope

from .frame import address, page, see_other, visiting, whole_number


@require_safe
@in_scope(visiting)
def reasons(request: HttpRequest, slug: str) -> HttpResponse:
    """Why someone comes. Without a unit in the address the clinic's page has the choice."""
    if not agreement_in_force(timezone.now()):
        return page(request, "not_online")
    unit = unit_of(request.GET.get("unit", ""))
    if unit is None:
        return see_other(reverse("organisation", args=[slug]))
    calendar = whole_number(request.GET.get("calendar"))
    offers = reasons_offered(unit, calendar_id=calendar)
    sent = "next" in request.GET
    form = ReasonForm(request.GET if sent else None, offers=offers, initial={"reason": request.GET.get("reason")})
    if sent and form.is_valid():
        return see_other(reverse("book-times", args=[slug]), reason=form.cleaned_data["reason"], calendar=calendar)
    status = 422 if form.errors else 200
    return page(request, "reasons", status=status, form=form, unit=unit, offers=offers, calendar=calendar)


@require_safe
@in_scope(visiting)
def times(request: HttpRequest, slug: str) -> HttpResponse:
    """When: ten days with free times. Each time is a button that holds it."""
    now = timezone.now()
    if not agreement_in_force(now):
        return page(request, "not_online")
    offer = offer_or_404(request)
    back = address(reverse("book-reason", args=[slug]), unit=offer.unit.slug, reason=offer.id)
    return times_response(request, offer, now=now, back_href=back, action=reverse("book-hold", args=[slug]))


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
    )
    return page(
        request,
        "times",
        status=200 if valid else 422,
        form=form,
        offer=offer,
        calendar=calendar,
        who=offer.who(calendar) if calendar else "",
        shown=shown,
        later=address(request.path, reason=request.GET.get("reason"), calendar=calendar, **{"from": shown.later}),
        from_first=address(request.path, reason=request.GET.get("reason"), calendar=calendar),
        anyone=address(request.path, reason=request.GET.get("reason")),
        back_href=back_href,
        action=action,
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
