"""Texts through Twilio's own client, over a real connection."""

import logging
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from doctolib.outbox.channels import (
    ProviderAway,
    ProviderBusy,
    Reference,
    Unclear,
    Undeliverable,
    send_sms,
)
from doctolib.outbox.kinds import Rendered
from integrations.twilio import sending
from integrations.twilio.sending import TwilioSMS
from tests.outbox.tools import free_port

pytestmark = pytest.mark.django_db
TO = "+4915228817386"
REFERENCE = Reference(str(uuid4()), uuid4(), "sms")


def text(body: str = "Grüß Gott!") -> str:
    return TwilioSMS().send(TO, body, reference=REFERENCE)


def test_a_text_is_taken_with_its_sender_and_the_address_for_its_receipt(twilio, settings):
    found = text()

    [taken] = twilio.taken
    assert (found, taken["to"], taken["body"]) == (taken["sid"], TO, "Grüß Gott!")
    assert taken["sender"] == settings.TWILIO_SENDER
    assert taken["callback"].endswith(f"/api/twilio/receipts/{REFERENCE.owner}/{REFERENCE.message}/")


def test_a_name_can_be_the_sender(twilio, settings):
    settings.TWILIO_SENDER = "Klinikum"

    text()

    assert twilio.taken[0]["sender"] == "Klinikum"


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (400, 21211, Undeliverable),  # not a number
        (400, 21610, Undeliverable),  # asked for no more texts
        (400, 20001, ProviderAway),
        (401, 20003, ProviderAway),
        (429, 20429, ProviderBusy),
        (500, 20500, ProviderAway),
        (503, 0, ProviderAway),
    ],
)
def test_an_answer_becomes_one_of_our_errors_without_the_number(twilio, status, code, error):
    twilio.behave, twilio.code = (lambda posted: status), code

    with pytest.raises(error) as refused:
        text()

    assert type(refused.value) is error
    assert (TO in repr(refused.value), refused.value.__cause__) == (False, None)
    assert twilio.taken == []


def test_a_busy_provider_says_how_long_to_wait(twilio):
    twilio.behave, twilio.retry_after = (lambda posted: 429), "40"

    with pytest.raises(ProviderBusy) as refused:
        text()

    assert refused.value.retry_after == timedelta(seconds=40)


@pytest.mark.parametrize("what", ["lost", "gone"])
def test_a_connection_that_ends_without_an_answer_is_unclear(twilio, what):
    twilio.behave = lambda posted: what

    with pytest.raises(Unclear):
        text()


def test_an_answer_that_is_too_late_is_unclear(twilio, monkeypatch):
    monkeypatch.setattr(sending, "TIMEOUT", 0.2)
    twilio.behave, twilio.late = (lambda posted: "late"), 0.6

    with pytest.raises(Unclear):
        text()

    assert twilio.bodies == ["Grüß Gott!"]


def test_nobody_there_is_no_doubt(twilio, settings):
    settings.TWILIO_BASE_URL = f"http://127.0.0.1:{free_port()}"

    with pytest.raises(ProviderAway):
        text()


def test_what_has_left_is_found_in_the_list(twilio):
    start = datetime.now(UTC).replace(microsecond=0)
    sid = text()

    assert TwilioSMS().find(TO, "Grüß Gott!", since=start) == sid
    assert TwilioSMS().find(TO, "Etwas anderes", since=start) == ""
    assert TwilioSMS().find("+4915228817387", "Grüß Gott!", since=start) == ""
    assert TwilioSMS().find(TO, "Grüß Gott!", since=start + timedelta(minutes=1)) == ""


class Second:
    """A second provider."""

    taken: list[str] = []

    def send(self, to, body, *, reference):
        Second.taken.append(body)
        return "second-1"


def test_a_second_provider_takes_over_while_the_first_is_away_and_only_then(twilio, settings):
    settings.SMS_FALLBACK_BACKEND = f"{__name__}.Second"
    Second.taken = []
    part = Rendered("sms", TO, "", "Ihr Code")

    assert send_sms(part, reference=REFERENCE) == twilio.taken[0]["sid"]
    twilio.behave = lambda posted: 503
    assert send_sms(part, reference=REFERENCE) == "second-1"
    twilio.behave = lambda posted: "lost"
    with pytest.raises(Unclear):  # it may have left: not twice
        send_sms(part, reference=REFERENCE)

    assert Second.taken == ["Ihr Code"]


def test_nothing_of_a_text_is_logged(twilio, caplog):
    caplog.set_level(logging.DEBUG, logger="twilio")

    text()

    assert not any("Grüß" in line or TO[1:] in line for line in map(logging.LogRecord.getMessage, caplog.records))
