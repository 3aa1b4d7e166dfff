"""Signing in with e-mail address and password, at the door of one's kind of account."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest
from django.utils import timezone

from accounts.enums import KIND_OF_DOOR, UserKind
from accounts.models import Organisation, User
from accounts.rules import may_enter
from accounts.services.locking import forgive, lock_if_due, reserve_try
from crypto.keyring import platform_keys
from doctolib import prepared

_known: ContextVar[User | None] = ContextVar("an account that was just looked up", default=None)


@contextmanager
def known(account: User | None) -> Iterator[None]:
    """Django asks its backend for the account of a session by id; this one came with the session's row."""
    reset = _known.set(account)
    try:
        yield
    finally:
        _known.reset(reset)


class DoorBackend(ModelBackend):
    """Looks an account up by the keyed token of its address; permissions are Django's own (platform staff).

    An unknown address, a locked account, another door's account and a wrong password take the same time and give the
    same answer: None.
    """

    def authenticate(  # type: ignore[override]
        self,
        request: HttpRequest | None,
        email: str = "",
        password: str = "",
        *,
        now: datetime | None = None,
        **credentials: Any,
    ) -> User | None:
        door = getattr(request, "door", None)
        if door not in KIND_OF_DOOR or not email:
            return None
        user, now = _with_email(KIND_OF_DOOR[door], email), now or timezone.now()
        if KIND_OF_DOOR[door] == UserKind.PROFESSIONAL:
            return _counted(user, door, password, now=now)
        return user if _fits(user, password) and may_enter(user, door) else None

    def get_user(self, user_id: Any) -> User | None:
        """The account of a session, with its organisation: each page of a professional needs it."""
        user = _known.get()
        if user is None or user.pk != user_id:
            user = prepared.first(User, "id = $1", [user_id])
        if user is None or not self.user_can_authenticate(user):
            return None
        if user.organisation_id:
            user.organisation = prepared.first(Organisation, "id = $1", [user.organisation_id])
        return user


def _with_email(kind: UserKind, email: str) -> User | None:
    try:
        with platform_keys():
            return User.objects.with_email(kind, email)
    except ValueError:  # not an address
        return None


def _fits(user: User | None, password: str) -> bool:
    """Whether it is this account's password; takes as long for nobody's."""
    if user is None:
        make_password(password)
        return False
    return user.check_password(password)


def _counted(user: User | None, door: str, password: str, *, now: datetime) -> User | None:
    """The same statement and the same one hash for nobody, a locked account and a wrong password."""
    tries = reserve_try(user.pk if user else uuid4(), now=now)
    if _fits(user if tries else None, password):
        return user if may_enter(user, door) and forgive(user) else None
    if user is not None:
        lock_if_due(user, tries, now=now)
    return None
