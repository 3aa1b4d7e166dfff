"""A new password for an account, by its owner."""

import logging
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db import transaction

from accounts.enums import CriticalAction
from accounts.models import User
from accounts.services.notices import tell_administrators
from crypto.keyring import PLATFORM_OWNER, platform_keys, warm
from doctolib import outbox

logger = logging.getLogger(__name__)


class PasswordStale(Exception):
    """Since the current password was asked for, another one was set, or the account was locked."""


def change_password(user: User, *, password: str, now: datetime) -> User:
    """Set a new password; ``user`` is the account as it was when its current one was right (check_credentials).

    All its sessions end; the caller keeps the own one going. Raises PasswordStale.
    """
    hashed = make_password(password)  # before the lock: this is the slow part
    warm(PLATFORM_OWNER)
    with platform_keys(), transaction.atomic(using="default"):
        # Of two changes at the same time the second began with a password that is none any more.
        found = User.objects.select_for_update().filter(pk=user.pk, password=user.password, is_active=True).first()
        if found is None:
            raise PasswordStale
        store(found, hashed, now=now)
    logger.info("password changed: %s", found.actor)
    return found


def store(user: User, hashed: str, *, now: datetime) -> None:
    """Keep a new password and tell its owner, of a professional the administrators, too.

    ``user`` is locked by the caller's transaction; the platform's keys are lent. Sessions are bound to the password.
    """
    user.password, user.failed_tries = hashed, 0
    user.save(update_fields=["password", "failed_tries"])
    outbox.queue_platform("account.password_changed", about=user, payload={})
    if user.organisation is not None:
        tell_administrators(user.organisation, CriticalAction.PASSWORD_CHANGED, about=user, by=user, now=now)
