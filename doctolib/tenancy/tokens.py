"""Signed scope tokens: what a policy believes.

A setting holds ``role.kind.id.expiry.hmac``. The database checks the HMAC with a key that no runtime role can read, so
SQL that was injected and sets a role or a setting by itself still sees nothing.
"""

import hashlib
import hmac
import time
from uuid import UUID

from django.conf import settings

LIFETIME = 900  # seconds; longer than any transaction of ours


def scope_token(*, role: str, kind: str, id: UUID) -> str:
    """The token that admits ``role`` to the rows of one ``kind`` (organisation, person, account, hold) with this id."""
    message = f"{role}.{kind}.{id}.{int(time.time()) + LIFETIME}"
    return f"{message}.{hmac.digest(settings.SCOPE_TOKEN_KEY, message.encode(), hashlib.sha256).hex()}"


def key_pads() -> tuple[bytes, bytes]:
    """HMAC's inner and outer pad of the key: PostgreSQL's core has sha256() but no hmac()."""
    key = settings.SCOPE_TOKEN_KEY.ljust(64, b"\0")
    return bytes(b ^ 0x36 for b in key), bytes(b ^ 0x5C for b in key)
