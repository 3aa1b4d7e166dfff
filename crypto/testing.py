"""For tests of any app."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from unittest.mock import patch

from .envelope import Box


@dataclass
class Count:
    value: int = 0


@contextmanager
def count_opened() -> Iterator[Count]:
    """Counts the values that a block decrypts: a list that shows no name decrypts none. No cost when it is not used."""
    count, real = Count(), Box.open_body

    def counting(self: Box, ciphertext: bytes, place: bytes) -> bytes:
        count.value += 1
        return real(self, ciphertext, place)

    with patch.object(Box, "open_body", counting):
        yield count
