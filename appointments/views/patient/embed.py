"""A small page for a frame in the clinic's own website: its reasons, or the next free days of one.

It only shows and links: whoever books does so in the whole window, at our address. No session is read, no cookie set,
and nothing on it is about anybody.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.sessions import without_session
from appointments.selectors.public import (
    Offer,
    agreement_in_force,
    offer_of,
    organisation_page,
    reasons_offered,
    unit_of,
)
from appointments.selectors.times import times_page
from doctolib.tenancy.middleware import in_scope

from .frame import address, visiting, whole_number

DAYS = 5


@without_session
@require_safe
@in_scope(visiting)
def embed(request: HttpRequest, slug: str) -> HttpResponse:
    """What the address does not name, or names wrongly, is chosen one step before: a link on a website grows old, and
    a frame with an error in it helps nobody."""
    shown = _shown(request) if agreement_in_force(timezone.now()) else {}
    # Without the request: no token, no messages, no account on the page, so no cookie and nobody's session.
    html = render_to_string("appointments/embed.html", {"organisation": request.organisation, **shown})
    return _framed(HttpResponse(html), request.organisation.frame_origins)


def _shown(request: HttpRequest) -> dict[str, Any]:
    """The next free days of a reason, or the reasons of a unit, or the units."""
    calendar = whole_number(request.GET.get("calendar"))
    reason = whole_number(request.GET.get("reason"))
    offer = offer_of(reason) if reason is not None else None
    if offer and not offer.rules.only_as_follow_up:
        return _days(request, offer, calendar if calendar in {each.id for each in offer.calendars} else None)
    booking = reverse("book-reason", args=[request.organisation.slug])
    unit = unit_of(request.GET.get("unit", ""))
    if unit is not None:
        offers = reasons_offered(unit, calendar_id=calendar)
        if not offers:
            calendar, offers = None, reasons_offered(unit)
        way = {"unit": unit.slug, "calendar": calendar}
        return {"unit": unit, "offers": [(each, address(booking, reason=each.id, **way)) for each in offers]}
    units = organisation_page(request.organisation, now=timezone.now()).units
    return {"units": [(each, address(booking, unit=each.slug)) for each in units if each.is_online]}


def _days(request: HttpRequest, offer: Offer, calendar: int | None) -> dict[str, Any]:
    now = timezone.now()
    days = times_page(request.organisation, offer, calendar_id=calendar, first_day=None, now=now).days[:DAYS]
    booking = reverse("book-reason", args=[request.organisation.slug])
    way = {"unit": offer.unit.slug, "reason": offer.id, "calendar": calendar}
    return {
        "unit": offer.unit,
        "offer": offer,
        "who": offer.who(calendar) if calendar else "",
        "days": [(day, address(booking, **way, **{"from": day.day})) for day in days],
        "all_days": address(booking, **way),
    }


def _framed(response: HttpResponse, origins: list[str]) -> HttpResponse:
    """Shown in frames of these origins alone; without any it stays closed like every other page."""
    if origins:
        response.xframe_options_exempt = True  # it knows no list; frame-ancestors rules where both are known
        response._csp_replace = {"frame-ancestors": origins}
    return response
