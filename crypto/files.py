"""Files: sealed in chunks while they stream, each file with a random key of its own.

    format version (1) | chunk size (4, big endian) | key commitment (32) | chunk | chunk | …

A chunk is AES-256-GCM with its tag (16 bytes) behind. Its nonce is its number (11 bytes) and whether it is the last one
(1 byte): STREAM (Hoang, Reyhanitabar, Rogaway, Vizár: Online Authenticated-Encryption, 2015) with the layout that age
uses. So chunks can be neither left out, reordered, repeated nor added. A nonce never meets a key twice, because the key
is new with each file. Owner, label, file id and chunk size are bound into the derived key, and as additional data.

The random key is wrapped by the owner's ``file`` key and kept in the row that names the file, not in the file itself:
whoever deletes the row has destroyed the file, wherever copies of it lie.
"""

import os
from collections.abc import Iterable, Iterator
from hmac import compare_digest
from itertools import chain
from typing import Self
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from . import keyring
from .enums import Purpose
from .envelope import canonical, derive
from .errors import CannotOpen

FORMAT = 1
CHUNK = 64 * 1024  # bytes of plaintext
TAG = 16
HEADER = 1 + 4 + 32


class FileKey:
    """One file's key. Making it needs a lent key; from then on it works by itself, because streams outlive scopes."""

    __slots__ = ("_bound", "_key")

    def __init__(self, key: bytes, *, owner: UUID, label: str, file: UUID) -> None:
        self._key = key
        self._bound = (b"file", owner.bytes, label.encode(), file.bytes)

    @classmethod
    def create(cls, *, owner: UUID, label: str, file: UUID) -> tuple[Self, bytes]:
        """A new key, and the same wrapped. Raises KeyUnavailable, UnknownKey, KmsUnavailable."""
        key = os.urandom(32)
        wrapped = keyring.seal(key, owner=owner, label=label, row=file, purpose=Purpose.FILE)
        return cls(key, owner=owner, label=label, file=file), wrapped

    @classmethod
    def unwrap(cls, wrapped: bytes, *, owner: UUID, label: str, file: UUID, subject: UUID | None = None) -> Self:
        """``subject``: whose file it is, where the access is limited to one person.

        Raises KeyUnavailable, CannotOpen (KeyDestroyed), KmsUnavailable.
        """
        key = keyring.open_sealed(wrapped, owner=owner, label=label, row=file, purpose=Purpose.FILE, subject=subject)
        return cls(key, owner=owner, label=label, file=file)

    def seal(self, chunks: Iterable[bytes], *, chunk_size: int = CHUNK) -> Iterator[bytes]:
        """The file's ciphertext, as it streams. Once for each key: two contents under one key would share nonces."""
        aead, head, bound = self._prepare(chunk_size)
        yield head
        for number, (piece, last) in enumerate(_pieces(chunks, chunk_size)):
            yield aead.encrypt(_nonce(number, last), piece, bound)

    def open(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The plaintext, each chunk proved before it is given out. Raises CannotOpen, for a cut file at its end."""
        head, rest = _split(chunks, HEADER)
        if len(head) < HEADER or head[0] != FORMAT:
            raise CannotOpen("Not a sealed file.")
        chunk_size = int.from_bytes(head[1:5], "big")
        aead, expected, bound = self._prepare(chunk_size)
        if not compare_digest(head, expected):  # before a chunk's size is believed
            raise CannotOpen("Sealed with another key or for another file, or altered.")
        for number, (piece, last) in enumerate(_pieces(rest, chunk_size + TAG)):
            try:
                yield aead.decrypt(_nonce(number, last), piece, bound)
            except InvalidTag:
                raise CannotOpen("A chunk was altered, moved, left out or added.") from None

    def _prepare(self, chunk_size: int) -> tuple[AESGCM, bytes, bytes]:
        """The cipher, how the file begins, and the additional data of each chunk."""
        size = chunk_size.to_bytes(4, "big")
        material = derive(self._key, 64, *self._bound, bytes([FORMAT]), size)
        return AESGCM(material[:32]), bytes([FORMAT]) + size + material[32:], canonical(*self._bound, size)


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _split(chunks: Iterable[bytes], size: int) -> tuple[bytes, Iterator[bytes]]:
    """The first ``size`` bytes (fewer when there are no more), and what follows."""
    source, head = iter(chunks), b""
    for chunk in source:
        head += chunk
        if len(head) >= size:
            break
    return head[:size], chain([head[size:]], source)


def _pieces(chunks: Iterable[bytes], size: int) -> Iterator[tuple[bytes, bool]]:
    """The same bytes in pieces of ``size``, each with whether it is the last: there is one, which may be shorter."""
    waiting = bytearray()
    for chunk in chunks:
        waiting += chunk
        while len(waiting) > size:  # a full piece waits until it is known whether more comes
            yield bytes(waiting[:size]), False
            del waiting[:size]
    yield bytes(waiting), True
