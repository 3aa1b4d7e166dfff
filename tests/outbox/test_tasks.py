"""Celery's side: what tasks are given, and what happens without the broker."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from doctolib.celery import app
from doctolib.outbox import kicking, tasks
from doctolib.outbox.claims import claim_due
from doctolib.outbox.enums import MessageStatus, Priority
from doctolib.outbox.kicking import AWAY, PAUSE, Kicker
from doctolib.outbox.models import OutboxMessage
from doctolib.tenancy.scopes import organisation_scope
from tests import factories
from tests.outbox.conftest import ADA
from tests.outbox.tools import Redis, broker, free_port, together, until

pytestmark = pytest.mark.django_db
ASK = kicking._ask  # before a fixture replaces it


@pytest.fixture
def enqueued(monkeypatch):
    """What was given to the broker, instead of giving it."""
    found = []
    for task in (tasks.send, tasks.send_platform):
        monkeypatch.setattr(
            task, "apply_async", lambda args, task=task, **options: found.append((task.name, args, options))
        )
    return found


@pytest.fixture
def broker_away(monkeypatch):
    """A broker's address where nobody listens."""
    monkeypatch.setattr(kicking, "_ask", ASK)
    with broker(f"redis://127.0.0.1:{free_port()}/0"):
        yield


def test_the_broker_is_told_ids_and_the_lease_and_nothing_else(queued, clinic, enqueued):
    message = queued()

    assert tasks.dispatch() == 1

    [(name, args, options)] = enqueued
    assert name == "doctolib.outbox.tasks.send"
    assert args[:2] == [str(clinic.pk), str(message.pk)]
    assert timezone.datetime.fromisoformat(args[2]) > timezone.now()
    assert args[3:] == [Priority.SOON]
    assert options == {"expires": 60.0, "retry": False, "queue": "celery"}


def test_a_task_sends_the_message_that_it_was_given(queued, clinic, enqueued, mailbox):
    queued()
    tasks.dispatch()
    [(_name, args, _options)] = enqueued

    tasks.send(*args)
    tasks.send(*args)

    assert mailbox.recipients == [ADA]


@pytest.mark.parametrize("nothing", [None, ""])
def test_a_task_without_an_organisation_fails(nothing):
    with pytest.raises(ValueError, match="organisation"):
        tasks.send(nothing, "6a4c4a4e-4f43-4a5c-8d36-1f9a4f7a2b10", timezone.now().isoformat(), 1)


def test_a_task_of_another_organisation_finds_no_message(queued, enqueued, mailbox):
    queued()
    tasks.dispatch()
    [(_name, args, _options)] = enqueued
    stranger = factories.organisation()

    tasks.send(str(stranger.pk), *args[1:])

    assert mailbox.messages == []


def test_beat_dispatches_every_three_seconds_and_nothing_piles_up():
    entry = app.conf.beat_schedule["outbox"]
    assert (entry["task"], entry["schedule"], entry["options"]["expires"]) == (
        tasks.dispatch.name,
        timedelta(seconds=3),
        3,
    )
    assert tasks.dispatch.name in app.tasks


@pytest.mark.django_db(transaction=True)
def test_a_commit_asks_for_a_dispatch_and_a_rollback_does_not(queued, clinic, greeting, kicks):
    with pytest.raises(ZeroDivisionError), organisation_scope(clinic):
        OutboxMessage(kind=greeting, about="1", payload={}).save()
        _queue(clinic, greeting)
        raise ZeroDivisionError
    assert kicks == []

    queued()

    assert kicks == [0.0]


def _queue(clinic, kind, **options):
    from doctolib import outbox

    outbox.queue(kind, about=clinic, payload={"to": ADA}, **options)


@pytest.mark.django_db(transaction=True)
def test_a_message_for_later_asks_for_no_dispatch_now(queued, kicks):
    queued(due_at=timezone.now() + timedelta(days=1))
    assert kicks == []


@pytest.mark.django_db(transaction=True)
def test_with_redis_away_a_commit_is_quick_and_the_message_is_sent_later(queued, clinic, mailbox, broker_away):
    started = time.monotonic()
    first = queued()
    took = time.monotonic() - started
    started = time.monotonic()
    queued()
    took_again = time.monotonic() - started

    assert (took < 2, took_again < 0.5) == (True, True)
    with organisation_scope(clinic):
        assert OutboxMessage.objects.get(pk=first.pk).status == MessageStatus.WAITING
    assert tasks.dispatch() == 2  # the broker refuses, so it sends by itself
    assert mailbox.recipients == [ADA, ADA]


def test_one_message_that_cannot_even_begin_does_not_stop_the_next(queued, clinic, mailbox, broker_away, caplog):
    from accounts.models import Organisation

    gone = factories.organisation()
    queued(gone, to="gone@example.org")
    queued()
    Organisation.objects.filter(pk=gone.pk).delete()

    tasks.dispatch()

    assert mailbox.recipients == [ADA]
    assert "not begun: UnknownTenant" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_two_dispatchers_and_four_workers_send_each_message_once(queued, mailbox, monkeypatch):
    addresses = [f"patient{number}@example.org" for number in range(24)]
    for address in addresses:
        queued(to=address)
    monkeypatch.setattr(tasks.HandOver, "_enqueue", lambda self, claim: tasks.send_now(claim))

    together([tasks.dispatch] * 4)

    assert mailbox.recipients == sorted(addresses)


@pytest.mark.django_db(transaction=True)
def test_one_claim_in_many_workers_sends_once(queued, mailbox):
    queued()
    [claim] = claim_due("pool", now=timezone.now())

    together([lambda: tasks.send_now(claim)] * 6)

    assert mailbox.recipients == [ADA]


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


def test_many_commits_ask_for_few_dispatches_and_each_is_followed_by_one(kicks):
    clock = Clock()
    kick = Kicker(clock=clock)

    asked_at = []
    for number in range(100):  # a commit every 10 ms
        clock.now = 100 + number / 100
        kick()
        asked_at += [clock.now + wait for wait in kicks[len(asked_at) :]]
    assert all(any(at >= 100 + number / 100 for at in asked_at) for number in range(100))
    assert len(asked_at) <= 1 / PAUSE + 2


def test_after_a_refusal_the_broker_is_left_alone_for_some_seconds(monkeypatch):
    clock, tries = Clock(), []

    def refuse(wait):
        tries.append(clock.now)
        raise ConnectionError

    monkeypatch.setattr(kicking, "_ask", refuse)
    kick = Kicker(clock=clock)
    for _ in range(40):
        kick()
        clock.now += 1

    assert len(tries) == 2 and tries[1] - tries[0] >= AWAY


def test_a_worker_that_takes_both_queues_takes_what_is_urgent_first(tmp_path):
    redis, taken = Redis(tmp_path), []

    def take(message) -> None:
        taken.append(message.delivery_info["routing_key"])
        message.ack()

    redis.start()
    try:
        with broker(redis.url), app.connection_for_read() as connection:
            for queue in ("celery", "urgent") * 3:
                tasks.dispatch.apply_async(queue=queue)
            with app.amqp.TaskConsumer(connection, on_message=take) as consumer:
                consumer.qos(prefetch_count=1)
                until(lambda: connection.drain_events(timeout=5) or len(taken) == 6)
    finally:
        redis.stop()

    assert taken == ["urgent"] * 3 + ["celery"] * 3
