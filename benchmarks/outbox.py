"""Messages through the outbox against bare calls of the provider's client, and codes while reminders wait.

The provider is Twilio's double on loopback: at once for the ratio, where every millisecond is the outbox's own, and
with the 100 ms that a provider takes. Ten thousand due reminders are sent to the last one with the three processes of
the Procfile, and codes all the while: that takes about ten minutes.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import UUID

import psycopg
from django.test import override_settings

from tests.outbox.tools import until

from . import dataset, web

SIZE = "10k"
ROUNDS, AT_ONCE = 5, 60
REMINDERS = 10_000
EVERY = 5.0  # seconds between two codes
SENDERS = 2  # processes that send reminders
ANSWER = 0.1  # seconds
RATE = SENDERS / ANSWER  # what a provider that answers so takes of so many, a second
GOAL = 2.0  # seconds until a code is with its provider
TO = "+4915228817386"
CELERY = (sys.executable, "-m", "celery", "--quiet", "--app", "benchmarks.outbox_worker")
PROCESSES = (
    ("worker", "--concurrency", str(SENDERS), "--loglevel", "ERROR"),
    ("worker", "--concurrency", "1", "--queues", "urgent", "--hostname", "urgent@%h", "--loglevel", "ERROR"),
    ("beat", "--loglevel", "ERROR"),
)


def run() -> Iterator[dict]:
    from crypto import keyring
    from tests.integrations.twilio import ACCOUNT, TOKEN, running
    from tests.outbox.tools import Redis, broker

    dataset.make(SIZE)
    name = dataset.name_of(SIZE)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        redis = Redis(folder)
        redis.start()
        stack.callback(redis.stop)
        double, address = stack.enter_context(running())
        twilio = {
            "SMS_BACKEND": "integrations.twilio.sending.TwilioSMS",
            "SMS_FALLBACK_BACKEND": "",
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_SENDER": "Klinikum",
            "TWILIO_BASE_URL": address,
        }
        stack.enter_context(override_settings(**twilio))
        stack.enter_context(broker(redis.url))
        stack.enter_context(dataset.pointed_at(name))
        stack.enter_context(_empty(name))
        keyring.create_keys(keyring.PLATFORM_OWNER)
        keyring.create_keys(dataset.BENCH)
        double.late = ANSWER
        for label, behaviour in (("a provider that answers at once", 201), ("one that takes 100 ms", "late")):
            double.behave = lambda posted, behaviour=behaviour: behaviour
            yield _ratio(label)
        more = {"DATABASE_URL": _address(name), "DATABASE_DEDICATED_URLS": "{}", "REDIS_URL": redis.url}
        environment = {**os.environ, **twilio, **more, "BEAT_SCHEDULE_FILE": str(folder / "beat")}
        for process in PROCESSES:
            stack.enter_context(_started(process, environment))
        yield from _codes(double)


def _ratio(label: str) -> dict:
    """Milliseconds a message, by one process; the median over paired rounds."""
    from doctolib.outbox.channels import Reference
    from integrations.twilio.sending import TwilioSMS

    reference = Reference(str(dataset.BENCH), UUID(int=1), "sms")
    _queue(1, "warm")
    TwilioSMS().send(TO, "warm", reference=reference)
    _send_due()
    pairs = []
    for number in range(ROUNDS):
        _queue(AT_ONCE, f"round {number}")
        bare = _seconds(lambda: [TwilioSMS().send(TO, "bare", reference=reference) for _ in range(AT_ONCE)])
        ours = _seconds(_send_due)
        pairs.append((ours / AT_ONCE * 1000, bare / AT_ONCE * 1000))
    value, floor = (statistics.median(figures) for figures in zip(*pairs, strict=True))
    ratio = statistics.median(ours / bare for ours, bare in pairs)
    figures = {"value": round(value, 1), "floor": round(floor, 1), "ratio": round(ratio, 2)}
    return {"name": f"a message, {label}", "unit": "ms", **figures}


def _send_due() -> None:
    """Claim what is due in the bench database, and no other, and send it."""
    from django.utils import timezone

    from doctolib.outbox.claims import claim_due
    from doctolib.outbox.tasks import send_now

    for claim in claim_due("pool", now=timezone.now()):
        send_now(claim)


def _codes(double) -> Iterator[dict]:
    """Reminders that are all due at once, sent to the last one, and a code every few seconds beside them."""
    _queue(REMINDERS, "reminder")
    until(lambda: _sent(double, "reminder"), seconds=60)  # the workers are there
    began, first, times = time.monotonic(), _sent(double, "reminder"), []
    while (sent := _sent(double, "reminder")) < REMINDERS:
        assert time.monotonic() - began < 4 * REMINDERS / RATE + 60, f"only {sent} reminders have left"
        times.append(_code(double, len(times)))
        time.sleep(max(0.0, EVERY - times[-1]))
    took = time.monotonic() - began  # to EVERY seconds more than it was
    rate = (REMINDERS - first) / took
    assert len({text["body"] for text in double.taken if text["body"].startswith("reminder")}) == REMINDERS
    shared = {"unit": "s", "floor": GOAL, "waiting": REMINDERS, "codes": len(times)}
    for label, value in (("median", statistics.median(times)), ("slowest", max(times))):
        name = f"a code from request to provider beside due reminders, {label}"
        yield {"name": name, "value": round(value, 2), "ratio": round(value / GOAL, 2), **shared}
    figures = {"value": round(rate, 1), "floor": RATE, "ratio": round(rate / RATE, 2), "seconds": round(took)}
    yield {"name": f"{REMINDERS} reminders, all of them sent, {SENDERS} senders", "unit": "1/s", **figures}


def _code(double, number: int) -> float:
    """Seconds from the request to the provider."""
    from crypto import keyring
    from doctolib import outbox
    from doctolib.tenancy.tenants import tenant

    body, asked = f"code {number}", time.monotonic()
    with keyring.platform_keys():
        outbox.queue_platform("bench.code", about=tenant(id=dataset.BENCH), payload={"to": TO, "body": body})
    until(lambda: any(text["body"] == body for text in reversed(double.taken[-500:])), seconds=60)
    return time.monotonic() - asked


def _sent(double, word: str) -> int:
    return sum(text["body"].startswith(word) for text in double.taken)


def _queue(count: int, body: str) -> None:
    from doctolib import outbox
    from doctolib.tenancy.scopes import organisation_scope
    from doctolib.tenancy.tenants import tenant

    from . import outbox_worker  # noqa: F401  (its kinds)

    clinic = tenant(id=dataset.BENCH)
    with organisation_scope(clinic):
        for number in range(count):
            outbox.queue("bench.reminder", about=clinic, payload={"to": TO, "body": f"{body} {number}"})


def _seconds(work) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _address(name: str) -> str:
    from django.db import connections

    settings = connections["default"].settings_dict
    return "postgresql://{USER}:{PASSWORD}@{HOST}:{PORT}/".format(**settings) + name


@contextmanager
def _empty(name: str) -> Iterator[None]:
    """No messages before and after: other figures use this database, too."""
    tables = "outbox_outboxmessage, outbox_platformmessage"
    with psycopg.connect(dataset.url_of(dataset.admin_url(), name), autocommit=True) as admin:
        admin.execute(f"TRUNCATE {tables}")
        try:
            yield
        finally:
            admin.execute(f"TRUNCATE {tables}")


@contextmanager
def _started(process: tuple[str, ...], environment: dict[str, str]) -> Iterator[None]:
    quiet = subprocess.DEVNULL
    started = subprocess.Popen([*CELERY, *process], cwd=web.ROOT, env=environment, stdout=quiet, stderr=quiet)
    try:
        yield
    finally:
        started.terminate()
        started.wait(30)
