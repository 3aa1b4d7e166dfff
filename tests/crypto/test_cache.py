"""How long plaintext keys live, and what happens while the key management service is away."""

import os
import threading
import time
import uuid

import pytest
from django.db import OperationalError

from crypto import keyring, kms
from crypto.access import Access, lend
from crypto.cache import KeyCache, WrappedKey, kms_context
from crypto.errors import CannotOpen, KeyDestroyed, KmsRefused, KmsUnavailable, UnknownKey

from .conftest import stored
from .models import Note


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cache(rows, clock) -> KeyCache:
    return KeyCache(lambda owner: rows.get(owner, []), clock=clock)


@pytest.fixture
def unwrapped(monkeypatch) -> list[str]:
    """The owners whose keys the KMS unwrapped, in order."""
    calls = []
    service = kms.service()
    real = service.unwrap

    def counting(wrapped, context):
        calls.append(context["owner"])
        return real(wrapped, context)

    monkeypatch.setattr(service, "unwrap", counting)
    return calls


def test_keys_are_unwrapped_once_and_again_after_300_seconds(cache, clock, clinic, unwrapped):
    cache.of(clinic).key("data", 1)
    clock.now += 299.9
    cache.of(clinic).key("data", 1)
    assert len(unwrapped) == 1

    clock.now += 0.1
    cache.of(clinic).key("data", 1)
    assert len(unwrapped) == 2


def test_using_a_key_does_not_lengthen_its_life(cache, clock, clinic, unwrapped):
    for _ in range(7):
        cache.of(clinic).key("data", 1)
        clock.now += 100
    assert len(unwrapped) == 3


def test_an_idle_process_drops_its_keys_by_itself(rows, clinic):
    cache = KeyCache(rows.get, lifetime=0.05)
    held = cache.of(clinic)
    held.key("data", 1)

    deadline = time.monotonic() + 5
    while len(cache) and time.monotonic() < deadline:
        time.sleep(0.01)

    assert len(cache) == 0
    assert held.plain == {}


def test_an_owner_that_is_forgotten_has_no_key_in_any_hand(cache, clinic, other_clinic):
    held, kept = cache.of(clinic), cache.of(other_clinic)
    for keys in (held, kept):
        keys.key("data", 1)
        keys.box("data", "tests.value", 1)

    cache.forget(clinic)

    assert (held.plain, held.boxes, held.latest, held.macs) == ({}, {}, {}, {})
    assert list(kept.plain) == [("data", 1)]


def test_the_longest_unused_owner_goes_first(rows, new_owner, clock):
    cache = KeyCache(rows.get, owners=3, clock=clock)
    owners = [new_owner() for _ in range(4)]
    for owner in (*owners[:3], owners[0], owners[3]):
        clock.now += 1
        cache.of(owner)

    assert set(cache._owners) == {owner.int for owner in (owners[0], owners[2], owners[3])}


def test_the_ring_keeps_500_owners_for_300_seconds():
    assert (keyring.cache._limit, keyring.cache._lifetime) == (500, 300.0)


def test_a_forked_worker_starts_without_keys(cache, clinic):
    cache.of(clinic).key("data", 1)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, str(len(cache)).encode())
        os._exit(0)
    os.waitpid(child, 0)

    assert os.read(reading, 10) == b"0"
    assert len(cache) == 1


def test_threads_that_ask_at_once_get_one_key(cache, clinic):
    found = []
    threads = [threading.Thread(target=lambda: found.append(cache.of(clinic).key("data", 1))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1 and len(found) == 8


def test_an_owner_without_keys_is_asked_for_again(cache, rows, new_owner):
    owner = uuid.uuid4()
    with pytest.raises(UnknownKey):
        cache.active_version(owner, "data")

    new_owner(owner)

    assert cache.active_version(owner, "data") == 1


def test_a_version_that_another_process_made_is_found(cache, rows, clinic):
    cache.of(clinic)
    wrapped = kms.service().generate(kms_context(clinic, "data", 2)).wrapped
    rows[clinic] = [key._replace(state="retired") if key.purpose == "data" else key for key in rows[clinic]]
    rows[clinic].append(WrappedKey("data", 2, "active", wrapped))

    assert cache.box(clinic, "data", "tests.value", b"\1\0\0\0\2").head == b"\1\0\0\0\2"


def test_a_wrapped_key_of_another_purpose_or_version_is_not_accepted(rows, clinic):
    """Whoever can write the table cannot hand out one key as another."""
    data, index, *others = rows[clinic]
    rows[clinic] = [data._replace(wrapped=index.wrapped), index, *others]

    with pytest.raises(KmsRefused, match="did not wrap"):
        keyring.warm(clinic)


@pytest.fixture
def away(settings):
    settings.KMS_PROVIDER = "tests.crypto.doubles.AwayKms"


def test_sealing_and_opening_say_so_when_the_service_is_away(sealed_note, clinic, away):
    keyring.forget_all()
    with lend(Access.owner(clinic)):
        with pytest.raises(KmsUnavailable):
            _ = sealed_note.text
        sealed_note.text = "neu"
        with pytest.raises(KmsUnavailable):
            Note._meta.get_field("text").seal(sealed_note)
    with pytest.raises(KmsUnavailable):
        keyring.warm(clinic)


def test_a_service_that_comes_back_is_used_again(sealed_note, clinic, settings):
    settings.KMS_PROVIDER = "tests.crypto.doubles.AwayKms"
    keyring.forget_all()
    with lend(Access.owner(clinic)):
        with pytest.raises(KmsUnavailable):
            _ = sealed_note.text
        settings.KMS_PROVIDER = "local"
        assert sealed_note.text == "wartet"


def test_a_row_whose_keys_could_not_be_fetched_opens_later(sealed_note, clinic, rows, monkeypatch):
    def gone(owner):
        raise OperationalError("The database is away.")

    keyring.forget_all()
    with lend(Access.owner(clinic)):
        with monkeypatch.context() as patch:
            patch.setattr(keyring.cache, "_rows", gone)
            with pytest.raises(OperationalError):
                _ = sealed_note.text
        assert sealed_note.text == "wartet"


def test_keys_that_are_held_work_while_the_service_is_away(sealed_note, clinic, settings):
    with lend(Access.owner(clinic)):
        assert sealed_note.text == "wartet"
        settings.KMS_PROVIDER = "tests.crypto.doubles.AwayKms"
        assert sealed_note.name["last_name"] == "Müller"


def test_a_destroyed_key_opens_nothing_any_more(sealed_note, clinic, rows):
    rows[clinic] = [key._replace(state="destroyed", wrapped=b"") for key in rows[clinic]]
    keyring.forget(clinic)

    with lend(Access.owner(clinic)):
        with pytest.raises(KeyDestroyed):
            _ = sealed_note.text
        with pytest.raises(UnknownKey):
            stored(Note(organisation_id=clinic, text="neu"))
    assert issubclass(KeyDestroyed, CannotOpen)


def test_forgetting_reaches_rows_that_were_read_before(sealed_note, clinic, rows):
    with lend(Access.owner(clinic)):
        assert sealed_note.text == "wartet"
        rows[clinic] = [key._replace(state="destroyed", wrapped=b"") for key in rows[clinic]]
        keyring.forget(clinic)
        with pytest.raises(KeyDestroyed):
            _ = sealed_note.name
