"""Opening one field of many rows at once: the same answers and refusals as one by one."""

from uuid import uuid4

import pytest

from crypto import keyring
from crypto.access import Access
from crypto.errors import CannotOpen, KeyUnavailable
from crypto.testing import count_opened

LABEL = "tests.many"


@pytest.fixture
def clinic(new_owner):
    return new_owner()


@pytest.fixture
def sealed(clinic):
    with keyring.lend(Access.owner(clinic)):
        return {
            row.bytes: keyring.seal(b"value %d" % number, owner=clinic, label=LABEL, row=row)
            for number, row in enumerate([uuid4() for _ in range(3)])
        }


def test_many_values_open_as_one_by_one(clinic, sealed):
    with keyring.lend(Access.owner(clinic)), count_opened() as opened:
        values = keyring.open_many(sealed, owner=clinic, label=LABEL)

    assert list(values) == list(sealed)
    assert list(values.values()) == [b"value 0", b"value 1", b"value 2"]
    assert opened.value == 3


def test_nothing_opens_without_the_key_or_with_one_for_a_single_person(clinic, sealed):
    for access in (Access.none(), Access.pseudonymous(), Access.sealing(clinic), Access.person(clinic, uuid4())):
        with keyring.lend(access), pytest.raises(KeyUnavailable):
            keyring.open_many(sealed, owner=clinic, label=LABEL)


def test_a_value_moved_to_another_row_does_not_open(clinic, sealed):
    first, second, *_rest = sealed
    swapped = {first: sealed[second]}

    with keyring.lend(Access.owner(clinic)), pytest.raises(CannotOpen):
        keyring.open_many(swapped, owner=clinic, label=LABEL)


@pytest.mark.parametrize("broken", [b"", b"\x01\x00\x00\x00\x09" + bytes(60), b"\x02" + bytes(80)])
def test_what_is_no_ciphertext_of_ours_does_not_open(clinic, broken):
    with keyring.lend(Access.owner(clinic)), pytest.raises(CannotOpen):
        keyring.open_many({uuid4().bytes: broken}, owner=clinic, label=LABEL)
