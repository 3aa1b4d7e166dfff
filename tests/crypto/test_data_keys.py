"""Data keys in their table."""

import threading
import uuid

import pytest
from django.db import IntegrityError, connection, transaction

from crypto import keyring
from crypto.access import Access, lend
from crypto.errors import KmsUnavailable, UnknownKey
from crypto.models import DataKey


def keys_of(owner) -> list[tuple]:
    keys = DataKey.objects.filter(owner=owner).order_by("purpose", "version")
    return list(keys.values_list("purpose", "version", "state"))


ALL = [("audit", 1, "active"), ("data", 1, "active"), ("file", 1, "active"), ("index", 1, "active")]


@pytest.fixture
def owner(db) -> uuid.UUID:
    owner = uuid.uuid4()
    keyring.create_keys(owner)
    return owner


def test_an_owner_gets_one_key_for_each_purpose(owner):
    assert keys_of(owner) == ALL


def test_making_keys_again_changes_nothing(owner):
    before = list(DataKey.objects.filter(owner=owner).order_by("pk").values())
    keyring.create_keys(owner)

    assert list(DataKey.objects.filter(owner=owner).order_by("pk").values()) == before


def test_only_missing_keys_are_made(db):
    owner = uuid.uuid4()
    keyring.create_keys(owner, ["audit"])
    keyring.create_keys(owner)

    assert keys_of(owner) == ALL


def test_the_table_holds_no_plaintext_key(owner):
    with lend(Access.owner(owner)):
        keyring.warm(owner)
    plaintext = keyring.cache.of(owner).key("data", 1)
    for wrapped in DataKey.objects.values_list("wrapped", flat=True):
        assert plaintext not in bytes(wrapped)


def test_a_key_has_one_active_version(owner):
    with pytest.raises(IntegrityError, match="data_key_one_active"), transaction.atomic():
        DataKey.objects.create(owner=owner, purpose="data", version=2, wrapped=b"x")
    with pytest.raises(IntegrityError, match="data_key_version"), transaction.atomic():
        DataKey.objects.create(owner=owner, purpose="data", version=1, wrapped=b"x", state="retired")


def test_a_destroyed_key_is_empty_and_another_is_not(owner):
    with pytest.raises(IntegrityError, match="destroyed_is_empty"), transaction.atomic():
        DataKey.objects.filter(owner=owner, purpose="data").update(state="destroyed")
    with pytest.raises(IntegrityError, match="destroyed_is_empty"), transaction.atomic():
        DataKey.objects.filter(owner=owner, purpose="data").update(wrapped=b"")
    DataKey.objects.filter(owner=owner, purpose="data").update(state="destroyed", wrapped=b"")


def test_rotation_retires_the_old_version(owner):
    assert keyring.rotate(owner, "index") == 2
    assert keys_of(owner) == [
        ("audit", 1, "active"),
        ("data", 1, "active"),
        ("file", 1, "active"),
        ("index", 1, "retired"),
        ("index", 2, "active"),
    ]
    assert keyring.active_version(owner, "index") == 2


def test_a_key_that_is_not_there_cannot_be_replaced(db):
    with pytest.raises(UnknownKey):
        keyring.rotate(uuid.uuid4(), "data")


def test_no_half_made_keys_when_the_service_is_away(db, settings):
    settings.KMS_PROVIDER = "tests.crypto.doubles.AwayKms"
    owner = uuid.uuid4()

    with pytest.raises(KmsUnavailable):
        keyring.create_keys(owner)
    assert keys_of(owner) == []


def test_keys_are_fetched_with_one_query_and_then_held(owner, django_assert_num_queries):
    with django_assert_num_queries(1):
        keyring.warm(owner, ["data", "index", "audit"])
    with django_assert_num_queries(0):
        keyring.warm(owner, ["data", "index", "audit"])


@pytest.mark.django_db(transaction=True)
def test_processes_that_make_keys_at_once_agree_on_one_set():
    owner, barrier, sealed = uuid.uuid4(), threading.Barrier(4), []

    def start():
        try:
            barrier.wait(10)
            keyring.create_keys(owner)
            with lend(Access.owner(owner)):
                sealed.append(keyring.seal(b"value", owner=owner, label="tests.race", row=owner))
        finally:
            connection.close()

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert keys_of(owner) == ALL
    keyring.forget(owner)
    with lend(Access.owner(owner)):
        opened = [keyring.open_sealed(value, owner=owner, label="tests.race", row=owner) for value in sealed]
    assert opened == [b"value"] * 4
