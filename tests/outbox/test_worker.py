"""A real worker process, a real Redis and a real mail server."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from doctolib.outbox import kicking
from doctolib.outbox.enums import MessageStatus
from doctolib.outbox.models import OutboxMessage
from doctolib.tenancy.scopes import organisation_scope
from tests import factories
from tests.outbox.tools import Redis, broker, until

ROOT = Path(__file__).resolve().parents[2]
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
def worker(redis, process_environment, mailbox, settings, tmp_path, monkeypatch):
    """A worker and a beat in one process, on this test's databases; ``log`` is what it wrote."""
    environment = {
        **process_environment,
        "REDIS_URL": redis.url,
        "EMAIL_BACKEND": settings.EMAIL_BACKEND,
        "EMAIL_HOST": settings.EMAIL_HOST,
        "EMAIL_PORT": str(settings.EMAIL_PORT),
        "BEAT_SCHEDULE_FILE": str(tmp_path / "beat"),
    }
    environment.pop("DATABASE_OWNER_URL"), environment.pop("DATABASE_DEDICATED_OWNER_URLS")
    command = [sys.executable, "-m", "celery", "-A", "tests.outbox.worker", "worker", "--pool", "solo", "-l", "info"]
    log = tmp_path / "worker.log"
    monkeypatch.setattr(kicking, "_ask", ASK)
    with log.open("wb") as out, broker(redis.url):
        process = subprocess.Popen([*command, "--without-gossip"], cwd=ROOT, env=environment, stdout=out, stderr=out)
        try:
            until(lambda: "ready" in log.read_text() or process.poll() is not None, seconds=40)
            assert process.poll() is None, log.read_text()
            yield log
        finally:
            process.terminate()
            process.wait(20)


def test_a_message_arrives_within_five_seconds_of_its_commit(queued, clinic, worker, mailbox):
    elsewhere = factories.organisation(database="dedicated")
    started = time.monotonic()
    queued(to="ada@example.org")
    queued(elsewhere, to="grace@example.org")

    until(lambda: len(mailbox.messages) == 2, seconds=ARRIVES)

    assert time.monotonic() - started < ARRIVES
    assert mailbox.recipients == ["ada@example.org", "grace@example.org"]
    with organisation_scope(clinic):
        until(lambda: OutboxMessage.objects.filter(status=MessageStatus.SENT).exists())
    log = worker.read_text()
    assert "ada@example.org" not in log and "Gott" not in log


def test_what_redis_lost_is_sent_when_it_is_back(queued, worker, redis, mailbox):
    redis.stop()
    started = time.monotonic()
    queued(to="ada@example.org")
    assert time.monotonic() - started < 2
    redis.start()
    kicking.kick.reset()

    # Nobody remembers the first one but its row: any later dispatch finds it.
    until(lambda: kicking.kick() or len(mailbox.messages) == 1, seconds=30)

    assert mailbox.recipients == ["ada@example.org"]
    assert worker.read_text().count("Traceback") == 0


def test_the_worker_refuses_to_start_as_the_owner(process_environment, redis):
    environment = {**process_environment, "REDIS_URL": redis.url}
    environment["DATABASE_URL"] = environment.pop("DATABASE_OWNER_URL")
    command = [sys.executable, "-m", "celery", "-A", "tests.outbox.worker", "worker", "--pool", "solo"]

    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)

    assert done.returncode != 0
    assert "PrivilegedRole" in done.stderr + done.stdout
