"""The ciphertext format: AES-256-GCM with key commitment, bound to its place.

    format version (1) | key version (4, big endian) | nonce (12) | key commitment (32) | ciphertext | tag (16)

Additional data: format, owner, label, key version, row id, each with its length in front; the row id comes last so that
what is the same for all rows is put together once. Why keys are derived per field and not per message:
docs/decisions/0002-field-encryption.md.
"""

import os
from hmac import compare_digest
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from .errors import CannotOpen

FORMAT = 1
OVERHEAD = 1 + 4 + 12 + 32 + 16  # bytes a ciphertext is longer than its plaintext


def canonical(*parts: bytes) -> bytes:
    """The parts with their lengths in front (4 bytes, big endian): no two lists of parts give the same bytes."""
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def place_of(row: UUID) -> bytes:
    """The place of a value: its row."""
    return place_at(row.bytes)


def place_at(row: bytes) -> bytes:
    """The same, from the 16 bytes of the row's id. Called once a row on long lists."""
    return b"\0\0\0\x10" + row  # canonical(row)


def derive(key: bytes, length: int, *info: bytes) -> bytes:
    """HKDF-SHA256 (RFC 5869) without salt: data keys are uniformly random already."""
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=None, info=canonical(*info)).derive(key)


def head_of(version: int) -> bytes:
    """How a ciphertext begins that this version of a data key sealed."""
    return bytes([FORMAT]) + version.to_bytes(4, "big")


def version_of(ciphertext: bytes) -> int:
    """Which version of the data key sealed this (the head is enough). Raises CannotOpen when it is none of ours."""
    if len(ciphertext) < 5 or ciphertext[0] != FORMAT:
        raise CannotOpen("Not a sealed value.")
    return int.from_bytes(ciphertext[1:5], "big")


def is_sealed(value: bytes) -> bool:
    """Whether the value has the shape of a ciphertext (not whether it opens)."""
    return len(value) >= OVERHEAD and value[0] == FORMAT


class Box:
    """An AES-256-GCM key with its commitment, derived from a data key for one use; seals and opens.

    ``use`` names what the box is for and is part of key and additional data alike. One box seals at most 2^32 values
    (random 96-bit nonces, NIST SP 800-38D 8.3).
    """

    __slots__ = ("_aead", "_bound", "_commitment", "head")

    def __init__(self, key: bytes, version: int, *use: bytes) -> None:
        number = version.to_bytes(4, "big")
        material = derive(key, 64, *use, number)
        self._aead = AESGCM(material[:32])
        self._commitment = material[32:]
        self.head = head_of(version)
        self._bound = canonical(bytes([FORMAT]), *use, number)

    def seal(self, plaintext: bytes, place: bytes) -> bytes:
        """The ciphertext of ``plaintext``, which opens at this place (``canonical`` bytes) only."""
        nonce = os.urandom(12)
        body = self._aead.encrypt(nonce, plaintext, self._bound + place)
        return self.head + nonce + self._commitment + body

    def open(self, ciphertext: bytes, place: bytes) -> bytes:
        """The plaintext. Raises CannotOpen."""
        if ciphertext[:5] != self.head:
            raise CannotOpen("Sealed with another version of the key, or altered.")
        return self.open_body(ciphertext, place)

    def open_body(self, ciphertext: bytes, place: bytes) -> bytes:
        """The same for a ciphertext whose head is this box's own: the caller chose the box by it."""
        # Bare AES-GCM lets one ciphertext open under two keys; the commitment does not, and is looked at first.
        if not compare_digest(ciphertext[17:49], self._commitment):
            raise CannotOpen("Sealed with another key, or altered.")
        try:
            return self._aead.decrypt(ciphertext[5:17], ciphertext[49:], self._bound + place)
        except InvalidTag:
            raise CannotOpen("Altered, or moved from another place.") from None


def field_box(key: bytes, *, owner: UUID, purpose: str, label: str, version: int) -> Box:
    """The box of one field of one owner: ``key`` is the owner's data key of this purpose and version."""
    return Box(key, version, b"field", owner.bytes, purpose.encode(), label.encode())


def seal_with(key: bytes, plaintext: bytes, place: bytes) -> bytes:
    """Seal with a 256-bit key that the caller keeps, such as one person's in the audit trail."""
    return Box(key, 1, b"value").seal(plaintext, canonical(place))


def open_with(key: bytes, ciphertext: bytes, place: bytes) -> bytes:
    """What ``seal_with`` sealed for this place. Raises CannotOpen."""
    return Box(key, 1, b"value").open(ciphertext, canonical(place))
