"""Who is asking, at which door, from where, and whether that is enough: looked at with every request."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY, get_user
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from accounts import verified
from accounts.backends import known
from accounts.models import User
from accounts.networks import client_address
from accounts.rules import has_access, may_enter, strong_required
from accounts.selectors_access import lets_in
from accounts.services import sessions
from accounts.services.zones import note_refusal
from accounts.staff import staff_scope
from accounts.views.refusals import ending_text, outside_zone
from doctolib.tenancy.middleware import ask_ahead, scope_of

Handler = Callable[[HttpRequest], HttpResponse]
# Sent by scripts with requests that nobody made: they must not keep a session alive.
BACKGROUND_HEADER = "X-Background"
OPEN_OUTSIDE = {"sign-out", "set_language"}  # pages for people whom an access zone keeps out


class DoorAuthenticationMiddleware(AuthenticationMiddleware):
    """Django's, and the account's kind must fit the door: a session of one door is nobody at another."""

    def process_request(self, request: HttpRequest) -> None:
        request.session_ending = request.session_seconds = None
        request.user = SimpleLazyObject(lambda: _user_at_door(request))  # type: ignore[assignment]
        request.auser = sync_to_async(lambda: _user_at_door(request))  # type: ignore[assignment]

    def process_view(self, request: HttpRequest, view: Any, args: tuple, kwargs: dict) -> HttpResponse | None:
        """Before any view of someone with a session: still signed in, and from where they may."""
        if request.session.session_key is None or getattr(view, "without_session", False):
            return None
        ask_ahead(request, view, kwargs)
        user = _user_at_door(request)
        if request.session_ending is not None:
            return _signed_out(request, request.session_ending)
        if not isinstance(user, User):
            return None
        if not lets_in(user, client_address(request)) and request.resolver_match.url_name not in OPEN_OUTSIDE:
            # The session stays: whoever carries its cookie elsewhere must not be able to end it for its owner.
            note_refusal(request, user)
            return outside_zone(request, user)
        if BACKGROUND_HEADER not in request.headers:
            sessions.note_use(request.session, user, now=timezone.now())
        request.session_seconds = sessions.seconds_left(request.session, user, now=timezone.now())
        return None


def _user_at_door(request: HttpRequest) -> User | AnonymousUser:
    if not hasattr(request, "_cached_user"):
        request._cached_user = _signed_in(request) or AnonymousUser()
    return request._cached_user


def _signed_in(request: HttpRequest) -> User | None:
    """The account of the session, while it is open and the session is not over; what is over is ended here."""
    with known(request.session.account if SESSION_KEY in request.session else None):
        user = get_user(request)
    if not has_access(user):
        if SESSION_KEY in request.session:  # locked meanwhile: it does not come back to life when unlocked
            request.session.flush()
        return None
    if not may_enter(user, request.door):
        return None
    end, ending = sessions.ends_at(request.session, user)
    if end <= timezone.now():
        request.session.flush()
        request.session_ending = ending_text(user, ending)
        return None
    return user


def _signed_out(request: HttpRequest, words: str) -> HttpResponse | None:
    """Say why on the next page. What was sent is lost, so its sender goes back to the page it was sent from."""
    messages.warning(request, words)
    if request.method in ("GET", "HEAD") or "HX-Request" in request.headers:
        return None  # the view itself turns them away, or is for everybody
    page = urlsplit(request.headers.get("Referer", ""))
    return redirect_to_login(f"{page.path or '/'}{'?' if page.query else ''}{page.query}", "sign-in")


class PlatformNetworksMiddleware:
    """The platform's own door answers from its own networks only; nobody else learns more than that it is shut."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.door == "admin" and not _from_platform(request):
            return HttpResponse("403 Forbidden\n", status=403, content_type="text/plain")
        return self.get_response(request)


def _from_platform(request: HttpRequest) -> bool:
    address = client_address(request)
    return address is not None and any(address in network for network in settings.PLATFORM_NETWORKS)


class StrongFactorMiddleware:
    """Where an organisation requires more than text messages, its pages open for who gave more; others add it first.

    Costs no query: the session knows, and the organisation came with the account.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: tuple, kwargs: dict) -> HttpResponse | None:
        for_staff = getattr(view, "for_staff", False) or scope_of(view) is staff_scope
        if not for_staff or not request.user.is_authenticated:
            return None
        if not strong_required(request.user) or verified.is_strong(request):
            return None
        address = f"{reverse('second-factor')}?{urlencode({'next': request.path})}"
        if "HX-Request" in request.headers:
            return HttpResponse(status=401, headers={"HX-Redirect": address})
        return HttpResponseRedirect(address, status=303)
