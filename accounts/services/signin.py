"""Signing in: count the try, look at the password, start a session."""

import logging
from datetime import datetime, timedelta

from django.contrib import auth
from django.http import HttpRequest

from accounts.models import User
from accounts.throttling import Limit, Throttled, forget, give_back, key_of, network_of, take_all
from crypto.normalise import normalise_email

logger = logging.getLogger(__name__)

WINDOW = timedelta(minutes=15)
FAILURES_HERE = 10  # of one account from one network
FAILURES = 50  # of one account from anywhere; a stranger cannot lock an owner out from their own network with ten tries
FAILURES_PER_NETWORK = 100  # of all accounts: a hospital is one network


class SignInRefused(Exception):
    """Address or password is not right, the account is locked, or it belongs to another door: always the same."""


def check_credentials(request: HttpRequest, *, email: str, password: str, now: datetime) -> User:
    """The account with this address and password at the request's door.

    Each try is counted before the password is looked at; a right one is taken back. Unknown addresses count the same.
    Raises SignInRefused, Throttled.
    """
    limits = _limits(request, email)
    try:
        take_all(limits, now=now)
    except Throttled:
        logger.info("sign-in throttled at %s", _door(request))
        raise
    user = auth.authenticate(request, email=email, password=password)
    if user is None:
        logger.info("sign-in refused at %s", _door(request))
        raise SignInRefused
    forget(limits[0].key)
    give_back(limits[1:])
    return user


def sign_in(request: HttpRequest, user: User) -> None:
    """Start a session for the account: new session key, the door's cookie."""
    auth.login(request, user, backend="accounts.backends.DoorBackend")
    logger.info("signed in: %s", user.actor)


def sign_out(request: HttpRequest) -> None:
    """End the session and drop what it held."""
    if request.user.is_authenticated:
        logger.info("signed out: %s", request.user.actor)
    auth.logout(request)


def forget_failures(request: HttpRequest, email: str) -> None:
    """After a new password by e-mail link the owner need not wait."""
    for limit in _limits(request, email)[:2]:
        forget(limit.key)


def _door(request: HttpRequest) -> str:
    return str(getattr(request, "door", ""))  # set by doctolib.hosts.DoorMiddleware


def _limits(request: HttpRequest, email: str) -> list[Limit]:
    try:
        address = normalise_email(email)
    except ValueError:
        address = email.casefold()
    network, door = network_of(request), _door(request)
    return [
        Limit(key_of("sign-in", door, address, network), FAILURES_HERE, WINDOW),
        Limit(key_of("sign-in-all", door, address), FAILURES, WINDOW),
        Limit(f"sign-in-{network}", FAILURES_PER_NETWORK, WINDOW),
    ]
