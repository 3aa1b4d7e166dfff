"""New professionals come by a link in a mail, which works once and for 72 hours. No password is ever sent."""

import logging
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.enums import AccountState, CriticalAction, UserKind
from accounts.models import Organisation, Unit, UnitMember, User
from accounts.selectors import state_of
from crypto.keyring import PLATFORM_OWNER, Purpose, platform_keys, warm
from doctolib import audit, outbox
from doctolib.tenancy.router import IDENTITY
from doctolib.violations import violation_raises

from .notices import tell_administrators

logger = logging.getLogger(__name__)


class AddressTaken(Exception):
    """A professional has this address already, here or at another organisation."""


class InvitationWorn(Exception):
    """The link is too old, was used, or a newer one was sent."""


def invite(
    *,
    organisation: Organisation,
    email: str,
    first_name: str,
    last_name: str,
    language: str,
    now: datetime,
    by: User | None = None,
    units: Iterable[Unit] = (),
    is_administrator: bool = False,
) -> User:
    """An account that waits for its owner, a member of these units, and the mail. In a scope of the organisation.

    Raises AddressTaken.
    """
    warm(PLATFORM_OWNER, (Purpose.DATA, Purpose.INDEX))
    with transaction.atomic(using=IDENTITY), platform_keys():
        with violation_raises(AddressTaken, state="23505", using=IDENTITY):
            user = User.objects.create_account(
                kind=UserKind.PROFESSIONAL,
                email=email,
                password_hash=make_password(None),
                contact={"first_name": first_name, "last_name": last_name},
                organisation=organisation,
                language=language,
                is_organisation_admin=is_administrator,
                is_active=False,
                invited_at=now,
            )
        outbox.queue_platform("account.invited", about=user, payload={})
        tell_administrators(organisation, CriticalAction.ACCOUNT_CREATED, about=user, by=by, now=now)
        UnitMember.objects.bulk_create(UnitMember(unit=unit, user_id=user.pk) for unit in units)
        audit.record("account.invited", user)
    return user


def invite_again(*, user: User, now: datetime) -> None:
    """A new link; the one before no longer works. Raises InvitationWorn when the account was taken up meanwhile."""
    warm(PLATFORM_OWNER)
    with transaction.atomic(using=IDENTITY), platform_keys():
        if not User.objects.filter(pk=user.pk, invited_at__isnull=False).update(invited_at=now):
            raise InvitationWorn
        outbox.queue_platform("account.invited", about=user, payload={})
        audit.record("account.invited", user)


def link_path(user: User) -> str:
    return f"/account/invitation/{user.pk}/{_token(user)}/"


def owner_of_invitation(*, user_id: UUID, token: str, now: datetime) -> User:
    """Whose invitation this is. Raises InvitationWorn."""
    user = User.objects.select_related("organisation").filter(pk=user_id, invited_at__isnull=False).first()
    if user is None or not constant_time_compare(token, _token(user)):
        raise InvitationWorn
    if state_of(user, now=now) != AccountState.INVITED:
        raise InvitationWorn
    return user


def accept(*, user_id: UUID, token: str, first_name: str, last_name: str, password: str, now: datetime) -> User:
    """Use up the link: the account is its owner's from now on. Raises InvitationWorn."""
    hashed = make_password(password)  # before the lock: this is the slow part
    warm(PLATFORM_OWNER)
    with transaction.atomic(using=IDENTITY), platform_keys():
        # Locked, so that of two uses at the same time one finds the link worn.
        User.objects.select_for_update().filter(pk=user_id).first()
        user = owner_of_invitation(user_id=user_id, token=token, now=now)
        user.contact = {**user.contact, "first_name": first_name, "last_name": last_name}
        user.password, user.is_active, user.invited_at = hashed, True, None
        user.save(update_fields=["contact", "password", "is_active", "invited_at"])
    logger.info("invitation taken up: %s", user.actor)
    return user


def _token(user: User) -> str:
    """Bound to the account and to when it was invited; nothing is stored."""
    assert user.invited_at is not None
    return salted_hmac("accounts.services.invitations", f"{user.pk}:{user.invited_at.isoformat()}").hexdigest()
