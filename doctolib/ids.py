"""Ids that sort by when they were made."""

import secrets
import time
from uuid import UUID


def uuid7() -> UUID:
    """A UUID of version 7 (RFC 9562, 5.7): 48 bits of the time in milliseconds, then 74 random ones.

    For rows that are written all day: with ids of version 4 each insert reads, changes and logs a page somewhere in
    the middle of every index that starts with it. It tells when it was made, so nothing that identifies a person
    gets one.
    """
    random = secrets.randbits(74)
    value = time.time_ns() // 1_000_000 << 80 | 7 << 76 | (random >> 62) << 64 | 0b10 << 62 | random & (1 << 62) - 1
    return UUID(int=value)
