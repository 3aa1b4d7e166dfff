"""Blind tokens: found by equality, readable by nobody. docs/encryption.md says what they leak all the same."""

from uuid import UUID

from . import keyring
from .enums import Purpose
from .envelope import canonical


def blind_token(
    kind: str, value: str | tuple[str, ...], *, owner: UUID, bits: int = 128, version: int | None = None
) -> bytes:
    """HMAC-SHA256 of a normalised value, cut to the first ``bits`` (the rest of the last byte is zero).

    ``kind`` has a key of its own, so tokens of two kinds cannot be compared; a tuple is a compound value. 128 bits for
    values that are nearly unique; at most 12 for buckets such as name prefixes. ``version`` of the owner's index key:
    the active one unless given. Raises KeyUnavailable, UnknownKey, KmsUnavailable.
    """
    if not 1 <= bits <= 256:
        raise ValueError("A token has 1 to 256 bits.")
    parts = (value,) if isinstance(value, str) else value
    message = canonical(bits.to_bytes(2, "big"), *(part.encode() for part in parts))
    digest = keyring.mac(owner, Purpose.INDEX, message, use=f"token {kind}", version=version)
    token = bytearray(digest[: (bits + 7) // 8])
    token[-1] &= 0xFF << (-bits % 8) & 0xFF
    return bytes(token)


def bucket(kind: str, value: str | tuple[str, ...], *, owner: UUID, bits: int, version: int | None = None) -> int:
    """The same token as a number below 2 ** bits, for coarse buckets (at most 16 bits)."""
    if bits > 16:
        raise ValueError("A bucket has at most 16 bits; use blind_token for values that are nearly unique.")
    token = blind_token(kind, value, owner=owner, bits=bits, version=version)
    return int.from_bytes(token, "big") >> (-bits % 8)
