"""Twilio's double, and the product told to use it."""

from collections.abc import Iterator
from typing import Any

import pytest

from integrations.twilio import sending
from tests.integrations.twilio import ACCOUNT, TOKEN, Double, running


@pytest.fixture
def twilio(settings: Any) -> Iterator[Double]:
    with running() as (double, address):
        settings.SMS_BACKEND, settings.SMS_FALLBACK_BACKEND = "integrations.twilio.sending.TwilioSMS", ""
        settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = ACCOUNT, TOKEN
        settings.TWILIO_SENDER, settings.TWILIO_BASE_URL = "MG" + "1" * 32, address
        sending._client.cache_clear()
        yield double
    sending._client.cache_clear()
