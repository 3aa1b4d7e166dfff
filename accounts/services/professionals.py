"""What administrators do to the accounts of their organisation. Everything runs in the organisation's scope."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from accounts.enums import CriticalAction, LockReason
from accounts.models import Organisation, Practitioner, UnitMember, User
from accounts.rights import entries
from accounts.selectors import contact_of
from crypto.keyring import PLATFORM_OWNER, platform_keys, warm
from doctolib import audit
from doctolib.tenancy.router import IDENTITY
from doctolib.tenancy.scopes import require_scope

from .locking import lock_account, unlock_account
from .notices import tell_administrators


class Refused(Exception):
    """It cannot be done to this account."""


class LastAdministrator(Refused):
    """One administrator must stay who can sign in, without an end in sight."""


class Yourself(Refused):
    """Nobody locks or deletes their own account: another administrator does."""


class Gone(Refused):
    """There is no such account here (any more)."""


@contextmanager
def _changing(organisation: Organisation, user_id: UUID) -> Iterator[User]:
    """The account, locked. Changes of one organisation's accounts queue here, so each sees who is administrator.

    Raises Gone.
    """
    warm(PLATFORM_OWNER)
    with transaction.atomic(using=IDENTITY):
        Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
        user = User.objects.select_for_update().filter(pk=user_id, organisation=organisation).first()
        if user is None:
            raise Gone
        yield user


def _another_stays(user: User) -> None:
    """Raises LastAdministrator when nobody would be left to administer."""
    others = User.objects.filter(organisation=user.organisation, is_organisation_admin=True).exclude(pk=user.pk)
    if user.is_organisation_admin and not others.filter(is_active=True, access_until__isnull=True).exists():
        raise LastAdministrator


def rename(*, organisation: Organisation, user_id: UUID, first_name: str, last_name: str) -> None:
    """Raises Gone."""
    with _changing(organisation, user_id) as user:
        with platform_keys():
            user.contact = {**user.contact, "first_name": first_name, "last_name": last_name}
            user.save(update_fields=["contact"])
        audit.record("account.renamed", user)


def set_administrator(*, organisation: Organisation, user_id: UUID, value: bool, by: User, now: datetime) -> None:
    """Give or take the right to administer. Raises Gone, LastAdministrator."""
    with _changing(organisation, user_id) as user:
        if user.is_organisation_admin == value:
            return
        if not value:
            _another_stays(user)
        action = CriticalAction.ADMINISTRATOR_ADDED if value else CriticalAction.ADMINISTRATOR_REMOVED
        user.is_organisation_admin = value
        user.save(update_fields=["is_organisation_admin"])
        tell_administrators(organisation, action, about=user, by=by, now=now)
        audit.record("administrator.added" if value else "administrator.removed", user)


def lock(*, organisation: Organisation, user_id: UUID, by: User, now: datetime) -> None:
    """Out at the next request. Raises Gone, Yourself, LastAdministrator."""
    with _changing(organisation, user_id) as user:
        _not_yourself(user, by)
        _another_stays(user)
        if lock_account(user, reason=LockReason.ADMINISTRATOR, now=now, by=by):
            audit.record("account.locked", user)


def unlock(*, organisation: Organisation, user_id: UUID, by: User, now: datetime) -> None:
    """An invitation that nobody took up is not unlocked. Raises Gone."""
    with _changing(organisation, user_id) as user:
        if user.invited_at is None and unlock_account(user, now=now, by=by):
            audit.record("account.unlocked", user)


def end_on(*, organisation: Organisation, user_id: UUID, last_day: date | None) -> None:
    """The last day the account may be used; None takes the end away. Raises Gone, LastAdministrator."""
    with _changing(organisation, user_id) as user:
        if last_day is not None:
            _another_stays(user)
        user.access_until = last_day
        user.save(update_fields=["access_until"])
        audit.record("account.end_changed", user)


def delete(*, organisation: Organisation, user_id: UUID, by: User, now: datetime) -> None:
    """Remove the account and what it was given; its address is free again.

    What the person did stays in the trail under the account's id; an administrator's deletion seals the name there,
    too (support is lent no key for that). Raises Gone, Yourself, LastAdministrator.
    """
    with _changing(organisation, user_id) as user:
        _not_yourself(user, by)
        _another_stays(user)
        contact = contact_of(user)
        entries().forget(user.pk)
        UnitMember.objects.filter(user_id=user.pk).delete()
        Practitioner.objects.filter(user_id=user.pk).update(user_id=None)
        tell_administrators(organisation, CriticalAction.ACCOUNT_DELETED, about=contact.name, by=by, now=now)
        details = {"name": contact.name} if require_scope().kind == "organisation" else None
        audit.record("account.deleted", user, about=user, details=details)
        user.delete()


def _not_yourself(user: User, by: User) -> None:
    if user.pk == by.pk:
        raise Yourself
