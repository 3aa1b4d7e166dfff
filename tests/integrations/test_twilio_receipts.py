"""What Twilio tells about a text counts, and only if Twilio tells it."""

from uuid import UUID

import pytest
from django.conf import settings as django_settings
from django.test import Client
from twilio.request_validator import RequestValidator

from crypto import keyring
from doctolib import outbox
from doctolib.hosts import address
from doctolib.outbox import kinds
from doctolib.outbox.dispatching import dispatch
from doctolib.outbox.enums import MessageStatus, Outcome
from doctolib.outbox.kinds import Rendered
from doctolib.outbox.models import OutboxMessage, PlatformMessage
from doctolib.outbox.tasks import send_now
from doctolib.tenancy.scopes import organisation_scope
from tests import factories
from tests.integrations.twilio import TOKEN

pytestmark = pytest.mark.django_db
TO = "+4915228817386"


@pytest.fixture
def clinic(twilio, monkeypatch):
    monkeypatch.setattr("doctolib.outbox.kicking._ask", lambda wait: None)
    monkeypatch.setattr(kinds, "_kinds", dict(kinds._kinds))
    kinds.register("test.text", lambda about, payload: [Rendered("sms", TO, "", "Grüß Gott!")])
    return factories.organisation()


@pytest.fixture
def message(clinic):
    with organisation_scope(clinic):
        outbox.queue("test.text", about=clinic)
    dispatch(send_now)
    return row(clinic)


def row(clinic) -> OutboxMessage:
    with organisation_scope(clinic):
        return OutboxMessage.objects.get()


def tell(path: str, signature: str | None = None, **posted: str) -> int:
    """Post a receipt as Twilio would: signed over the address and the values."""
    right = RequestValidator(TOKEN).compute_signature(address("www", path), posted)
    headers = {"host": django_settings.WWW_HOST, "x-twilio-signature": right if signature is None else signature}
    client = Client(headers=headers, enforce_csrf_checks=True, **{"wsgi.url_scheme": "https"})
    return client.post(path, posted).status_code


def path_of(clinic, message) -> str:
    return f"/api/twilio/receipts/{clinic.pk}/{message.pk}/"


def test_a_text_that_was_taken_says_so_and_a_receipt_says_more(clinic, message, twilio):
    sid = twilio.taken[0]["sid"]
    assert (message.status, message.provider_id, message.outcome) == (MessageStatus.SENT, sid, Outcome.ACCEPTED)

    assert tell(path_of(clinic, message), MessageSid=sid, MessageStatus="delivered") == 204

    assert row(clinic).outcome == Outcome.DELIVERED


def test_what_is_final_stays_when_older_receipts_come_later(clinic, message):
    for status in ("undelivered", "sent", "queued"):
        assert tell(path_of(clinic, message), MessageSid="SM1", MessageStatus=status) == 204

    assert row(clinic).outcome == Outcome.FAILED


@pytest.mark.parametrize("signature", ["", "nonsense", RequestValidator("other").compute_signature("x", {})])
def test_a_wrong_signature_is_refused_and_changes_nothing(clinic, message, signature):
    assert tell(path_of(clinic, message), signature, MessageSid="SM1", MessageStatus="failed") == 403
    assert row(clinic).outcome == Outcome.ACCEPTED


def test_a_signature_holds_for_one_message_only(clinic, message):
    posted = {"MessageSid": "SM1", "MessageStatus": "failed"}
    elsewhere = RequestValidator(TOKEN).compute_signature(
        address("www", f"/api/twilio/receipts/{clinic.pk}/1/"), posted
    )

    assert tell(path_of(clinic, message), elsewhere, **posted) == 403


@pytest.mark.parametrize("owner", ["platform", str(UUID(int=1)), "nonsense"])
def test_a_message_of_somebody_else_is_not_found(clinic, message, owner):
    assert tell(f"/api/twilio/receipts/{owner}/{message.pk}/", MessageSid="SM1", MessageStatus="failed") == 404
    assert row(clinic).outcome == Outcome.ACCEPTED


def test_a_status_that_nobody_knows_changes_nothing(clinic, message):
    assert tell(path_of(clinic, message), MessageSid="SM1", MessageStatus="teleported") == 204
    assert row(clinic).outcome == Outcome.ACCEPTED


def test_without_twilio_the_address_refuses(clinic, message, settings):
    settings.TWILIO_AUTH_TOKEN = ""
    assert tell(path_of(clinic, message), MessageSid="SM1", MessageStatus="failed") == 403


def test_a_receipt_for_a_message_of_the_platform(clinic, twilio):
    keyring.create_keys(keyring.PLATFORM_OWNER)
    with keyring.platform_keys():
        outbox.queue_platform("test.text", about=clinic, payload={})
    dispatch(send_now)
    message = PlatformMessage.objects.get()

    assert tell(f"/api/twilio/receipts/platform/{message.pk}/", MessageSid="SM1", MessageStatus="delivered") == 204

    assert PlatformMessage.objects.get().outcome == Outcome.DELIVERED
