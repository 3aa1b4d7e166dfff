"""Who is asking, at which door, from where, and whether they still may: looked at with every request."""

from typing import Any
from urllib.parse import urlsplit

from asgiref.sync import sync_to_async
from django.contrib import messages
from django.contrib.auth import SESSION_KEY, get_user
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from accounts.models import User
from accounts.networks import client_address
from accounts.rules import has_access, may_enter
from accounts.selectors_access import lets_in
from accounts.services import sessions
from accounts.services.zones import note_refusal
from accounts.views.refusals import ending_text, outside_zone

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
        if request.session.session_key is None:
            return None
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
