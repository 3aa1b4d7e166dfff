"""A new e-mail address or mobile number: nothing changes before its owner has confirmed it.

A wish is a row with the sealed value. A newer one replaces it, and with it the older link or code. What an address that
belongs to somebody else looks like: the same page, and a mail to its owner. The former address gets a mail with a link
that takes the change back for three days.
"""

import logging
import secrets
from datetime import datetime, timedelta
from hmac import compare_digest
from uuid import UUID, uuid4

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.db.models import F

from accounts.enums import DOOR_OF_KIND, ContactStep, UserKind
from accounts.models import ContactChange, User
from accounts.models.users import login_token
from accounts.services.sms_limits import DAY, HOUR, sms_limits
from accounts.throttling import Limit, key_of, take, take_all
from crypto.envelope import canonical
from crypto.keyring import PLATFORM_OWNER, Purpose, mac, platform_keys, warm
from doctolib import outbox
from doctolib.violations import violation_raises

logger = logging.getLogger(__name__)

LINK_LIFETIME = timedelta(hours=2)
UNDO_LIFETIME = timedelta(days=3)  # over a weekend
TRIES = 5  # wrong codes, then a new one is needed
WISHES_PER_ACCOUNT = 5  # an hour
MAILS_PER_ADDRESS = 3  # a day; more are not sent, and the page says the same
EMAIL_ONCE = "accounts_user_login_token_key"  # the constraint that PostgreSQL made for User.login_token


class ChangeRefused(Exception):
    """Base of what stops a change."""


class LinkWorn(ChangeRefused):
    """The link is too old, was used, or a newer one was asked for."""


class AddressTaken(ChangeRefused):
    """Meanwhile this e-mail address got an account of its own."""


class CodeGone(ChangeRefused):
    """There is no code that could be right: too old, used, replaced, or too many wrong ones were typed."""


class WrongCode(ChangeRefused):
    """The code is not right."""


def ask_for_email(user: User, *, email: str, now: datetime) -> None:
    """Send a link to the new address, or, when it has an account, a mail to its owner. Raises Throttled."""
    warm(PLATFORM_OWNER, (Purpose.DATA, Purpose.INDEX))
    take_all([Limit(key_of("email-wish", str(user.pk)), WISHES_PER_ACCOUNT, HOUR)], now=now)
    with platform_keys():
        address = login_token(user.kind, email)
        # Counted for every address, taken or not, so that a stranger's mailbox is not filled from here.
        may_mail = take(key_of("email-wish-to", address), limit=MAILS_PER_ADDRESS, window=DAY, now=now)
        with transaction.atomic(using="default"):
            change = _wish(user, ContactStep.EMAIL, {"email": email}, ends=now + LINK_LIFETIME, now=now)
            owner = User.objects.filter(login_token=address).first()
            kind, about = ("account.email_taken", owner) if owner else ("account.email_confirm", change)
            outbox.queue_platform(kind, about=about if may_mail else User(pk=uuid4()), payload={})


def confirm_email(signed: str, *, now: datetime) -> User:
    """The link of the new address is used: from now on one signs in with it. Raises LinkWorn, AddressTaken.

    All sessions end. The former address is told and can take it back.
    """
    warm(PLATFORM_OWNER, (Purpose.DATA, Purpose.INDEX))
    with platform_keys(), violation_raises(AddressTaken, constraint=EMAIL_ONCE, using="default"):
        user, change = _locked(ContactStep.EMAIL, signed, now=now)
        former = user.contact["email"]
        _set_email(user, change.value["email"])
        change.delete()
        undo = _wish(user, ContactStep.EMAIL_UNDO, {"email": former}, ends=now + UNDO_LIFETIME, now=now)
        outbox.queue_platform("account.email_changed", about=undo, payload={})
    logger.info("email address changed: %s", user.actor)
    return user


def undo_email(signed: str, *, now: datetime) -> User:
    """The owner of the former address takes it back: the password is void, a link for a new one is sent there.

    Raises LinkWorn, AddressTaken.
    """
    warm(PLATFORM_OWNER, (Purpose.DATA, Purpose.INDEX))
    with platform_keys(), violation_raises(AddressTaken, constraint=EMAIL_ONCE, using="default"):
        user, undo = _locked(ContactStep.EMAIL_UNDO, signed, now=now)
        _set_email(user, undo.value["email"])
        user.set_unusable_password()  # whoever changed the address knows it
        user.save(update_fields=["password"])
        user.contact_changes.filter(created_at__gte=undo.created_at).delete()
        outbox.queue_platform("account.password_reset", about=user, payload={})
    logger.info("email address taken back: %s", user.actor)
    return user


def waiting(step: ContactStep, signed: str, *, now: datetime) -> ContactChange:
    """What a link is about; looking at it uses nothing up. Raises LinkWorn."""
    return _row(ContactChange.objects.all(), step, signed, now=now)


def email_of(change: ContactChange) -> str:
    with platform_keys():
        return str(change.value["email"])


def ask_for_phone(user: User, *, phone: str, network: str, now: datetime) -> None:
    """Send a code to the new number (E.164); codes of before stop working. Raises Throttled."""
    warm(PLATFORM_OWNER, (Purpose.DATA, Purpose.INDEX))
    take_all(sms_limits(phone, network=network), now=now)
    code = f"{secrets.randbelow(10**6):06d}"
    with platform_keys(), transaction.atomic(using="default"):
        ends = now + settings.SIGN_UP_CODE_LIFETIME
        change = _wish(user, ContactStep.PHONE, {"phone": phone}, ends=ends, now=now)
        change.mac = _code_mac(change, code)
        change.save(update_fields=["mac"])
        outbox.queue_platform("account.phone_code", about=change, payload={"code": code})


def waiting_phone(user: User, *, now: datetime) -> str:
    """The number that waits for its code, "" when there is none."""
    change = user.contact_changes.filter(step=ContactStep.PHONE, expires_at__gt=now).first()
    with platform_keys():
        return str(change.value["phone"]) if change else ""


def confirm_phone(user: User, code: str, *, now: datetime) -> User:
    """The number becomes the account's; the former one and the owner's mailbox are told, all sessions end.

    A try is counted before the code is looked at, in a statement of its own. Raises CodeGone, WrongCode.
    """
    warm(PLATFORM_OWNER, (Purpose.DATA, Purpose.INDEX))
    mine = ContactChange.objects.filter(user=user, step=ContactStep.PHONE, expires_at__gt=now)
    if not mine.filter(tries__lt=TRIES).update(tries=F("tries") + 1):
        raise CodeGone
    with platform_keys(), transaction.atomic(using="default"):
        account = User.objects.select_for_update().filter(pk=user.pk, is_active=True).first()
        change = mine.select_for_update().first()  # the same row, or a newer one that its own code opens
        if account is None or change is None:
            raise CodeGone
        if not compare_digest(_code_mac(change, code), bytes(change.mac)):
            raise WrongCode
        former = account.contact.get("phone", "")
        account.contact = {**account.contact, "phone": change.value["phone"]}
        account.session_generation += 1
        account.save(update_fields=["contact", "session_generation"])
        change.delete()
        outbox.queue_platform("account.phone_changed", about=account, payload={"phone": former})
    logger.info("mobile number changed: %s", account.actor)
    return account


def remove_stale(*, now: datetime) -> None:
    """Wishes that nobody confirmed, and former addresses that cannot come back any more."""
    ContactChange.objects.filter(expires_at__lt=now).delete()


def link_path(change: ContactChange) -> tuple[str, str]:
    """Door and path of the link, made when the e-mail is written: it is stored nowhere."""
    page = "undo" if change.step == ContactStep.EMAIL_UNDO else "confirm"
    signed = _signer(ContactStep(change.step)).sign(str(change.pk))
    return DOOR_OF_KIND[UserKind(change.user.kind)], f"/account/email/{page}/{signed}/"


def _signer(step: ContactStep) -> Signer:
    return Signer(salt=f"accounts.services.contact_changes.{step}")


def _row(rows, step: ContactStep, signed: str, *, now: datetime) -> ContactChange:
    try:
        pk = UUID(_signer(step).unsign(signed))
    except (BadSignature, ValueError):
        raise LinkWorn from None
    change = rows.filter(pk=pk, step=step, expires_at__gt=now, user__is_active=True).select_related("user").first()
    if change is None:
        raise LinkWorn
    return change


def _locked(step: ContactStep, signed: str, *, now: datetime) -> tuple[User, ContactChange]:
    """Account and row, the account locked first: whoever changes it queues there. Raises LinkWorn."""
    user_id = _row(ContactChange.objects.all(), step, signed, now=now).user_id
    user = User.objects.select_for_update().get(pk=user_id)
    change = _row(ContactChange.objects.select_for_update(of=("self",)), step, signed, now=now)
    return user, change


def _wish(user: User, step: ContactStep, value: dict[str, str], *, ends: datetime, now: datetime) -> ContactChange:
    User.objects.select_for_update().get(pk=user.pk)  # of two wishes at once one replaces the other
    if step != ContactStep.EMAIL_UNDO:
        user.contact_changes.filter(step=step).delete()
    return ContactChange.objects.create(user=user, step=step, value=value, created_at=now, expires_at=ends)


def _set_email(user: User, email: str) -> None:
    user.login_token = login_token(user.kind, email)
    user.contact = {**user.contact, "email": email}
    user.session_generation += 1
    user.save(update_fields=["login_token", "contact", "session_generation"])


def _code_mac(change: ContactChange, code: str) -> bytes:
    """Bound to the wish and the number: a code that went to another number confirms nothing."""
    message = canonical(change.pk.bytes, change.value["phone"].encode(), code.encode())
    return mac(PLATFORM_OWNER, Purpose.INDEX, message, use="contact code")
