"""What was given up is shown to an operator without personal data, and sent again on demand."""

import uuid

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from crypto import keyring
from doctolib import outbox
from doctolib.audit.models import AuditEvent
from doctolib.outbox import dead_letters
from doctolib.outbox.enums import MessageStatus
from doctolib.outbox.models import OutboxMessage, PlatformMessage
from doctolib.tenancy.scopes import organisation_scope, support_scope
from tests import factories
from tests.outbox.conftest import ADA
from tests.outbox.test_dispatching import deliver_all

pytestmark = pytest.mark.django_db


@pytest.fixture
def dead(queued, mailbox):
    """A message that the mail server refused for good."""
    mailbox.refuse = "550 no such user"
    message = queued()
    assert deliver_all() == [MessageStatus.DEAD]
    mailbox.refuse = ""
    return message


def run(capsys, *args):
    call_command("outbox", *args)
    return capsys.readouterr().out.splitlines()


def test_the_list_names_kind_and_id_and_nobody(dead, clinic, capsys):
    lines = run(capsys, "list")

    since = f"{dead.created_at:%Y-%m-%dT%H:%M:%SZ}"
    assert lines == [
        f"queue={clinic.slug} kind=test.greeting id={dead.pk} attempts=1 problem=Undeliverable since={since}"
    ]


def test_the_list_can_be_of_one_queue_and_of_another_state(dead, queued, clinic, capsys):
    elsewhere = factories.organisation(database="dedicated")
    waiting = queued(elsewhere)

    assert run(capsys, "list", "--organisation", elsewhere.slug) == []
    [line] = run(capsys, "list", "--organisation", elsewhere.slug, "--status", "waiting")
    assert f"id={waiting.pk}" in line
    assert run(capsys, "list", "--organisation", "platform") == []
    with pytest.raises(CommandError, match="no organisation nowhere"):
        run(capsys, "list", "--organisation", "nowhere")


@pytest.mark.parametrize("choice", ["id", "kind", "all"])
def test_replaying_only_counts_until_it_is_told_to(dead, clinic, capsys, mailbox, choice):
    options = {"id": [str(dead.pk)], "kind": ["--kind", "test.greeting"], "all": ["--all"]}[choice]

    assert run(capsys, "replay", *options) == [f"queue={clinic.slug} dead=1 replayed=0"]
    assert deliver_all() == []
    assert run(capsys, "replay", *options, "--apply") == [f"queue={clinic.slug} dead=1 replayed=1"]

    assert deliver_all() == [MessageStatus.SENT]
    assert mailbox.recipients == [ADA]
    with organisation_scope(clinic):
        message = OutboxMessage.objects.get(pk=dead.pk)
        events = list(AuditEvent.objects.values_list("actor", "action", "subject"))
    assert (message.status, message.attempts) == (MessageStatus.SENT, 2)
    assert events == [("operator", "message.replayed", f"outboxmessage:{dead.pk}")]


def test_replaying_needs_a_choice_and_touches_only_what_is_dead(dead, queued, clinic, capsys):
    waiting = queued()
    with pytest.raises(CommandError, match="Name ids"):
        run(capsys, "replay", "--apply")

    assert run(capsys, "replay", str(waiting.pk), str(uuid.uuid4()), "--apply") == []

    with organisation_scope(clinic):
        assert OutboxMessage.objects.get(pk=dead.pk).status == MessageStatus.DEAD


def test_messages_of_the_platform_can_be_replayed(clinic, kind, texts, capsys):
    keyring.create_keys(keyring.PLATFORM_OWNER)
    kind("test.code", lambda about, payload: 1 / 0)
    with keyring.platform_keys():
        outbox.queue_platform("test.code", about=clinic, payload={})
    PlatformMessage.objects.update(status=MessageStatus.DEAD, attempts=8)

    assert run(capsys, "replay", "--kind", "test.code", "--apply") == ["queue=platform dead=1 replayed=1"]
    assert PlatformMessage.objects.get().status == MessageStatus.WAITING


def test_support_sees_no_payload_and_cannot_change_what_a_message_says(dead, clinic):
    from django.db import ProgrammingError, transaction

    with support_scope(clinic):
        message = OutboxMessage.objects.get()
        assert ADA not in str(message.payload)
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic(using="pool"):
            OutboxMessage.objects.update(about="someone else")
    [queue] = dead_letters.queues(clinic.slug)
    assert dead_letters.replay(queue, [dead.pk], now=timezone.now()) == 1


def test_an_operator_can_send_without_redis_and_workers(queued, mailbox, capsys):
    queued()
    assert run(capsys, "send") == ["handled=1"]
    assert mailbox.recipients == [ADA]


def test_putting_back_leaves_alone_what_is_not_dead(queued, clinic, claimed):
    message = queued()
    lease = claimed().lease
    [queue] = dead_letters.queues(clinic.slug)

    assert dead_letters.replay(queue, [message.pk], now=timezone.now()) == 0

    with organisation_scope(clinic):
        assert OutboxMessage.objects.get(pk=message.pk).leased_until == lease
        assert not AuditEvent.objects.exists()
