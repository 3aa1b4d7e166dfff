"""Nothing in clear leaves the process: copies, pickles, prints, errors."""

import copy
import pickle

import pytest

from accounts.models import SignUp
from crypto.access import Access, lend
from crypto.errors import KeyUnavailable

from .conftest import stored
from .models import Note


def test_copies_and_pickles_carry_ciphertext(platform):
    row = stored(SignUp(contact={"email": "canary@example.org"}))
    with lend(Access.platform()):
        assert row.contact["email"] == "canary@example.org"
        pickled = pickle.dumps(row)
        copied = copy.deepcopy(row)
        assert b"canary" not in pickled
        assert "canary" not in repr(vars(copied))
        for again in (pickle.loads(pickled), copied, copy.copy(row)):  # noqa: S301  our own bytes
            assert again.contact == {"email": "canary@example.org"}
    with pytest.raises(KeyUnavailable):
        _ = pickle.loads(pickled).contact  # noqa: S301


def test_a_row_that_was_not_saved_is_not_pickled(platform):
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(SignUp(contact={"email": "canary@example.org"}))


def test_decrypted_values_are_not_pickled(clinic):
    note = stored(Note(organisation_id=clinic, name={"list": ["canary"], "dict": {"a": "canary"}}))
    with lend(Access.owner(clinic)):
        for value in (note.name, note.name["list"], note.name["dict"]):
            with pytest.raises(TypeError, match="not pickled"):
                pickle.dumps(value)


def test_nothing_prints_a_value(sealed_note, clinic):
    fresh = Note(organisation_id=clinic, text="canary", name={"n": "canary"})
    with lend(Access.owner(clinic)):
        _ = sealed_note.name
        for note in (fresh, sealed_note):
            shown = f"{note!r} {note} {vars(note)!r} {[*map(str, vars(note).values())]}"
            assert "canary" not in shown and "Müller" not in shown


def test_errors_hold_no_value(clinic):
    for work in (
        lambda: setattr(Note(organisation_id=clinic), "text", ["canary"]),
        lambda: Note._meta.get_field("text").seal(Note(organisation_id=clinic, text="canary")),
        lambda: Note._meta.get_field("text").get_db_prep_value("canary", None),
    ):
        with pytest.raises((TypeError, KeyUnavailable)) as caught:
            work()
        assert "canary" not in str(caught.value)
