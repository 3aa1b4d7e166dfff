"""A patient signs up: contact, password and terms, SMS code, person. Each step may be repeated; the last one once.

A known e-mail address walks through the same pages: instead of the SMS its owner gets an e-mail "you already have an
account", and no code that is typed is right. What this cannot hide: who signs up with a number of their own sees
whether an SMS comes. Each such look is counted as a text message: by number, network, country and day.
"""

import logging
import secrets
from datetime import date, datetime, timedelta
from hmac import compare_digest
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import F

from accounts.enums import UserKind
from accounts.models import SignUp, SignUpCode, User
from accounts.models.users import login_token
from accounts.services import persons
from accounts.services.sms_limits import DAY, HOUR, sms_limits
from accounts.throttling import Limit, Throttled, give_back, key_of, take, take_all
from crypto.envelope import canonical
from crypto.keyring import PLATFORM_OWNER, Purpose, mac, platform_keys, warm
from doctolib import outbox
from doctolib.violations import violation_raises

logger = logging.getLogger(__name__)

LIFETIME = timedelta(hours=20)  # answers are kept this long (WCAG 2.2.1, research: 20 hours)
RESEND_AFTER = timedelta(seconds=30)
TRIES = 5  # wrong codes, then a new one is needed
SAME_CLICK = timedelta(minutes=10)  # a finished sign-up answers a repeated click this long
STARTS_PER_NETWORK = 100  # an hour; a start costs us one row
MAILS_PER_ACCOUNT = 3  # "you already have an account", a day
EMAIL_ONCE = "accounts_user_login_token_key"  # the constraint that PostgreSQL made for User.login_token


class SignUpRefused(Exception):
    """Base of what stops a sign-up."""


class SignUpGone(SignUpRefused):
    """There is no such sign-up any more: too old, or finished long ago."""


class TooSoon(SignUpRefused):
    """The last code was sent moments ago. ``retry_at``: when another one may be asked for."""

    def __init__(self, retry_at: datetime) -> None:
        super().__init__(retry_at)
        self.retry_at = retry_at


class WrongCode(SignUpRefused):
    """The code is not right; ``tries_left`` until a new one is needed."""

    def __init__(self, tries_left: int) -> None:
        super().__init__(tries_left)
        self.tries_left = tries_left


class TooManyTries(SignUpRefused):
    """Too many wrong codes: a new one is needed."""


class CodeExpired(SignUpRefused):
    """All codes that were sent are too old."""


class NotVerified(SignUpRefused):
    """The mobile number was not confirmed yet."""


class AccountExists(SignUpRefused):
    """Meanwhile, in another window, this e-mail address got an account."""


def live(signup_id: UUID, *, now: datetime) -> SignUp:
    """A sign-up under way. Raises SignUpGone."""
    found = SignUp.objects.filter(pk=signup_id, created_at__gt=now - LIFETIME).first()
    if found is None:
        raise SignUpGone
    return found


def start(
    *, email: str, phone: str, language: str, network: str, now: datetime, previous: SignUp | None = None
) -> SignUp:
    """Keep the contact of someone who signs up; ``previous`` is changed instead while its number is not confirmed.

    A changed contact starts over: codes and password of before are worth nothing any more. ``phone`` is E.164.
    Raises Throttled.
    """
    contact = {"email": email, "phone": phone}
    warm(PLATFORM_OWNER)
    if previous is not None:
        with platform_keys(), transaction.atomic(using="default"):
            signup = SignUp.objects.select_for_update().filter(pk=previous.pk, verified_at=None).first()
            if signup is not None:
                signup.contact = contact
                signup.password, signup.language, signup.code_sent_at = "", language, None
                signup.save(update_fields=["contact", "password", "language", "code_sent_at"])
                signup.codes.all().delete()
                return signup
    take_all([Limit(f"start:{network}", STARTS_PER_NETWORK, HOUR)], now=now)
    with platform_keys():
        return SignUp.objects.create(contact=contact, language=language, created_at=now)


def choose_password(signup: SignUp, *, password: str, terms_version: str, network: str, now: datetime) -> None:
    """Keep the password (hashed at once) and the accepted terms, and send the first code.

    Raises Throttled before anything is kept; asked again within seconds, it keeps the password and sends no second SMS.
    """
    limits = _sms_limits(signup, network=network)
    take_all(limits, now=now)  # before hashing, which is the costly part
    signup.password = make_password(password)
    signup.terms_version, signup.terms_accepted_at = terms_version, now
    signup.save(update_fields=["password", "terms_version", "terms_accepted_at"])
    try:
        _send(signup, now=now)
    except TooSoon:  # a second click: the code is on its way
        give_back(limits)


def change_phone(signup: SignUp, *, phone: str, network: str, now: datetime) -> None:
    """Correct the number and send a code to it; codes sent to another number stop working.

    Raises Throttled (the number is corrected all the same), TooSoon when it is the number that a code was just sent
    to, SignUpGone when a number was confirmed already.
    """
    warm(PLATFORM_OWNER)
    with platform_keys(), transaction.atomic(using="default"):
        locked = SignUp.objects.select_for_update().filter(pk=signup.pk, verified_at=None).first()
        if locked is None:
            raise SignUpGone
        if locked.contact["phone"] != phone:
            locked.contact = {**locked.contact, "phone": phone}
            locked.code_sent_at = None  # a typing error is corrected at once
            locked.save(update_fields=["contact", "code_sent_at"])
            locked.codes.all().delete()
    send_code(locked, network=network, now=now)


def send_code(signup: SignUp, *, network: str, now: datetime) -> None:
    """Send another code. Older ones work until their own end. Raises TooSoon, Throttled."""
    limits = _sms_limits(signup, network=network)
    take_all(limits, now=now)
    try:
        _send(signup, now=now)
    except TooSoon:
        give_back(limits)
        raise


def verify(signup: SignUp, code: str, *, now: datetime) -> None:
    """Confirm the mobile number with a code. Raises WrongCode, TooManyTries, CodeExpired; does nothing the second time.

    The try is counted before the code is looked at, in a statement of its own, so parallel tries get no more than
    TRIES looks, whatever becomes of their requests.
    """
    warm(PLATFORM_OWNER, (Purpose.DATA, Purpose.INDEX))
    open_signups = SignUp.objects.filter(pk=signup.pk, verified_at=None)
    counted = open_signups.filter(code_failures__lt=TRIES).update(code_failures=F("code_failures") + 1)
    with platform_keys(), transaction.atomic(using="default"):
        # Locked, so that the number cannot be changed between comparing and confirming.
        locked = SignUp.objects.select_for_update().filter(pk=signup.pk).first()
        if locked is None:
            raise SignUpGone
        if locked.verified_at:
            return
        codes = [bytes(found) for found in locked.codes.filter(expires_at__gt=now).values_list("mac", flat=True)]
        if not codes:
            raise CodeExpired
        if not counted:
            raise TooManyTries
        expected = _code_mac(locked, code)
        if not any([compare_digest(expected, found) for found in codes]):
            raise WrongCode(TRIES - locked.code_failures) if locked.code_failures < TRIES else TooManyTries
        locked.verified_at = now
        locked.save(update_fields=["verified_at"])
        locked.codes.all().delete()  # once only


def finish(signup_id: UUID, *, first_name: str, last_name: str, birth_date: date, now: datetime) -> User:
    """Make the account, with its owner and the accepted terms; a repeated call answers the same account.

    The account gets the sign-up's id. Its person rows come first, on their own connection: when anything fails between
    the two, nobody can sign in yet and the next try goes on from there. The account, the end of the sign-up and the
    message are one transaction. Raises SignUpGone, NotVerified, AccountExists.
    """
    warm(PLATFORM_OWNER, (Purpose.DATA, Purpose.INDEX))
    signup = SignUp.objects.filter(pk=signup_id, created_at__gt=now - LIFETIME).first()
    if signup is None:
        return _finished(signup_id, now=now)
    if signup.verified_at is None or not signup.password:
        raise NotVerified
    persons.create_owner(
        account_id=signup.pk,
        first_name=first_name,
        last_name=last_name,
        birth_date=birth_date,
        terms_version=signup.terms_version,
        terms_accepted_at=signup.terms_accepted_at or now,
    )
    try:
        with violation_raises(AccountExists, constraint=EMAIL_ONCE, using="default"), platform_keys():
            locked = SignUp.objects.select_for_update().filter(pk=signup.pk).first()
            if locked is None:  # the first of two clicks is through
                return _finished(signup_id, now=now)
            user = _create_account(locked)
            locked.delete()
            outbox.queue_platform("account.created", about=user, payload={})
    except AccountExists:
        _give_up(signup)
        raise
    logger.info("signed up: %s", user.actor)
    return user


def remove_stale(*, now: datetime) -> int:
    """Remove sign-ups that nobody will finish, and what they left of an account. Returns how many."""
    stale = list(SignUp.objects.filter(created_at__lte=now - LIFETIME - HOUR)[:1000])
    for signup in stale:
        if signup.verified_at:
            persons.remove_all(signup.pk)
        signup.delete()
    return len(stale)


def _create_account(signup: SignUp) -> User:
    contact = signup.contact
    return User.objects.create_account(
        id=signup.pk,
        kind=UserKind.PATIENT,
        email=contact["email"],
        contact={"phone": contact["phone"]},
        password_hash=signup.password,
        language=signup.language,
    )


def _finished(signup_id: UUID, *, now: datetime) -> User:
    user = User.objects.filter(pk=signup_id, date_joined__gt=now - SAME_CLICK, is_active=True).first()
    if user is None:
        raise SignUpGone
    return user


def _give_up(signup: SignUp) -> None:
    persons.remove_all(signup.pk)
    signup.delete()


def _send(signup: SignUp, *, now: datetime) -> None:
    """Reserve the moment, then make a code and queue it; for a known address the e-mail, and a code that never fits."""
    warm(PLATFORM_OWNER, (Purpose.DATA, Purpose.INDEX))
    due = SignUp.objects.filter(pk=signup.pk, verified_at=None).exclude(code_sent_at__gt=now - RESEND_AFTER)
    if not due.update(code_sent_at=now, code_failures=0):
        sent_at = SignUp.objects.filter(pk=signup.pk).values_list("code_sent_at", flat=True).first()
        raise TooSoon((sent_at or now) + RESEND_AFTER)
    code = f"{secrets.randbelow(10**6):06d}"
    ends = now + settings.SIGN_UP_CODE_LIFETIME
    with platform_keys():
        address = login_token(UserKind.PATIENT, signup.contact["email"])
        # Counted for every address, known or not, so that both take the same time.
        may_mail = take(key_of("exists", address), limit=MAILS_PER_ACCOUNT, window=DAY, now=now)
    with platform_keys(), transaction.atomic(using="default"):
        user = User.objects.filter(login_token=address).first()
        fits = _code_mac(signup, code)
        row = SignUpCode.objects.create(signup=signup, mac=secrets.token_bytes(32) if user else fits, expires_at=ends)
        if user is None:
            payload = {"code": code, "row": row.pk, "phone": signup.contact["phone"], "language": signup.language}
            outbox.queue_platform("account.code", about=signup, payload=payload)
        else:
            about = user if may_mail else User(pk=uuid4())  # nobody: dropped when sent
            outbox.queue_platform("account.exists", about=about, payload={"language": signup.language})


def _code_mac(signup: SignUp, code: str) -> bytes:
    """Bound to the sign-up and the number: a code that went to another number confirms nothing."""
    message = canonical(signup.pk.bytes, signup.contact["phone"].encode(), code.encode())
    return mac(PLATFORM_OWNER, Purpose.INDEX, message, use="sign-up code")


def _sms_limits(signup: SignUp, *, network: str) -> list[Limit]:
    with platform_keys():
        phone = signup.contact["phone"]
    return sms_limits(phone, network=network)


__all__ = [
    "AccountExists",
    "CodeExpired",
    "NotVerified",
    "SignUpGone",
    "SignUpRefused",
    "Throttled",
    "TooManyTries",
    "TooSoon",
    "WrongCode",
    "change_phone",
    "choose_password",
    "finish",
    "live",
    "remove_stale",
    "send_code",
    "start",
    "verify",
]
