"""How long each kind of refused sign-in takes: nobody may tell an unknown address or a lock by the clock.

Medians of 200 tries of each kind and door, taken in turns, so that each sees every phase of the machine, at the real
cost of the hash. That they do the same work is a test (tests/accounts/test_locking.py); this only measures it.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from uuid import uuid4

TRIES = 200
PASSWORD = "vier Wörter sind genug"


def run() -> Iterator[dict]:
    from tests.databases import clones

    with clones("bench_sign_in"), _quiet():
        for door in ("pro", "www"):
            took = _measured(door)
            wrong = median(took["wrong"])
            for kind, seconds in took.items():
                yield {
                    "name": f"refused sign-in at {door}: {kind} (median of {TRIES})",
                    "value": round(median(seconds) * 1e3, 2),
                    "unit": "ms",
                    "floor": round(wrong * 1e3, 2),
                    "ratio": round(median(seconds) / wrong, 4),
                }


def _measured(door: str) -> dict[str, list[float]]:
    addresses = {"wrong": _account(door), "locked": _account(door, is_active=False), "unknown": _address()}
    took: dict[str, list[float]] = {kind: [] for kind in addresses}
    for _ in range(TRIES):
        _forget()
        for kind, email in addresses.items():
            took[kind].append(_try(door, email))
    return took


def _try(door: str, email: str) -> float:
    from django.conf import settings
    from django.test import Client

    client = Client(HTTP_HOST={"www": settings.WWW_HOST, "pro": settings.PRO_HOST}[door])
    began = time.perf_counter()
    answer = client.post("/account/sign-in/", {"email": email, "password": "wrong password"})
    took = time.perf_counter() - began
    if answer.status_code != 422:
        raise RuntimeError(f"a sign-in was answered with {answer.status_code}")
    return took


def _forget() -> None:
    """Every try is the first one: no limit and no lock comes near."""
    from accounts.models import Throttle, User

    Throttle.objects.all().delete()
    User.objects.update(failed_tries=0)


def _account(door: str, **fields: bool) -> str:
    from accounts.enums import KIND_OF_DOOR, UserKind
    from accounts.models import User
    from crypto import keyring
    from tests import factories

    keyring.create_keys(keyring.PLATFORM_OWNER)
    kind, email = KIND_OF_DOOR[door], _address()
    clinic = factories.organisation() if kind == UserKind.PROFESSIONAL else None
    with keyring.platform_keys():
        User.objects.create_account(kind=kind, email=email, password=PASSWORD, organisation=clinic, **fields)
    return email


def _address() -> str:
    return f"{uuid4().hex}@example.org"


@contextmanager
def _quiet() -> Iterator[None]:
    import logging

    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
