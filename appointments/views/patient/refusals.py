"""A time that is not to be had: what happened, the nearest times as buttons, nothing lost."""

from datetime import datetime
from math import ceil

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from appointments.selectors.public import offer_of
from appointments.selectors.times import free_times, is_free, time_value
from appointments.services.booking import (
    BookingRefused,
    HoldExpired,
    HoldView,
    NoAgreement,
    NotOffered,
    SlotTaken,
    TooManyHolds,
    nearest_free,
)
from appointments.services.refusals import OfferOver
from doctolib.tenancy.scopes import visitor_scope

from .frame import address, page, visit_field
from .said import Said, said_before


def refused(
    request: HttpRequest,
    refusal: BookingRefused,
    *,
    reason_id: int,
    now: datetime,
    said: Said,
    held: HoldView | None = None,
    **ways,
) -> HttpResponse:
    """The page of a refusal, with its status. ``said`` goes on with its links; ``ways`` may replace where its buttons
    lead (see the template)."""
    if isinstance(refusal, NoAgreement):
        return page(request, "not_online", status=409)
    if isinstance(refusal, TooManyHolds):
        return _too_many(request, refusal, now)
    with visitor_scope(request.organisation):
        offer = offer_of(reason_id)
    slug = request.organisation.slug
    times = address(reverse("book-times", args=[slug]), reason=reason_id, **said.query)
    all_times = times if offer and refusal.other_time else ""
    context = {
        "title": _title(refusal),
        "refusal": refusal,
        "days": free_times(request.organisation, offer, refusal.nearest),
        "reason_id": reason_id,
        "held": held if isinstance(refusal, HoldExpired) and refusal.still_free else None,
        "same_time": held and time_value(held.calendar_id, held.starts_at),
        "action": reverse("book-hold", args=[slug]),
        "all_times": all_times,
        "visit": visit_field(),
        "said": said,
        "language_next": all_times if request.path == reverse("book-hold", args=[slug]) else request.path,
        **ways,
    }
    return page(request, "refused", status=409, **context)


def ended(request: HttpRequest, held: HoldView | None, *, now: datetime) -> HttpResponse:
    """The page of a hold that has ended; without any trace of it, the way back to the clinic."""
    if held is None:
        return page(request, "refused", status=409, title=_title(HoldExpired()), refusal=HoldExpired())
    slot = {"reason_id": held.reason_id, "calendar_id": held.calendar_id}
    with visitor_scope(request.organisation):
        free = is_free(starts_at=held.starts_at, now=now, **slot)
    nearest = () if free else nearest_free(request.organisation, around=held.starts_at, now=now, **slot)
    refusal = HoldExpired(nearest, still_free=free)
    return refused(request, refusal, reason_id=held.reason_id, now=now, said=said_before(request), held=held)


def _title(refusal: BookingRefused) -> str:
    if isinstance(refusal, SlotTaken):
        return _("This time is taken")
    if isinstance(refusal, HoldExpired):
        return _("Your hold has ended")
    if isinstance(refusal, OfferOver):
        return _("This time is no longer kept for you")
    if isinstance(refusal, NotOffered):
        return _("This time cannot be booked")
    return _("This is not possible online")


def _too_many(request: HttpRequest, refusal: TooManyHolds, now: datetime) -> HttpResponse:
    title = _("Please wait a moment")
    response = page(request, "refused", status=429, title=title, refusal=refusal, again=refusal.retry_at)
    response.headers["Retry-After"] = str(max(1, ceil((refusal.retry_at - now).total_seconds())))
    return response
