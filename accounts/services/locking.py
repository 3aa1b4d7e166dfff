"""Locks on accounts: after ten wrong passwords in a row, by an administrator, for want of use.

A professional's try is counted before the password is looked at, by one statement on the account's row, so that
parallel tries get no more than TRIES looks. Whoever had the last one and was wrong locks the account.
Source: docs/decisions/0008-lock-out.md.
"""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import transaction
from django.utils import timezone

from accounts.enums import DOOR_OF_KIND, CriticalAction, LockReason, UserKind
from accounts.models import User
from accounts.services.notices import tell_administrators
from crypto.keyring import PLATFORM_OWNER, platform_keys, warm
from doctolib import outbox, prepared

logger = logging.getLogger(__name__)

TRIES = 10
ABANDONED = timedelta(minutes=1)  # a try takes a second; the process that had the last one is gone after this
RESERVE = """
UPDATE accounts_user SET failed_tries = failed_tries + 1, last_try_at = $2
WHERE id = $1 AND is_active AND failed_tries < $3 RETURNING failed_tries"""
TOLD = {
    LockReason.FAILURES: CriticalAction.ACCOUNT_LOCKED,
    LockReason.ADMINISTRATOR: CriticalAction.ACCOUNT_CLOSED,
    LockReason.UNUSED: CriticalAction.ACCOUNT_UNUSED,
}


class LinkWorn(Exception):
    """The link is too old, or the account is no longer locked by wrong passwords."""


class UnlockTokens(PasswordResetTokenGenerator):
    """Bound to the lock: unlocked and locked again, an older link is worth nothing. Nothing is stored."""

    key_salt = "accounts.services.locking"

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        return f"{user.pk}{user.locked_at}{timestamp}"


tokens = UnlockTokens()


def reserve_try(user_id: UUID, *, now: datetime) -> int:
    """Count a try; answers which one it is since the last right password, 0 when there is none left."""
    rows = prepared.rows(RESERVE, [user_id, now, TRIES], using="default")
    return rows[0][0] if rows else 0


def forgive(user: User) -> bool:
    """The password was right: the count starts again. False when the account was locked meanwhile."""
    return bool(User.objects.filter(pk=user.pk, is_active=True).update(failed_tries=0))


def lock_if_due(user: User, tries: int, *, now: datetime) -> None:
    """After a wrong password: lock the account when that was the last try.

    Also when the last try was counted by a process that never came to its end.
    """
    abandoned = user.failed_tries >= TRIES and (user.last_try_at is None or user.last_try_at < now - ABANDONED)
    if tries == TRIES or (not tries and user.is_active and abandoned):
        lock_account(user, reason=LockReason.FAILURES, now=now)


def lock_account(user: User, *, reason: LockReason, now: datetime, by: User | None = None) -> bool:
    """Nobody signs in with this account any more, and every session of it ends with its next request.

    The administrators of its organisation are told, and after wrong passwords the owner, by a mail with a link.
    False when there was nothing to lock: locked before, or a right password came in between.
    """
    warm(PLATFORM_OWNER)
    with platform_keys(), transaction.atomic(using="default"):
        locked = User.objects.select_for_update().filter(pk=user.pk, is_active=True).first()
        failures = reason == LockReason.FAILURES
        if locked is None or (failures and locked.failed_tries < TRIES):
            return False
        locked.is_active, locked.locked_at, locked.lock_reason = False, now, reason
        locked.session_generation += 1  # unlocking does not bring them back
        locked.save(update_fields=["is_active", "locked_at", "lock_reason", "session_generation"])
        locked.sessions.all().delete()
        if failures:
            outbox.queue_platform("account.locked", about=locked, payload={})
        if locked.organisation is not None:
            tell_administrators(locked.organisation, TOLD[reason], about=locked, by=by, now=now)
    logger.info("account locked: %s, %s", locked.actor, reason)
    return True


def unlock_account(user: User, *, now: datetime, by: User | None = None) -> bool:
    """The account works again, with its password; ``by`` an administrator, of which the administrators are told.

    False when it was not locked.
    """
    warm(PLATFORM_OWNER)
    with platform_keys(), transaction.atomic(using="default"):
        locked = User.objects.select_for_update().filter(pk=user.pk, is_active=False).first()
        if locked is None:
            return False
        _open(locked)
        if locked.organisation is not None and by is not None:
            tell_administrators(locked.organisation, CriticalAction.ACCOUNT_UNLOCKED, about=locked, by=by, now=now)
    logger.info("account unlocked: %s", locked.actor)
    return True


def owner_of_link(*, door: str, user_id: UUID, token: str) -> User:
    """Whose unlock link this is. Raises LinkWorn."""
    return _owner(User.objects.filter(pk=user_id).first(), door, token)


def unlock_by_link(*, door: str, user_id: UUID, token: str) -> User:
    """Use up the link of the mail. Raises LinkWorn."""
    with transaction.atomic(using="default"):
        # Locked, so that of two uses at the same time one finds the link worn.
        user = _owner(User.objects.select_for_update().filter(pk=user_id).first(), door, token)
        _open(user)
    logger.info("account unlocked by link: %s", user.actor)
    return user


def link_path(user: User) -> tuple[str, str]:
    """Door and path of a fresh link, made when the e-mail is written."""
    return DOOR_OF_KIND[UserKind(user.kind)], f"/account/unlock/{user.pk}/{tokens.make_token(user)}/"


def opens_by_link(user: User) -> bool:
    return not user.is_active and user.lock_reason == LockReason.FAILURES


def _owner(user: User | None, door: str, token: str) -> User:
    fits = user is not None and DOOR_OF_KIND[UserKind(user.kind)] == door and opens_by_link(user)
    if user is None or not fits or not tokens.check_token(user, token):
        raise LinkWorn
    return user


def _open(user: User) -> None:
    user.is_active, user.locked_at, user.lock_reason, user.failed_tries = True, None, "", 0
    user.last_seen_on = timezone.localdate()  # else it is locked as unused tonight
    user.save(update_fields=["is_active", "locked_at", "lock_reason", "failed_tries", "last_seen_on"])
