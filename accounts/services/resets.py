"""A new password by a link in an e-mail. The link works once and for settings.PASSWORD_RESET_TIMEOUT."""

import logging
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.contrib.auth.hashers import make_password
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import transaction

from accounts.enums import DOOR_OF_KIND, KIND_OF_DOOR, UserKind
from accounts.models import User
from accounts.models.users import login_token
from accounts.rules import may_enter
from accounts.services import locking, own_password
from accounts.throttling import Limit, key_of, take, take_all
from crypto.keyring import PLATFORM_OWNER, Purpose, platform_keys, warm
from doctolib import outbox

logger = logging.getLogger(__name__)

HOUR = timedelta(hours=1)
MAILS_PER_ACCOUNT = 3  # an hour; more are not sent, and the page says the same
REQUESTS_PER_NETWORK = 30  # an hour


class LinkWorn(Exception):
    """The link is too old, was used, or a sign-in or a new password came in between."""


class ResetTokens(PasswordResetTokenGenerator):
    """Bound to the account, its password and its last sign-in: any change of these ends the link. Nothing is stored."""

    key_salt = "accounts.services.resets"


tokens = ResetTokens()


def request_reset(*, door: str, email: str, network: str, now: datetime) -> None:
    """Send the owner of this address a link, if there is one; the caller cannot tell. Raises Throttled."""
    take_all([Limit(f"reset-{network}", REQUESTS_PER_NETWORK, HOUR)], now=now)
    warm(PLATFORM_OWNER, (Purpose.DATA, Purpose.INDEX))
    with platform_keys():
        try:
            address = login_token(KIND_OF_DOOR[door], email)
        except ValueError:
            return
        may_mail = take(key_of("reset", address), limit=MAILS_PER_ACCOUNT, window=HOUR, now=now)
        user = User.objects.filter(login_token=address).first()
        # Nobody's message is queued and dropped when it is sent: the answer takes as long as with an account.
        about = user if user and may_mail and _may_ask(user, door) else User(pk=uuid4())
        with transaction.atomic(using="default"):
            # A lock is opened by its own link only; whoever asks for a password gets that one first.
            kind = "account.locked" if locking.opens_by_link(about) else "account.password_reset"
            outbox.queue_platform(kind, about=about, payload={})


def _may_ask(user: User, door: str) -> bool:
    return may_enter(user, door) or (user.kind == KIND_OF_DOOR[door] and locking.opens_by_link(user))


def owner_of_link(*, door: str, user_id: UUID, token: str) -> User:
    """Whose link this is. Raises LinkWorn."""
    user = User.objects.filter(pk=user_id).first()
    if user is None or not may_enter(user, door) or not tokens.check_token(user, token):
        raise LinkWorn
    return user


def set_password(*, door: str, user_id: UUID, token: str, password: str, now: datetime) -> User:
    """Use up the link: a new password, all sessions ended, a message to the owner. Raises LinkWorn."""
    hashed = make_password(password)  # before the lock: this is the slow part
    warm(PLATFORM_OWNER)
    with platform_keys(), transaction.atomic(using="default"):
        # Locked, so that of two uses at the same time one finds the link worn.
        User.objects.select_for_update().filter(pk=user_id).first()
        user = owner_of_link(door=door, user_id=user_id, token=token)
        own_password.store(user, hashed, now=now)
    logger.info("password set by link: %s", user.actor)
    return user


def link_path(user: User) -> tuple[str, str]:
    """Door and path of a fresh link, made when the e-mail is written."""
    return DOOR_OF_KIND[UserKind(user.kind)], f"/account/password/{user.pk}/{tokens.make_token(user)}/"
