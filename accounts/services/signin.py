"""Signing in: count the try, look at the password, start a session."""

import logging
from datetime import datetime, timedelta
from uuid import uuid4

from django.contrib import auth
from django.db import transaction
from django.http import HttpRequest

from accounts.enums import DOOR_OF_KIND, KIND_OF_DOOR, Outcome, UserKind
from accounts.models import User
from accounts.networks import client_address
from accounts.rules import may_enter
from accounts.selectors_access import lets_in
from accounts.services.connections import record_connection
from accounts.services.zones import note_refusal
from accounts.throttling import Limit, Throttled, forget, give_back, key_of, network_of, take, take_all
from crypto.keyring import PLATFORM_OWNER, Purpose, platform_keys, warm
from crypto.normalise import normalise_email
from doctolib import outbox

logger = logging.getLogger(__name__)

PATIENTS = DOOR_OF_KIND[UserKind.PATIENT]
WINDOW = timedelta(minutes=15)
FAILURES_HERE = 10  # of one account from one network
FAILURES = 50  # of one account from anywhere; a stranger cannot lock an owner out from their own network with ten tries
FAILURES_PER_NETWORK = 100  # of all accounts: a hospital is one network
# Patients are never locked: so many at once slow everybody down until the half minute is over, and their owner hears.
BURST, BURST_WINDOW = 10, timedelta(seconds=30)
WARN_AGAIN_AFTER = timedelta(minutes=15)


class SignInRefused(Exception):
    """Address or password is not right, the account is locked, or it belongs to another door: always the same."""


class OutsideZone(Exception):
    """Address and password are right, but the organisation's access zones do not let ``user`` in from here."""

    def __init__(self, user: User) -> None:
        super().__init__(user)
        self.user = user


def check_credentials(request: HttpRequest, *, email: str, password: str, now: datetime) -> User:
    """The account with this address and password at the request's door.

    Each try is counted before the password is looked at; a right one is taken back. Unknown addresses count the same.
    Raises SignInRefused, Throttled, OutsideZone. Each try is in the history of the account it was for.
    """
    limits = _limits(request, email)
    try:
        counts = take_all(limits, now=now)
    except Throttled:
        logger.info("sign-in throttled at %s", _door(request))
        raise
    user = auth.authenticate(request, email=email, password=password, now=now)
    if user is None:
        if counts[3:] == [BURST]:
            _warn_owner(email, now=now)
        logger.info("sign-in refused at %s", _door(request))
        _record_refusal(request, email)
        raise SignInRefused
    forget(limits[0].key)
    give_back(limits[1:])
    if not lets_in(user, client_address(request)):
        note_refusal(request, user)
        raise OutsideZone(user)
    return user


def sign_in(request: HttpRequest, user: User) -> None:
    """Start a session for the account: new session key, the door's cookie."""
    auth.login(request, user, backend="accounts.backends.DoorBackend")
    logger.info("signed in: %s", user.actor)


def keep_session(request: HttpRequest, user: User) -> bool:
    """After a change that ends the account's sessions: the one at hand goes on, when it is this account's."""
    if request.user.pk != user.pk:
        return False
    auth.update_session_auth_hash(request, user)
    return True


def sign_out(request: HttpRequest) -> None:
    """End the session and drop what it held."""
    if request.user.is_authenticated:
        logger.info("signed out: %s", request.user.actor)
    auth.logout(request)


def forget_failures(request: HttpRequest, email: str) -> None:
    """After a new password by e-mail link the owner need not wait."""
    here, anywhere, _network, *burst = _limits(request, email)
    for limit in (here, anywhere, *burst):
        forget(limit.key)


def _warn_owner(email: str, *, now: datetime) -> None:
    """Tell a patient that somebody guesses their password; nobody's address takes the same way."""
    warm(PLATFORM_OWNER, (Purpose.DATA, Purpose.INDEX))
    with platform_keys():
        try:
            user = User.objects.with_email(UserKind.PATIENT, email)
        except ValueError:  # not an address
            return
        key = key_of("sign-in-warning", str(user.pk) if user else email)
        if take(key, limit=1, window=WARN_AGAIN_AFTER, now=now):
            with transaction.atomic(using="default"):
                outbox.queue_platform("account.guessed", about=user or User(pk=uuid4()), payload={})


def _record_refusal(request: HttpRequest, email: str) -> None:
    door = _door(request)
    try:
        with platform_keys():
            user = User.objects.with_email(KIND_OF_DOOR[door], email)
    except (KeyError, ValueError):  # not a door, not an address
        user = None
    is_open = user is None or may_enter(user, door)
    record_connection(request, user, Outcome.WRONG_PASSWORD if is_open else Outcome.LOCKED)


def _door(request: HttpRequest) -> str:
    return str(getattr(request, "door", ""))  # set by doctolib.hosts.DoorMiddleware


def _limits(request: HttpRequest, email: str) -> list[Limit]:
    try:
        address = normalise_email(email)
    except ValueError:
        address = email.casefold()
    network, door = network_of(request), _door(request)
    limits = [
        Limit(key_of("sign-in", door, address, network), FAILURES_HERE, WINDOW),
        Limit(key_of("sign-in-all", door, address), FAILURES, WINDOW),
        Limit(f"sign-in-{network}", FAILURES_PER_NETWORK, WINDOW),
    ]
    if door == PATIENTS:
        limits.append(Limit(key_of("sign-in-burst", door, address), BURST, BURST_WINDOW))
    return limits
