"""Which keys the running code may use."""

import threading
import uuid

import pytest

from crypto import keyring
from crypto.access import NONE, PLATFORM_OWNER, Access, current, lend, matching, platform_keys
from crypto.errors import KeyUnavailable

CLINIC, OTHER = uuid.uuid4(), uuid.uuid4()


def allowed(access: Access, owner=CLINIC) -> tuple[set[str], set[str]]:
    names = ("data", "index", "file", "audit")
    return {n for n in names if access.may_open(owner, n)}, {n for n in names if access.may_seal(owner, n)}


EVERYTHING = {"data", "index", "file", "audit"}


@pytest.mark.parametrize(
    ("access", "owner", "opens", "seals"),
    [
        (Access.none(), CLINIC, set(), set()),
        (Access.pseudonymous(), CLINIC, set(), set()),
        (Access.owner(CLINIC), CLINIC, EVERYTHING, EVERYTHING),
        (Access.owner(CLINIC), OTHER, set(), set()),
        (Access.owner(CLINIC), PLATFORM_OWNER, set(), set()),
        (Access.person(CLINIC, uuid.uuid4()), CLINIC, {"data", "file"}, {"data", "file", "audit"}),
        (Access.sealing(CLINIC), CLINIC, set(), {"data", "audit"}),
        (Access.account(uuid.uuid4()), PLATFORM_OWNER, {"data"}, {"data", "audit"}),
        (Access.platform(), PLATFORM_OWNER, {"data", "index"}, {"data", "index"}),
        (Access.platform(), CLINIC, set(), set()),
    ],
)
def test_an_access_allows_exactly_this(access, owner, opens, seals):
    assert allowed(access, owner) == (opens, seals)


def test_nothing_is_lent_by_default():
    assert current() is NONE


def test_the_inner_loan_replaces_the_outer_one_and_gives_it_back():
    outer, inner = Access.owner(CLINIC), Access.owner(OTHER)
    with lend(outer):
        with lend(inner):
            assert current() is inner
            assert allowed(current(), CLINIC) == (set(), set())
        assert current() is outer
    assert current() is NONE


def test_an_exception_gives_the_outer_loan_back():
    outer = Access.owner(CLINIC)
    with lend(outer):
        with pytest.raises(ZeroDivisionError), lend(Access.owner(OTHER)):
            raise ZeroDivisionError
        assert current() is outer


def test_the_platforms_keys_take_the_organisations_away():
    with lend(Access.owner(CLINIC)):
        with platform_keys():
            assert allowed(current(), CLINIC) == (set(), set())
            assert allowed(current(), PLATFORM_OWNER) == ({"data", "index"}, {"data", "index"})
        assert allowed(current(), PLATFORM_OWNER) == (set(), set())


def test_another_thread_sees_no_loan():
    seen = []
    with lend(Access.owner(CLINIC)):
        thread = threading.Thread(target=lambda: seen.append(current()))
        thread.start()
        thread.join()
    assert seen == [NONE]


def test_threads_do_not_mix_their_loans():
    barrier, seen = threading.Barrier(2), {}

    def work(owner):
        with lend(Access.owner(owner)):
            barrier.wait(5)
            seen[owner] = allowed(current(), owner), allowed(current(), CLINIC if owner == OTHER else OTHER)
            barrier.wait(5)

    threads = [threading.Thread(target=work, args=[owner]) for owner in (CLINIC, OTHER)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == {owner: ((EVERYTHING, EVERYTHING), (set(), set())) for owner in (CLINIC, OTHER)}


def test_matching_opens_what_a_booking_seals_for_a_moment():
    with lend(Access.sealing(CLINIC)) as access:
        with matching():
            assert allowed(current()) == ({"data", "index"}, {"data", "audit"})
            assert allowed(current(), OTHER) == (set(), set())
        assert current() is access


@pytest.mark.parametrize("access", [Access.none(), Access.owner(CLINIC), Access.platform(), Access.pseudonymous()])
def test_matching_is_for_bookings_only(access):
    with lend(access), pytest.raises(KeyUnavailable), matching():
        pass


def test_an_access_is_not_limited_to_a_person_and_an_account():
    with pytest.raises(ValueError, match="not to both"):
        Access({}, person_id=uuid.uuid4(), account_id=uuid.uuid4())


def test_sealing_and_opening_ask_for_the_loan(clinic):
    row, label = uuid.uuid4(), "tests.value"
    with lend(Access.sealing(clinic)):
        sealed = keyring.seal(b"value", owner=clinic, label=label, row=row)
        with pytest.raises(KeyUnavailable):
            keyring.open_sealed(sealed, owner=clinic, label=label, row=row)
    with pytest.raises(KeyUnavailable):
        keyring.seal(b"value", owner=clinic, label=label, row=row)
    with lend(Access.owner(clinic)):
        assert keyring.open_sealed(sealed, owner=clinic, label=label, row=row) == b"value"


def test_a_limited_access_opens_values_of_its_subject_only(clinic):
    row, label, person = uuid.uuid4(), "tests.value", uuid.uuid4()
    with lend(Access.person(clinic, person)):
        sealed = keyring.seal(b"value", owner=clinic, label=label, row=row)
        assert keyring.open_sealed(sealed, owner=clinic, label=label, row=row, subject=person) == b"value"
        for stranger in (uuid.uuid4(), None):
            with pytest.raises(KeyUnavailable):
                keyring.open_sealed(sealed, owner=clinic, label=label, row=row, subject=stranger)


def test_macs_ask_for_the_loan_and_differ_by_use_purpose_and_owner(clinic, other_clinic):
    with lend(Access.owner(clinic)):
        macs = [
            keyring.mac(clinic, "audit", b"row"),
            keyring.mac(clinic, "audit", b"row", use="details"),
            keyring.mac(clinic, "index", b"row"),
            keyring.mac(clinic, "audit", b"other row"),
        ]
        assert keyring.mac(clinic, "audit", b"row") == macs[0]
        with pytest.raises(KeyUnavailable):
            keyring.mac(other_clinic, "audit", b"row")
    with lend(Access.owner(other_clinic)):
        macs.append(keyring.mac(other_clinic, "audit", b"row"))
    with lend(Access.sealing(clinic)):
        assert keyring.mac(clinic, "audit", b"row") == macs[0]
        with pytest.raises(KeyUnavailable):
            keyring.mac(clinic, "index", b"row")
    assert len(set(macs)) == 5
