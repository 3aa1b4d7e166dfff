"""Two thousand messages while workers are killed, Redis forgets everything and the provider has its worst day."""

import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from crypto import keyring
from doctolib import outbox
from doctolib.outbox import kinds
from doctolib.outbox.enums import OPEN, MessageStatus, Priority
from doctolib.outbox.models import OutboxMessage
from doctolib.tenancy.scopes import organisation_scope
from tests.integrations.twilio import ACCOUNT, TOKEN, running
from tests.outbox.tools import Redis

ROOT = Path(__file__).resolve().parents[2]
CELERY = (sys.executable, "-m", "celery", "-A", "tests.outbox.drill_worker")
REMINDERS, CODES = 1900, 100
KILLED = 6  # workers
STALL = 45.0  # seconds in which nothing moves: longer than leases, a restart and a pause after Redis together
WORST_DAY = {"late": 0.01, "lost": 0.01, "gone": 0.01, 429: 0.03, 500: 0.03}

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("drill")]


class Workers:
    """Two worker processes; one of them can be killed, and another one takes its place."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        self.environment, self.log = environment, (folder / "workers.log").open("ab")
        self.running = [self._start(number) for number in range(2)]
        self.started = 2

    def _start(self, number: int) -> subprocess.Popen:
        options = ["worker", "--pool", "solo", "--without-gossip", "--without-mingle", "--hostname", f"w{number}@%h"]
        return subprocess.Popen([*CELERY, *options], cwd=ROOT, env=self.environment, stdout=self.log, stderr=self.log)

    def kill_one(self, chance: random.Random) -> None:
        victim = self.running.pop(chance.randrange(len(self.running)))
        victim.kill()
        victim.wait()
        self.running.append(self._start(self.started))
        self.started += 1

    def stop(self) -> None:
        for process in self.running:
            process.kill()
            process.wait()
        self.log.close()


@pytest.fixture
def provider():
    chance = random.Random(5)
    with running() as (double, address):
        double.late = 1.5  # seconds; the client waits one
        what = [*WORST_DAY, 201]
        weights = [*WORST_DAY.values(), 1 - sum(WORST_DAY.values())]
        double.behave = lambda posted: chance.choices(what, weights)[0]
        yield double, address


@pytest.fixture
def drill(provider, process_environment, tmp_path):
    """Redis, beat and two workers on this test's databases."""
    _double, address = provider
    redis = Redis(tmp_path)
    redis.start()
    environment = {name: value for name, value in process_environment.items() if "OWNER" not in name} | {
        "REDIS_URL": redis.url,
        "SMS_BACKEND": "integrations.twilio.sending.TwilioSMS",
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_SENDER": "Klinikum",
        "TWILIO_BASE_URL": address,
        "BEAT_SCHEDULE_FILE": str(tmp_path / "beat"),
    }
    with ExitStack() as stack:
        stack.callback(redis.stop)
        log = stack.enter_context((tmp_path / "beat.log").open("wb"))
        beat = subprocess.Popen([*CELERY, "beat"], cwd=ROOT, env=environment, stdout=log, stderr=log)
        stack.callback(beat.wait, 20)
        stack.callback(beat.terminate)
        workers = Workers(environment, tmp_path)
        stack.callback(workers.stop)
        yield workers, redis


def fill(clinic) -> None:
    keyring.create_keys(keyring.PLATFORM_OWNER)
    with organisation_scope(clinic):
        for number in range(REMINDERS + CODES):
            kind = "drill.code" if number % (REMINDERS // CODES + 1) == 0 else "drill.reminder"
            to = f"+4915228817{number % 1000:03d}"
            outbox.queue(kind, about=clinic, payload={"to": to, "body": f"{kind} {number}"})


def wait_while_it_flows(done: Callable[[int], bool], progress: Callable[[], int]) -> None:
    """Until the progress is enough. However slow the machine is, something has to move: a stall is what fails."""
    seen, end = progress(), time.monotonic() + STALL
    while not done(seen):
        time.sleep(0.2)  # asking costs the workers' processor time
        if (now := progress()) != seen:
            seen, end = now, time.monotonic() + STALL
        assert time.monotonic() < end, f"nothing moves any more at {seen}"


def open_rows(clinic) -> int:
    with organisation_scope(clinic):
        return OutboxMessage.objects.filter(status__in=OPEN).count()


def test_nothing_is_lost_and_what_must_not_come_twice_does_not(clinic, provider, drill, monkeypatch):
    monkeypatch.setattr(kinds, "_kinds", dict(kinds._kinds))
    kinds.register("drill.reminder", lambda about, payload: [], priority=Priority.BULK, again=False)
    kinds.register("drill.code", lambda about, payload: [], priority=Priority.URGENT)
    double, (workers, redis) = provider[0], drill
    chance = random.Random(3)
    fill(clinic)
    total = REMINDERS + CODES

    for kill in range(1, KILLED + 1):
        share = total * kill // (KILLED + 2)
        wait_while_it_flows(lambda taken, share=share: taken >= share, lambda: len(double.taken))
        workers.kill_one(chance)
        if kill == KILLED // 2:
            redis.stop()  # and with it all that was handed over
            time.sleep(0.5)
            redis.start()
    wait_while_it_flows(lambda left: left == 0, lambda: open_rows(clinic))

    with organisation_scope(clinic):
        ended = Counter(OutboxMessage.objects.values_list("status", flat=True))
        kinds_sent = Counter(OutboxMessage.objects.filter(status=MessageStatus.SENT).values_list("kind", flat=True))
    times = Counter(double.bodies)
    twice = Counter(body.partition(" ")[0] for body, count in times.items() if count > 1)
    arrived = Counter(body.partition(" ")[0] for body in times)
    assert set(ended) <= {MessageStatus.SENT, MessageStatus.DEAD}, ended
    assert ended.total() == total
    # Whatever the row says has left is with the provider, and nothing that the row gave up has secretly arrived twice.
    assert arrived["drill.reminder"] >= kinds_sent["drill.reminder"] > REMINDERS * 0.99
    assert arrived["drill.code"] >= kinds_sent["drill.code"] > CODES * 0.95
    assert twice["drill.reminder"] == 0, twice
    # A code may come twice where a worker died, or an answer did not arrive, between its arrival and our note of it.
    assert twice["drill.code"] <= KILLED + CODES * (WORST_DAY["late"] + WORST_DAY["lost"]) * 4, twice
