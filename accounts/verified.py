"""What a session says about second factors: which was given, and when. And the decorator that asks again."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from accounts.enums import STRONG, Factor

GIVEN, GIVEN_AT = "factor", "factor_at"  # keys of the session
KNOWN_STRONG = "known"  # signed in from a device that is known by a strong factor


def note(request: HttpRequest, factor: Factor, *, now: datetime) -> None:
    """This session's owner gave a second factor."""
    request.session[GIVEN], request.session[GIVEN_AT] = str(factor), now.timestamp()


def is_strong(request: HttpRequest) -> bool:
    """Whether the session began with, or met since, more than a text message."""
    return request.session.get(GIVEN) in {*STRONG, KNOWN_STRONG}


def is_fresh(request: HttpRequest, *, minutes: int, now: datetime) -> bool:
    at = request.session.get(GIVEN_AT)
    return at is not None and timedelta(0) <= now - datetime.fromtimestamp(at, now.tzinfo) < timedelta(minutes=minutes)


def fresh_factor(
    view: Callable[..., HttpResponse] | None = None, *, minutes: int = 10, back: str | Callable[..., str] = ""
) -> Callable[..., Any]:
    """Mark a view for which a second factor must have been given in the last ``minutes``.

    Who has not, gives one first and comes back to the page by GET: nothing of a form that was sent is kept or repeated.
    ``back`` names the page of a view that takes POST only, or answers its address from the view's arguments.
    Goes below ``login_required`` or ``staff_page``.
    """
    if view is None:
        return lambda marked: fresh_factor(marked, minutes=minutes, back=back)

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if is_fresh(request, minutes=minutes, now=timezone.now()):
            return view(request, *args, **kwargs)
        page = back(*args, **kwargs) if callable(back) else reverse(back) if back else request.path
        address = f"{reverse('step-up')}?{urlencode({'next': page})}"
        if "HX-Request" in request.headers:
            return HttpResponse(status=401, headers={"HX-Redirect": address})
        return HttpResponseRedirect(address, status=303)

    return guarded
