"""How many text messages may leave: by number, network, country and day. Each costs money and wakes somebody."""

from datetime import timedelta

import phonenumbers
from django.conf import settings

from accounts.throttling import Limit, key_of

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def sms_limits(
    phone: str, *, network: str, kind: str = "sms", per_number: int | None = None, per_network: int | None = None
) -> list[Limit]:
    """What one text message to ``phone`` (E.164), asked for from ``network``, counts under.

    A ``kind`` may have its own numbers for a number a day and a network an hour; the limits of the day hold for all
    kinds together.
    """
    country = phonenumbers.region_code_for_number(phonenumbers.parse(phone)) or "unknown"
    limits = [
        Limit(key_of(f"{kind}-number", phone), per_number or settings.SMS_PER_NUMBER, DAY),
        Limit(f"{kind}-{network}", per_network or settings.SMS_PER_NETWORK, HOUR),
        Limit("sms-day", settings.SMS_PER_DAY, DAY),
    ]
    if country != "DE":
        limits.append(Limit(f"sms-country:{country}", settings.SMS_PER_FOREIGN_COUNTRY, DAY))
    return limits
