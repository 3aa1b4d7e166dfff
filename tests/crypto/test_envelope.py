"""The ciphertext format: known answers, every bit, and one ciphertext that is valid under two keys."""

import hashlib
import hmac
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from crypto import envelope
from crypto.envelope import Box, canonical, derive, field_box, open_with, place_of, seal_with
from crypto.errors import CannotOpen

KEY = bytes(range(32))
OWNER, ROW = UUID(int=7), UUID(int=9)
NONCE = bytes(range(100, 112))
PLAINTEXT = "Jörg Müller-Lüdenscheidt".encode()
KNOWN = (
    "01000000016465666768696a6b6c6d6e6f9596091581e3383a13193b55787b4a9971d52d5f4147fcfa0230b13c6558e3"
    "f0109c30c6e0dd39f4dbc9ace3b8e061d88ba1ed3ab857d3ba18a6345aa0f43667ada2ad00c265a0f4d672f8"
)


def the_box(key: bytes = KEY, version: int = 1) -> Box:
    return field_box(key, owner=OWNER, purpose="data", label="patients.patient.name", version=version)


def hkdf(key: bytes, info: bytes, length: int) -> bytes:
    """RFC 5869 with nothing but HMAC."""
    secret = hmac.digest(bytes(32), key, hashlib.sha256)
    block = out = b""
    for number in range(1, -(-length // 32) + 1):
        block = hmac.digest(secret, block + info + bytes([number]), hashlib.sha256)
        out += block
    return out[:length]


def test_a_known_key_and_nonce_give_the_known_ciphertext(monkeypatch):
    monkeypatch.setattr(envelope.os, "urandom", lambda count: NONCE[:count])

    assert the_box().seal(PLAINTEXT, place_of(ROW)).hex() == KNOWN


def test_the_known_ciphertext_opens():
    assert the_box().open(bytes.fromhex(KNOWN), place_of(ROW)) == PLAINTEXT


def test_the_known_ciphertext_is_what_another_construction_gives():
    use = b"".join(
        len(part).to_bytes(4, "big") + part
        for part in (b"field", OWNER.bytes, b"data", b"patients.patient.name", b"\0\0\0\1")
    )
    material = hkdf(KEY, use, 64)
    encryptor = Cipher(algorithms.AES(material[:32]), modes.GCM(NONCE)).encryptor()
    encryptor.authenticate_additional_data(b"\0\0\0\1\1" + use + b"\0\0\0\x10" + ROW.bytes)
    body = encryptor.update(PLAINTEXT) + encryptor.finalize() + encryptor.tag

    assert (b"\1" + b"\0\0\0\1" + NONCE + material[32:] + body).hex() == KNOWN


def test_hkdf_gives_the_known_answer_of_rfc_5869():
    # Test case 3: no salt, no info, so that the derivation is the one of crypto.envelope.
    key = bytes.fromhex("0b" * 22)
    known = "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"

    assert derive(key, 42).hex() == known == hkdf(key, b"", 42).hex()


def test_each_flipped_bit_is_refused():
    sealed = bytes.fromhex(KNOWN)
    for bit in range(len(sealed) * 8):
        flipped = bytearray(sealed)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(CannotOpen):
            the_box().open(bytes(flipped), place_of(ROW))


def test_each_shortened_ciphertext_is_refused():
    sealed = bytes.fromhex(KNOWN)
    for length in range(len(sealed)):
        with pytest.raises(CannotOpen):
            the_box().open(sealed[:length], place_of(ROW))


@pytest.mark.parametrize(
    "other",
    [
        the_box(key=bytes(32)),
        the_box(version=2),
        field_box(KEY, owner=UUID(int=8), purpose="data", label="patients.patient.name", version=1),
        field_box(KEY, owner=OWNER, purpose="file", label="patients.patient.name", version=1),
        field_box(KEY, owner=OWNER, purpose="data", label="patients.patient.note", version=1),
    ],
    ids=["key", "version", "owner", "purpose", "label"],
)
def test_another_key_version_owner_purpose_or_label_is_refused(other):
    with pytest.raises(CannotOpen):
        other.open(bytes.fromhex(KNOWN), place_of(ROW))


def test_another_row_is_refused():
    with pytest.raises(CannotOpen):
        the_box().open(bytes.fromhex(KNOWN), place_of(UUID(int=10)))


def test_two_sealings_of_one_value_differ():
    assert the_box().seal(PLAINTEXT, place_of(ROW)) != the_box().seal(PLAINTEXT, place_of(ROW))


def test_parts_are_not_the_same_bytes_when_cut_elsewhere():
    assert canonical(b"ab", b"c") != canonical(b"a", b"bc") != canonical(b"abc")


def test_a_kept_key_opens_at_its_place_only():
    sealed = seal_with(KEY, b"details", b"appointment:1")

    assert open_with(KEY, sealed, b"appointment:1") == b"details"
    with pytest.raises(CannotOpen):
        open_with(KEY, sealed, b"appointment:2")
    with pytest.raises(CannotOpen):
        open_with(bytes(32), sealed, b"appointment:1")


@given(st.binary(max_size=2000), st.binary(min_size=32, max_size=32), st.uuids())
def test_whatever_is_sealed_opens(plaintext, key, row):
    assert the_box(key).open(the_box(key).seal(plaintext, place_of(row)), place_of(row)) == plaintext


# One ciphertext, two keys. GHASH is a polynomial over GF(2^128), so one free block makes the tags of two keys agree.

POLYNOMIAL = 0xE1 << 120


def multiply(x: int, y: int) -> int:
    """In GF(2^128), bits in GCM's order (NIST SP 800-38D 6.3)."""
    z = 0
    for bit in range(127, -1, -1):
        if x >> bit & 1:
            z ^= y
        y = y >> 1 ^ (POLYNOMIAL if y & 1 else 0)
    return z


def inverse(x: int) -> int:
    result, power = 1 << 127, x  # x ** (2^128 - 2)
    for _ in range(127):
        power = multiply(power, power)
        result = multiply(result, power)
    return result


def blocks(data: bytes) -> list[int]:
    return [int.from_bytes(data[i : i + 16].ljust(16, b"\0"), "big") for i in range(0, len(data), 16)]


class Gcm:
    """What makes AES-GCM's tag, by hand."""

    def __init__(self, key: bytes) -> None:
        self.key = key
        self.h = int.from_bytes(self._block(bytes(16)), "big")

    def _block(self, data: bytes) -> bytes:
        encryptor = Cipher(algorithms.AES(self.key), modes.ECB()).encryptor()  # noqa: S305  one block by hand
        return encryptor.update(data) + encryptor.finalize()

    def tag(self, nonce: bytes, aad: bytes, ciphertext: bytes) -> int:
        lengths = (len(aad) * 8).to_bytes(8, "big") + (len(ciphertext) * 8).to_bytes(8, "big")
        total = 0
        for block in blocks(aad) + blocks(ciphertext) + blocks(lengths):
            total = multiply(total ^ block, self.h)
        return total ^ int.from_bytes(self._block(nonce + b"\0\0\0\1"), "big")


def collide(one: Gcm, two: Gcm, nonce: bytes, aad: bytes) -> bytes:
    """A ciphertext with its tag that both keys accept; its second block is the free one."""
    first = b"\xaa" * 16
    difference = one.tag(nonce, aad, first + bytes(16)) ^ two.tag(nonce, aad, first + bytes(16))
    free = multiply(difference, inverse(multiply(one.h, one.h) ^ multiply(two.h, two.h)))
    body = first + free.to_bytes(16, "big")
    return body + one.tag(nonce, aad, body).to_bytes(16, "big")


def test_a_ciphertext_that_is_valid_under_two_keys_is_refused_under_the_second():
    keys = bytes(32), bytes([255] * 32)
    use = (b"field", OWNER.bytes, b"data", b"patients.patient.name", b"\0\0\0\1")
    aes = [derive(key, 64, *use)[:32] for key in keys]
    aad = canonical(b"\1", *use) + place_of(ROW)
    body = collide(Gcm(aes[0]), Gcm(aes[1]), NONCE, aad)
    commitment = derive(keys[0], 64, *use)[32:]
    sealed = b"\1\0\0\0\1" + NONCE + commitment + body

    # Bare AES-GCM accepts it under both, and reads two different texts.
    first, second = (AESGCM(key).decrypt(NONCE, body, aad) for key in aes)
    assert first != second

    assert the_box(keys[0]).open(sealed, place_of(ROW)) == first
    with pytest.raises(CannotOpen):
        the_box(keys[1]).open(sealed, place_of(ROW))
