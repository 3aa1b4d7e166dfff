"""Blind tokens: equal values of one owner and kind meet, nothing else does."""

import hashlib
import hmac
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crypto import keyring
from crypto.access import Access, lend, matching
from crypto.errors import KeyUnavailable
from crypto.tokens import blind_token, bucket

from .test_envelope import hkdf


def test_a_token_is_what_another_construction_gives(clinic):
    key = keyring.cache.of(clinic).key("index", 1)
    parts = (b"mac", clinic.bytes, b"index", b"token email", b"\0\0\0\1")
    secret = hkdf(key, b"".join(len(part).to_bytes(4, "big") + part for part in parts), 32)
    message = b"\0\0\0\2\0\x80" + b"\0\0\0\x0fada@example.org"

    with lend(Access.owner(clinic)):
        token = blind_token("email", "ada@example.org", owner=clinic)
    assert token == hmac.digest(secret, message, hashlib.sha256)[:16]


def test_the_known_answer(monkeypatch):
    owner = UUID(int=7)
    monkeypatch.setattr(keyring.cache, "mac_key", lambda owner, purpose, use, version: bytes(range(32)))
    with lend(Access.owner(owner)):
        token = blind_token("phone", ("+49301234567", "1990-05-31"), owner=owner, bits=12, version=1)

    message = b"\0\0\0\2\0\x0c\0\0\0\x0c+49301234567\0\0\0\x0a1990-05-31"
    digest = hmac.digest(bytes(range(32)), message, hashlib.sha256)
    assert token == bytes([digest[0], digest[1] & 0xF0])


def test_tokens_meet_only_within_kind_owner_and_key_version(clinic, other_clinic):
    with lend(Access.owner(clinic)):
        token = blind_token("email", "ada@example.org", owner=clinic)
        same = blind_token("email", "ada@example.org", owner=clinic)
        kind = blind_token("phone", "ada@example.org", owner=clinic)
        shorter = blind_token("email", "ada@example.org", owner=clinic, bits=120)
    with lend(Access.owner(other_clinic)):
        foreign = blind_token("email", "ada@example.org", owner=other_clinic)

    assert same == token
    assert len({token, kind, foreign}) == 3
    assert shorter != token[:15]


def test_compound_values_are_not_run_together(clinic):
    with lend(Access.owner(clinic)):
        assert blind_token("name", ("ab", "c"), owner=clinic) != blind_token("name", ("a", "bc"), owner=clinic)


def test_a_token_needs_the_index_key(clinic):
    for access in (Access.none(), Access.sealing(clinic), Access.platform(), Access.pseudonymous()):
        with lend(access), pytest.raises(KeyUnavailable):
            blind_token("email", "ada@example.org", owner=clinic)
    with lend(Access.sealing(clinic)), matching():
        assert len(blind_token("email", "ada@example.org", owner=clinic)) == 16


@given(st.text(max_size=20), st.integers(1, 256))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
def test_a_token_has_the_bits_that_were_asked_for(clinic, text, bits):
    with lend(Access.owner(clinic)):
        token = blind_token("name", text, owner=clinic, bits=bits)
    assert len(token) == -(-bits // 8)
    assert int.from_bytes(token, "big") % (1 << (-bits % 8)) == 0


def test_buckets_are_numbers_below_their_size_and_spread(clinic):
    with lend(Access.owner(clinic)):
        found = {bucket("prefix", str(n), owner=clinic, bits=4) for n in range(300)}
    assert found == set(range(16))


@pytest.mark.parametrize("bits", [0, 257])
def test_impossible_sizes_are_refused(clinic, bits):
    with lend(Access.owner(clinic)), pytest.raises(ValueError, match="bits"):
        blind_token("name", "x", owner=clinic, bits=bits)


def test_a_bucket_is_coarse(clinic):
    with lend(Access.owner(clinic)), pytest.raises(ValueError, match="at most 16"):
        bucket("name", "x", owner=clinic, bits=17)
