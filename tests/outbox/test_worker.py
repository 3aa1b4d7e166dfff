"""A real worker process, a real Redis and a real mail server."""

import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from doctolib.outbox import kicking
from doctolib.outbox.enums import MessageStatus
from doctolib.outbox.models import OutboxMessage
from doctolib.tenancy.scopes import organisation_scope
from tests import factories
from tests.outbox.tools import Redis, broker, until

ROOT = Path(__file__).resolve().parents[2]
CELERY = (sys.executable, "-m", "celery", "-A", "tests.outbox.worker")
WORKER = ("worker", "--pool", "solo", "--without-gossip")
ASK = kicking._ask
ARRIVES = 5.0  # seconds from the commit to the mailbox

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def redis(tmp_path):
    server = Redis(tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def environment(redis, process_environment, mailbox, settings, tmp_path):
    """What a worker of production is given: no owner's addresses."""
    changed = {
        "REDIS_URL": redis.url,
        "EMAIL_BACKEND": settings.EMAIL_BACKEND,
        "EMAIL_HOST": settings.EMAIL_HOST,
        "EMAIL_PORT": str(settings.EMAIL_PORT),
        "BEAT_SCHEDULE_FILE": str(tmp_path / "beat"),
    }
    return {name: value for name, value in process_environment.items() if "OWNER" not in name} | changed


@pytest.fixture
def worker(environment, redis, tmp_path, monkeypatch):
    """A worker and a beat on this test's databases; what the worker logs."""
    monkeypatch.setattr(kicking, "_ask", ASK)
    with broker(redis.url), ExitStack() as stack:
        logs = []
        for arguments in (WORKER, ("beat",)):
            logs.append(tmp_path / f"{arguments[0]}.log")
            out = stack.enter_context(logs[-1].open("wb"))
            command = [*CELERY, *arguments, "-l", "info"]
            process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out)
            stack.callback(process.wait, 20)
            stack.callback(process.terminate)
        until(lambda: "ready" in logs[0].read_text() and "beat: Starting" in logs[1].read_text(), seconds=60)
        yield logs[0]


def test_a_message_arrives_within_five_seconds_of_its_commit(queued, clinic, worker, mailbox):
    elsewhere = factories.organisation(database="dedicated")
    started = time.monotonic()
    queued(to="ada@example.org")
    queued(elsewhere, to="grace@example.org")

    until(lambda: len(mailbox.messages) == 2, seconds=ARRIVES)

    assert time.monotonic() - started < ARRIVES
    assert mailbox.recipients == ["ada@example.org", "grace@example.org"]
    until(lambda: sent(clinic))
    log = worker.read_text()
    assert "ada@example.org" not in log and "Gott" not in log


def test_with_redis_away_a_message_waits_and_beat_finds_it_afterwards(queued, clinic, worker, redis, mailbox):
    redis.stop()
    started = time.monotonic()
    queued(to="ada@example.org")
    assert time.monotonic() - started < 2

    redis.start()

    until(lambda: sent(clinic), seconds=60)
    assert mailbox.recipients == ["ada@example.org"]


def sent(clinic):
    with organisation_scope(clinic):
        return OutboxMessage.objects.filter(status=MessageStatus.SENT).exists()


def test_the_worker_refuses_to_start_as_the_owner(process_environment, redis):
    environment = {**process_environment, "REDIS_URL": redis.url}
    environment["DATABASE_URL"] = environment.pop("DATABASE_OWNER_URL")
    done = subprocess.run([*CELERY, *WORKER], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)

    assert done.returncode != 0
    assert "PrivilegedRole" in done.stderr + done.stdout
