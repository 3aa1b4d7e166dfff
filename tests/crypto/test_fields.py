"""Sealed fields on an instance: bound to their place, opened lazily, never carried away in clear."""

import copy
import json
import uuid
from datetime import date, datetime

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crypto.access import Access, lend
from crypto.errors import CannotOpen, KeyUnavailable
from crypto.testing import count_opened

from .conftest import stored
from .models import Account, Note

NAME = {"first_name": "Ada", "last_name": "Müller"}


def test_values_read_as_they_were_assigned(sealed_note, clinic):
    with lend(Access.owner(clinic)):
        assert (sealed_note.name, sealed_note.text, sealed_note.born, sealed_note.mood) == (
            NAME,
            "wartet",
            date(1990, 5, 31),
            "calm",
        )


def test_an_assigned_value_reads_back_before_it_is_saved(clinic):
    note = Note(organisation_id=clinic, name=NAME, text="neu")

    assert (note.name, note.text, note.born, note.mood) == (NAME, "neu", None, "calm")


def test_none_stays_none(clinic):
    note = stored(Note(organisation_id=clinic))

    assert (note.name_sealed, note.name, note.text, note.born) == (None, None, None, None)


@pytest.mark.parametrize("text", ["", "\0", "\x80\0", "a\0\0", "ÄÖÜß" * 50_000, "👩‍⚕️", "x" * 31, "x" * 32])
def test_each_text_comes_back_as_it_was(clinic, text):
    note = stored(Note(organisation_id=clinic, text=text, name={"text": text}))

    with lend(Access.owner(clinic)):
        assert (note.text, note.name) == (text, {"text": text})


def test_the_length_of_a_ciphertext_tells_little_of_the_value(clinic):
    notes = [stored(Note(organisation_id=clinic, text="x" * n, name={"n": "x" * n})) for n in range(20)]

    assert {len(note.text_sealed) for note in notes} == {65 + 32}
    assert {len(note.name_sealed) for note in notes} == {65 + 32}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("text", 7),
        ("text", b"bytes"),
        ("text", ["text"]),
        ("born", 1990),
        ("born", datetime(1990, 5, 31)),
        ("name", {1, 2}),
        ("name", b"bytes"),
        ("name", {"n": 2**70}),
        ("name", {7: "seven"}),
        ("text", "\ud800"),
    ],
)
def test_a_value_that_the_field_does_not_hold_is_refused_when_assigned(clinic, field, value):
    with pytest.raises((TypeError, ValueError)):
        setattr(Note(organisation_id=clinic), field, value)


def test_a_day_that_is_none_is_refused(clinic):
    with pytest.raises(ValueError, match="2001-02-30|day"):
        Note(organisation_id=clinic, born="2001-02-30")


# Bound to its place


def test_a_value_moved_to_another_row_does_not_open(sealed_note, clinic):
    other = stored(Note(organisation_id=clinic))
    other.text_sealed = sealed_note.text_sealed

    with lend(Access.owner(clinic)), pytest.raises(CannotOpen):
        _ = other.text


def test_a_value_moved_to_another_field_does_not_open(sealed_note, clinic):
    sealed_note.mood_sealed = sealed_note.text_sealed

    with lend(Access.owner(clinic)), pytest.raises(CannotOpen):
        _ = sealed_note.mood


def test_a_value_moved_to_another_organisation_does_not_open(sealed_note, clinic, other_clinic):
    sealed_note.organisation_id = other_clinic

    with lend(Access({**Access.owner(clinic).grants, **Access.owner(other_clinic).grants})):
        with pytest.raises(CannotOpen):
            _ = sealed_note.text


@pytest.mark.parametrize("version", [0, 2, 2**32 - 1])
def test_another_key_version_does_not_open(sealed_note, clinic, version):
    sealed_note.text_sealed = b"\1" + version.to_bytes(4, "big") + sealed_note.text_sealed[5:]

    with lend(Access.owner(clinic)), pytest.raises(CannotOpen):
        _ = sealed_note.text


@pytest.mark.parametrize("read_before", [False, True])
def test_each_flipped_bit_is_refused(sealed_note, clinic, read_before):
    intact = sealed_note.text_sealed
    with lend(Access.owner(clinic)):
        if read_before:
            assert sealed_note.text == "wartet"
        for bit in range(len(intact) * 8):
            flipped = bytearray(intact)
            flipped[bit // 8] ^= 1 << bit % 8
            sealed_note.text_sealed = bytes(flipped)
            with pytest.raises(CannotOpen):
                _ = sealed_note.text
        sealed_note.text_sealed = intact
        assert sealed_note.text == "wartet"


@pytest.mark.parametrize("junk", [b"", b"\1", b"plaintext", b"\1" * 64, memoryview(b"plaintext")])
def test_what_is_no_ciphertext_does_not_open(sealed_note, clinic, junk):
    sealed_note.text_sealed = junk

    with lend(Access.owner(clinic)), pytest.raises(CannotOpen):
        _ = sealed_note.text


def test_an_id_written_as_text_is_the_same_row(clinic):
    note = Note(id=str(uuid.uuid4()), organisation_id=str(clinic), text="neu")
    with lend(Access.owner(clinic)):
        sealed = Note._meta.get_field("text").pre_save(note, True)
        again = Note(id=uuid.UUID(note.id), organisation_id=clinic, text_sealed=sealed)
        assert again.text == "neu"


def test_a_row_needs_its_id_and_its_owner():
    with pytest.raises(ImproperlyConfigured, match="id"), lend(Access.owner(uuid.uuid4())):
        Note._meta.get_field("text").seal(Note(id=None, organisation_id=uuid.uuid4(), text="neu"))
    with pytest.raises(ImproperlyConfigured, match="organisation"):
        Note._meta.get_field("text").seal(Note(text="neu"))


# Whose key


def test_a_value_needs_a_lent_key(sealed_note, other_clinic, clinic):
    for access in (Access.none(), Access.owner(other_clinic), Access.sealing(clinic), Access.platform()):
        with lend(access), pytest.raises(KeyUnavailable):
            _ = sealed_note.text


def test_a_value_read_in_one_scope_is_not_to_be_had_in_the_next(sealed_note, clinic):
    with lend(Access.owner(clinic)):
        assert sealed_note.text == "wartet"
    with pytest.raises(KeyUnavailable):
        _ = sealed_note.text
    with lend(Access.pseudonymous()):
        assert sealed_note.text != "wartet"
    with lend(Access.owner(clinic)):
        assert sealed_note.text == "wartet"


def test_a_patient_scope_opens_its_own_persons_rows(sealed_note, clinic):
    with lend(Access.person(clinic, sealed_note.person_id)):
        assert sealed_note.text == "wartet"
    for person in (uuid.uuid4(), None):
        note = stored(Note(organisation_id=clinic, person_id=person, text="fremd"))
        with lend(Access.person(clinic, sealed_note.person_id)), pytest.raises(KeyUnavailable):
            _ = note.text


def test_a_person_scope_opens_its_own_account(platform):
    mine = stored(Account(email="ada@example.org", organisation_id=uuid.uuid4()))
    foreign = stored(Account(email="eve@example.org"))

    with lend(Access.account(mine.pk)):
        assert mine.email == "ada@example.org"
        with pytest.raises(KeyUnavailable):
            _ = foreign.email
    with lend(Access.platform()):
        assert foreign.email == "eve@example.org"


def test_a_booking_seals_and_reads_only_while_matching(clinic):
    from crypto.access import matching

    with lend(Access.sealing(clinic)):
        note = Note(organisation_id=clinic, text="neu")
        Note._meta.get_field("text").seal(note)
        with pytest.raises(KeyUnavailable):
            _ = note.text
        with matching():
            assert note.text == "neu"
        with pytest.raises(KeyUnavailable):
            _ = note.text


def test_support_reads_pseudonyms_that_tell_nothing(sealed_note, clinic):
    twin = stored(Note(id=sealed_note.id, organisation_id=clinic, name={"first_name": "Zoë"}, text="anders"))
    with lend(Access.pseudonymous()):
        first, last = sealed_note.name["first_name"], sealed_note.name["last_name"]
        assert (len(first), first[1:], last[1:]) == (6, "-----", "-----")
        assert sealed_note.text == f"{first} {last}"
        assert sealed_note.name["birth_date"] == "1901-01-01"
        assert sealed_note.name["phone"] == "080000000000"
        assert sealed_note.name["anything"] == sealed_note.mood == "-----"
        assert sealed_note.born == date(1901, 1, 1)
        # The row's id decides, not what is sealed in it.
        assert (twin.name, twin.text) == (sealed_note.name, sealed_note.text)


def test_a_pseudonym_is_not_written_back(sealed_note):
    before = sealed_note.text_sealed
    with lend(Access.pseudonymous()):
        sealed_note.text = sealed_note.text
        with pytest.raises(KeyUnavailable):
            Note._meta.get_field("text").pre_save(sealed_note, False)
    assert before != sealed_note.text_sealed


def test_opening_is_lazy_and_done_once(sealed_note, clinic):
    with lend(Access.owner(clinic)), count_opened() as opened:
        _ = sealed_note.title
        assert opened.value == 0
        _ = sealed_note.name, sealed_note.name, sealed_note.name
        assert opened.value == 1


# Changed and unchanged


def test_an_unchanged_value_keeps_its_ciphertext(sealed_note, clinic):
    before = (sealed_note.name_sealed, sealed_note.text_sealed, sealed_note.born_sealed)
    with lend(Access.owner(clinic)):
        sealed_note.name = {**sealed_note.name}
        sealed_note.text = sealed_note.text
        sealed_note.born = sealed_note.born
        after = tuple(Note._meta.get_field(name).pre_save(sealed_note, False) for name in ("name", "text", "born"))
    assert after == before


@pytest.mark.parametrize(("before", "after"), [(1, True), (1, 1.0), (0, False), ("1", 1)])
def test_a_change_that_python_calls_equal_is_a_change(clinic, before, after):
    note = stored(Note(organisation_id=clinic, name={"n": before}))
    with lend(Access.owner(clinic)):
        assert note.name == {"n": before}
        note.name = {"n": after}
        Note._meta.get_field("name").seal(note)
        assert json.dumps(note.name) == json.dumps({"n": after})


def test_a_decrypted_value_is_changed_by_assigning_a_copy(clinic):
    note = stored(Note(organisation_id=clinic, name={"a": {"b": [1, {"c": 2}]}}))
    with lend(Access.owner(clinic)):
        with pytest.raises(TypeError, match="read only"):
            note.name["a"] = 1
        with pytest.raises(TypeError, match="read only"):
            note.name["a"]["b"] = 1
        with pytest.raises(TypeError, match="read only"):
            note.name["a"]["b"].append(3)
        with pytest.raises(TypeError, match="read only"):
            note.name["a"]["b"][1]["c"] = 3
        assert type(copy.copy(note.name)) is type({**note.name}) is dict
        changed = copy.deepcopy(note.name)
        changed["a"]["b"][1]["c"] = 3
        note.name = changed
        assert note.name == {"a": {"b": [1, {"c": 3}]}}


def test_an_assigned_value_is_what_it_was_at_that_moment(clinic):
    name = {"last_name": "Müller"}
    note = Note(organisation_id=clinic, name=name)
    name["last_name"] = "Maier"

    assert note.name == {"last_name": "Müller"}


def test_a_value_assigned_after_reading_is_sealed_for_the_new_row(sealed_note, clinic):
    with lend(Access.owner(clinic)):
        _ = sealed_note.text
        sealed_note.pk = uuid.uuid4()
        sealed_note.text = "neu"
        Note._meta.get_field("text").pre_save(sealed_note, True)
        assert sealed_note.text == "neu"


# Round trips

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(st.text(st.characters(exclude_categories=["Cs"])), st.dates(), json_values)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
def test_whatever_is_sealed_reads_the_same(clinic, text, day, value):
    note = stored(Note(organisation_id=clinic, text=text, born=day, name=value))
    with lend(Access.owner(clinic)):
        assert (note.text, note.born, note.name) == (text, day, value)
