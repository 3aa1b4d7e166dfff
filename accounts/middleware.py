"""Who is asking, at which door."""

from asgiref.sync import sync_to_async
from django.contrib.auth import get_user
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.models import User
from accounts.rules import may_enter


class DoorAuthenticationMiddleware(AuthenticationMiddleware):
    """Django's, and the account's kind must fit the door: a session of one door is nobody at another."""

    def process_request(self, request: HttpRequest) -> None:
        request.user = SimpleLazyObject(lambda: _user_at_door(request))  # type: ignore[assignment]
        request.auser = sync_to_async(lambda: _user_at_door(request))  # type: ignore[assignment]


def _user_at_door(request: HttpRequest) -> User | AnonymousUser:
    if not hasattr(request, "_cached_user"):
        user = get_user(request)
        request._cached_user = user if may_enter(user, request.door) else AnonymousUser()
    return request._cached_user
