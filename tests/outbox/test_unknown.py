"""A part that may have left the house: asked about, never blindly sent twice unless that does no harm."""

from datetime import timedelta

import pytest
from django.utils import timezone

from doctolib import outbox
from doctolib.outbox import channels, dispatching
from doctolib.outbox.claims import LEASE, begin, claim_due
from doctolib.outbox.dispatching import ASK_AFTER, ATTEMPTS
from doctolib.outbox.enums import MessageStatus, Outcome
from doctolib.outbox.kinds import Rendered
from doctolib.outbox.models import OutboxMessage
from doctolib.outbox.receipts import record_receipt
from doctolib.tenancy.scopes import organisation_scope

pytestmark = pytest.mark.django_db
LAPSED = LEASE + timedelta(seconds=1)
TO, BODY = "+4915228817386", "Ihr Termin ist morgen."


@pytest.fixture
def reminder(kind):
    kind("test.reminder", lambda about, payload: [Rendered("sms", TO, "", BODY)], again=False)
    return "test.reminder"


def row(clinic) -> OutboxMessage:
    with organisation_scope(clinic):
        return OutboxMessage.objects.get()


def queue(clinic, kind) -> None:
    with organisation_scope(clinic):
        outbox.queue(kind, about=clinic)


def die_while_sending(now) -> None:
    """A worker claims, begins, says what it is about to hand over, and is heard of no more."""
    [claim] = claim_due("pool", now=now)
    begun = begin(claim, now=now)
    assert begun
    dispatching._write(begun)


def deliver(now) -> list:
    outcomes: list = []
    dispatching.dispatch(
        lambda claim: outcomes.append(dispatching.deliver(claim, clock=lambda: now)), clock=lambda: now
    )
    return outcomes


def test_a_code_is_sent_again(clinic, kind, texts):
    kind("test.code", lambda about, payload: [Rendered("sms", TO, "", "Ihr Code")])
    queue(clinic, "test.code")
    now = timezone.now()
    die_while_sending(now)

    assert deliver(now + LAPSED) == [MessageStatus.SENT]
    assert texts.sent == [(TO, "Ihr Code")]


def test_a_reminder_waits_until_the_provider_can_be_asked(clinic, reminder, texts):
    queue(clinic, reminder)
    now = timezone.now()
    die_while_sending(now)

    assert deliver(now + LAPSED) == [MessageStatus.UNKNOWN]
    assert deliver(now + LAPSED + ASK_AFTER - timedelta(seconds=1)) == []
    assert texts.sent == []


def test_a_reminder_that_has_left_is_not_sent_again(clinic, reminder, texts):
    queue(clinic, reminder)
    now = timezone.now()
    die_while_sending(now)
    texts.sent.append((TO, BODY))  # it had reached the provider
    deliver(now + LAPSED)

    assert deliver(now + LAPSED + ASK_AFTER) == [MessageStatus.SENT]

    assert texts.sent == [(TO, BODY)]
    settled = row(clinic)
    assert (settled.provider_id, settled.outcome, settled.sending) == ("1", Outcome.ACCEPTED, "")


def test_a_reminder_that_has_surely_not_left_is_sent(clinic, reminder, texts):
    queue(clinic, reminder)
    now = timezone.now()
    die_while_sending(now)
    deliver(now + LAPSED)

    assert deliver(now + LAPSED + ASK_AFTER) == [MessageStatus.SENT]
    assert texts.sent == [(TO, BODY)]


def test_a_receipt_settles_it_too(clinic, reminder, texts):
    queue(clinic, reminder)
    now = timezone.now()
    die_while_sending(now)
    deliver(now + LAPSED)

    assert record_receipt(str(clinic.pk), row(clinic).pk, provider_id="SM1", outcome=Outcome.DELIVERED)

    assert deliver(now + LAPSED) == [MessageStatus.SENT]
    settled = row(clinic)
    assert (texts.sent, settled.provider_id, settled.outcome) == ([], "SM1", Outcome.DELIVERED)


def test_an_unclear_answer_is_asked_about_and_a_clear_refusal_is_tried_again(clinic, reminder, texts):
    queue(clinic, reminder)
    now = timezone.now()
    texts.error = channels.ProviderAway()
    assert deliver(now) == [MessageStatus.WAITING]
    assert row(clinic).sending == ""

    texts.error = channels.Unclear()
    now += timedelta(minutes=1)
    assert deliver(now) == [MessageStatus.UNKNOWN]

    texts.error = None
    assert deliver(now + 2 * ASK_AFTER) == [MessageStatus.SENT]
    assert texts.sent == [(TO, BODY)]


def test_what_nobody_can_tell_ends_as_a_dead_letter_and_an_operator_may_send_it(clinic, kind, mailbox):
    kind("test.mail", lambda about, payload: [Rendered("email", "ada@example.org", "Hallo", "Hallo\n")], again=False)
    queue(clinic, "test.mail")
    now = timezone.now()
    die_while_sending(now)
    for _attempt in range(ATTEMPTS):  # a mail server keeps no list that could be asked
        now += timedelta(days=1)
        deliver(now)
    assert (row(clinic).status, row(clinic).problem) == (MessageStatus.DEAD, "Unclear")
    assert mailbox.messages == []

    from doctolib.outbox.dead_letters import Queue, replay

    assert replay(Queue(clinic), [row(clinic).pk], now=now) == 1
    assert deliver(now) == [MessageStatus.SENT]
    assert mailbox.recipients == ["ada@example.org"]


def test_a_reminder_in_doubt_that_is_no_longer_true_is_dropped(clinic, kind, texts):
    wanted = [Rendered("sms", TO, "", BODY)]
    kind("test.stale", lambda about, payload: list(wanted), again=False)
    queue(clinic, "test.stale")
    now = timezone.now()
    die_while_sending(now)
    deliver(now + LAPSED)
    wanted.clear()

    assert deliver(now + LAPSED + ASK_AFTER) == [MessageStatus.DROPPED]
    assert texts.sent == []


def test_only_the_part_in_doubt_is_asked_about(clinic, kind, mailbox, texts):
    parts = [Rendered("email", "ada@example.org", "Hallo", "Hallo\n"), Rendered("sms", TO, "", BODY)]
    kind("test.both", lambda about, payload: parts, again=False)
    queue(clinic, "test.both")
    now = timezone.now()
    texts.error = channels.Unclear()
    assert deliver(now) == [MessageStatus.UNKNOWN]
    texts.error = None
    texts.sent.append((TO, BODY))

    assert deliver(now + 2 * ASK_AFTER) == [MessageStatus.SENT]

    assert (mailbox.recipients, texts.sent) == (["ada@example.org"], [(TO, BODY)])
    assert row(clinic).parts_sent == "email sms"
