"""Claimed messages are written, sent and accounted for, whatever happens to one of them."""

import logging
from datetime import timedelta

import pytest
from django.utils import timezone

from crypto import keyring
from crypto.errors import KmsUnavailable
from doctolib import outbox
from doctolib.outbox import channels, dispatching
from doctolib.outbox.claims import LEASE, begin, claim_due
from doctolib.outbox.enums import MessageStatus
from doctolib.outbox.kinds import Rendered, UnknownKind, register
from doctolib.outbox.models import OutboxMessage, PlatformMessage
from doctolib.tenancy.scopes import current_scope, organisation_scope
from tests import factories
from tests.outbox.conftest import ADA

pytestmark = pytest.mark.django_db


def row(message, clinic):
    with organisation_scope(clinic):
        return OutboxMessage.objects.get(pk=message.pk)


def payload(message, clinic):
    with organisation_scope(clinic):
        return OutboxMessage.objects.get(pk=message.pk).payload


def deliver_all(now=None):
    """Send everything that is due, in this process; the outcomes."""
    outcomes = []
    clock = (lambda: now) if now else timezone.now
    dispatching.dispatch(lambda claim: outcomes.append(dispatching.deliver(claim, clock=clock)), clock=clock)
    return outcomes


def test_an_e_mail_arrives_and_its_payload_is_forgotten(queued, clinic, mailbox):
    message = queued()

    assert deliver_all() == [MessageStatus.SENT]

    [mail] = mailbox.messages
    assert (mail["To"], mail["Subject"], mail.get_content().splitlines()) == (ADA, "Guten Tag", ["Grüß Gott!"])
    sent = row(message, clinic)
    assert (sent.status, sent.attempts, sent.payload_sealed, sent.leased_until) == (MessageStatus.SENT, 1, None, None)
    assert sent.finished_at is not None
    assert deliver_all() == []


def test_an_e_mail_says_no_more_than_it_must(queued, mailbox, settings):
    message = queued()

    deliver_all()

    [mail] = mailbox.messages
    assert sorted(set(mail.keys()) - {"X-Peer", "X-MailFrom", "X-RcptTo"}) == [
        *("Auto-Submitted", "Content-Transfer-Encoding", "Content-Type", "Date", "From", "MIME-Version"),
        *("Message-ID", "Subject", "To"),
    ]
    assert mail["Message-ID"] == f"<{message.pk}.email@localhost>"
    assert mail["From"] == settings.DEFAULT_FROM_EMAIL


def test_html_and_text_go_together(clinic, kind, mailbox):
    kind("test.html", lambda about, payload: [Rendered("email", ADA, "Zwei\nZeilen", "Text", "<p>Text</p>")])
    with organisation_scope(clinic):
        outbox.queue("test.html", about=clinic)

    deliver_all()

    [mail] = mailbox.messages
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert mail["Subject"] == "Zwei Zeilen"


def test_a_message_of_a_dedicated_database_arrives(queued, mailbox):
    queued(factories.organisation(database="dedicated"))

    assert deliver_all() == [MessageStatus.SENT]
    assert mailbox.recipients == [ADA]


def test_a_message_of_the_platform_is_written_with_its_keys(clinic, kind, texts, settings):
    keyring.create_keys(keyring.PLATFORM_OWNER)
    kind("test.code", lambda about, payload: [Rendered("sms", payload["phone"], "", f"Code {payload['code']}")])
    with keyring.platform_keys():
        outbox.queue_platform("test.code", about=clinic, payload={"phone": "+49151", "code": "123456"})

    assert deliver_all() == [MessageStatus.SENT]

    assert texts.sent == [("+49151", "Code 123456")]
    message = PlatformMessage.objects.get()
    assert (message.status, message.payload_sealed) == (MessageStatus.SENT, None)


def test_a_message_is_written_in_the_scope_of_its_organisation_and_sent_in_none(clinic, kind, monkeypatch):
    seen = []
    kind("test.scope", lambda about, payload: seen.append(current_scope()) or [Rendered("sms", "+49151", "", "x")])
    monkeypatch.setattr(channels, "send", lambda part, *, reference: seen.append(current_scope()))
    with organisation_scope(clinic):
        outbox.queue("test.scope", about=clinic)

    deliver_all()

    assert [scope and (scope.kind, scope.organisation_id, scope.actor) for scope in seen] == [
        ("organisation", clinic.pk, "outbox"),
        None,
    ]


def test_what_is_no_longer_true_is_dropped(clinic, kind, mailbox):
    kind("test.stale", lambda about, payload: [])
    with organisation_scope(clinic):
        outbox.queue("test.stale", about=clinic, payload={"to": ADA})

    assert deliver_all() == [MessageStatus.DROPPED]

    with organisation_scope(clinic):
        message = OutboxMessage.objects.get()
        assert (message.status, message.payload) == (MessageStatus.DROPPED, None)
    assert mailbox.messages == []


def test_a_failure_waits_and_only_its_type_is_kept(queued, clinic, mailbox, caplog):
    mailbox.refuse = "451 4.7.1 try later"
    message = queued()
    now = timezone.now()

    with caplog.at_level(logging.INFO):
        assert deliver_all(now) == [MessageStatus.WAITING]

    waiting = row(message, clinic)
    assert (waiting.status, waiting.attempts, waiting.leased_until) == (MessageStatus.WAITING, 1, None)
    assert waiting.problem == "SMTPRecipientsRefused"
    assert timedelta(seconds=8) <= waiting.due_at - now <= timedelta(seconds=12)
    assert payload(message, clinic) == {"to": ADA}
    [line] = [record.getMessage() for record in caplog.records if record.name.startswith("doctolib")]
    assert line == f"message not sent: kind=test.greeting id={message.pk} attempts=1 problem=SMTPRecipientsRefused"
    assert deliver_all(now + timedelta(seconds=7)) == []

    mailbox.refuse = ""
    assert deliver_all(now + timedelta(seconds=13)) == [MessageStatus.SENT]
    assert row(message, clinic).problem == ""


def test_waiting_grows_from_seconds_to_half_a_day_and_ends_after_eight_attempts():
    waits = [dispatching.backoff(attempts) for attempts in range(1, 10)]

    assert waits == [
        timedelta(seconds=10),
        timedelta(minutes=1),
        timedelta(minutes=5),
        timedelta(minutes=30),
        timedelta(hours=2),
        timedelta(hours=6),
        timedelta(hours=12),
        None,
        timedelta(seconds=10),  # the first one after a replay
    ]


def test_after_eight_attempts_a_message_is_given_up(queued, clinic, texts, kind):
    kind("test.text", lambda about, payload: [Rendered("sms", "+49151", "", "x")])
    texts.error = channels.ProviderAway()
    message = queued(kind="test.text")
    now = timezone.now()

    outcomes = []
    for _ in range(10):
        outcomes += deliver_all(now)
        now += timedelta(days=1)

    assert outcomes == [MessageStatus.WAITING] * 7 + [MessageStatus.DEAD]
    dead = row(message, clinic)
    assert (dead.status, dead.attempts, dead.problem) == (MessageStatus.DEAD, 8, "ProviderAway")
    assert payload(message, clinic) == {"to": ADA}


def test_an_address_that_is_refused_for_good_is_given_up_at_once(queued, clinic, mailbox):
    mailbox.refuse = "550 5.1.1 no such user"
    message = queued()

    assert deliver_all() == [MessageStatus.DEAD]
    assert (row(message, clinic).problem, row(message, clinic).attempts) == ("Undeliverable", 1)


def test_bad_rows_never_stop_the_rest(queued, clinic, kind, mailbox):
    def broken(about, payload):
        OutboxMessage.objects.filter(pk=None).extra(where=["1/0 = 1"]).exists()  # leaves the transaction unusable

    kind("test.broken", broken)
    kind("test.leaving", lambda about, payload: 1 / 0)
    keyless = factories.organisation()
    messages = {
        "first": (queued(to="first@example.org"), clinic),
        "renderer": (queued(kind="test.broken"), clinic),
        "raises": (queued(kind="test.leaving"), clinic),
        "unknown": (queued(to="unknown@example.org"), clinic),
        "keyless": (queued(keyless), keyless),
        "last": (queued(to="last@example.org"), clinic),
    }
    with organisation_scope(clinic):
        OutboxMessage.objects.filter(pk=messages["unknown"][0].pk).update(kind="test.of-another-release")
    from crypto.models import DataKey

    DataKey.objects.filter(owner=keyless.pk).delete()
    keyring.forget_all()

    deliver_all()

    assert mailbox.recipients == ["first@example.org", "last@example.org"]
    problems = {}
    for name, (message, owner) in messages.items():
        with organisation_scope(owner):
            problems[name] = OutboxMessage.objects.values_list("problem", flat=True).get(pk=message.pk)
    assert problems == {
        "first": "",
        "renderer": "DataError",
        "raises": "ZeroDivisionError",
        "unknown": "UnknownKind",
        "keyless": "CannotOpen",
        "last": "",
    }


def test_an_unreachable_database_does_not_stop_the_others(queued, mailbox, monkeypatch):
    from django.db import OperationalError

    queued(factories.organisation(database="dedicated"))

    def claim(database, *, now):
        if database != "dedicated":
            raise OperationalError("away")
        return claim_due(database, now=now)

    monkeypatch.setattr(dispatching, "claim_due", claim)

    assert deliver_all() == [MessageStatus.SENT]
    assert mailbox.recipients == [ADA]


def test_with_the_key_management_away_a_message_waits_and_loses_no_attempt(queued, clinic, mailbox, monkeypatch):
    message = queued()
    now = timezone.now()
    with monkeypatch.context() as away:
        away.setattr(keyring, "warm", lambda owner: (_ for _ in ()).throw(KmsUnavailable()))
        assert deliver_all(now) == [None]
    assert row(message, clinic).attempts == 0

    assert deliver_all(now + LEASE) == [MessageStatus.SENT]
    assert mailbox.recipients == [ADA]


def test_of_two_parts_only_the_failing_one_is_sent_again(clinic, kind, mailbox, texts):
    def render(about, payload):
        return [
            Rendered("sms", "+49151", "", "x"),
            Rendered("email", "one@example.org", "s", "b"),
            Rendered("email", "two@example.org", "s", "b"),
        ]

    kind("test.both", render)
    with organisation_scope(clinic):
        outbox.queue("test.both", about=clinic)
    mailbox.refuse = "451 later"
    now = timezone.now()

    assert deliver_all(now) == [MessageStatus.WAITING]
    with organisation_scope(clinic):
        assert OutboxMessage.objects.get().parts_sent == "sms"
    mailbox.refuse = ""
    assert deliver_all(now + timedelta(minutes=1)) == [MessageStatus.SENT]

    assert texts.sent == [("+49151", "x")]
    assert mailbox.recipients == ["one@example.org", "two@example.org"]
    with organisation_scope(clinic):
        assert OutboxMessage.objects.get().parts_sent == "sms email email-2"


def test_an_outcome_counts_only_while_the_lease_is_ours(queued, clinic, claimed, mailbox):
    message = queued()
    now = timezone.now()
    slow = claimed(now=now)

    def someone_else_takes_over():
        [other] = claim_due("pool", now=now + 3 * LEASE)
        assert begin(other, now=now + 3 * LEASE)

    # Runs in the mail server's thread in life; here between sending and recording.
    sent = []

    def send(part, *, reference):
        sent.append(reference)
        someone_else_takes_over()

    channels_send, channels.send = channels.send, send
    try:
        outcome = dispatching.deliver(slow, clock=lambda: now)
    finally:
        channels.send = channels_send

    assert outcome is None and len(sent) == 1
    assert (row(message, clinic).status, row(message, clinic).attempts) == (MessageStatus.WAITING, 2)


def test_a_worker_that_died_loses_its_lease_and_the_message_is_sent(queued, clinic, claimed, mailbox):
    message = queued()
    now = timezone.now()
    assert begin(claimed(now=now), now=now)  # and nothing more is heard of it

    assert deliver_all(now + LEASE - timedelta(seconds=1)) == []
    assert deliver_all(now + LEASE + timedelta(seconds=1)) == [MessageStatus.SENT]
    assert (mailbox.recipients, row(message, clinic).attempts) == ([ADA], 2)


def test_an_unknown_kind_is_refused_when_it_is_queued(clinic):
    with organisation_scope(clinic), pytest.raises(UnknownKind):
        outbox.queue("test.nobody-registered-this", about=clinic)


def test_a_kind_is_registered_once(kind):
    kind("test.once", render := lambda about, payload: [])
    register("test.once", render)
    with pytest.raises(ValueError, match="registered twice"):
        register("test.once", lambda about, payload: [])


def test_a_calendar_object_goes_with_the_mail_as_an_invitation(clinic, kind, mailbox):
    event = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"
    kind("test.event", lambda about, payload: [Rendered("email", ADA, "Termin", "Text", "<p>Text</p>", event)])
    with organisation_scope(clinic):
        outbox.queue("test.event", about=clinic)

    deliver_all()

    [mail] = mailbox.messages
    [attached] = mail.iter_attachments()
    assert (attached.get_content_type(), attached["Content-Type"].params["method"]) == ("text/calendar", "REQUEST")
    assert attached.get_filename() == "termin.ics"
    assert attached.get_content().split() == event.decode().split()
