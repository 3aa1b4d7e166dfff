"""Signing in with e-mail address and password, at the door of one's kind of account."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest

from accounts.enums import KIND_OF_DOOR
from accounts.models import Organisation, User
from accounts.rules import may_enter
from crypto.keyring import platform_keys
from doctolib import prepared


class DoorBackend(ModelBackend):
    """Looks an account up by the keyed token of its address; permissions are Django's own (platform staff).

    An unknown address, a locked account, another door's account and a wrong password take the same time and give the
    same answer: None.
    """

    def authenticate(  # type: ignore[override]
        self, request: HttpRequest | None, email: str = "", password: str = "", **credentials: Any
    ) -> User | None:
        door = getattr(request, "door", None)
        if door not in KIND_OF_DOOR or not email:
            return None
        try:
            with platform_keys():
                user = User.objects.with_email(KIND_OF_DOOR[door], email)
        except ValueError:  # not an address
            user = None
        if user is None:
            make_password(password)  # as long as a check takes
            return None
        return user if user.check_password(password) and may_enter(user, door) else None

    def get_user(self, user_id: Any) -> User | None:
        """The account of a session, with its organisation: each page of a professional needs it."""
        user = prepared.first(User, "id = $1", [user_id])
        if user is None or not self.user_can_authenticate(user):
            return None
        if user.organisation_id:
            user.organisation = prepared.first(Organisation, "id = $1", [user.organisation_id])
        return user
