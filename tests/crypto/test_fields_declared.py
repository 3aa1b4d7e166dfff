"""What a sealed field asks of a model, and what migrations and checks know of it."""

import pytest

from crypto.fields import SealedDateField, SealedField, SealedJSONField, SealedTextField

from .models import Note


def test_a_label_is_required():
    with pytest.raises(TypeError, match="label"):
        SealedTextField()


@pytest.mark.parametrize("kind", [SealedTextField, SealedDateField, SealedJSONField])
def test_migrations_know_the_label_and_nothing_that_could_change(kind):
    field = kind(label="tests.label", null=True, pseudonym="-", editable=True)
    field.set_attributes_from_name("note")
    name, path, args, kwargs = field.deconstruct()

    assert (name, path, args, kwargs) == (
        "note",
        f"crypto.fields.{kind.__name__}",
        [],
        {"label": "tests.label", "null": True},
    )
    assert isinstance(field.clone(), SealedField)
    assert (field.attname, field.column) == ("note_sealed", "note_sealed")
    assert (field.editable, field.formfield()) == (False, None)


def test_the_checks_find_shared_labels_and_rows_without_an_id_of_their_own(monkeypatch):
    from django.db import models

    from crypto import checks

    class Twin(models.Model):
        text = SealedTextField(label="tests.note.text")

        class Meta:
            app_label = "crypto_tests"

    monkeypatch.setattr(checks.apps, "get_models", lambda **options: [Note, Twin])

    assert [error.id for error in checks.sealed_fields_are_bound(None)] == ["crypto.E001", "crypto.E002", "crypto.E003"]


def test_the_projects_own_fields_pass_the_checks():
    from crypto import checks

    assert checks.sealed_fields_are_bound(None) == []
