"""A model of these tests alone: its app is not installed, its table lives in one rolled-back transaction."""

import uuid

from django.db import models

from crypto import pseudonyms
from crypto.fields import SealedDateField, SealedJSONField, SealedTextField


class Note(models.Model):
    table_class = "tenant"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    organisation_id = models.UUIDField()
    person_id = models.UUIDField(null=True)
    title = models.CharField(max_length=20, blank=True)
    name = SealedJSONField(label="tests.note.name", null=True)
    text = SealedTextField(label="tests.note.text", null=True, pseudonym=pseudonyms.full_name)
    born = SealedDateField(label="tests.note.born", null=True)
    mood = SealedTextField(label="tests.note.mood", default="calm")

    class Meta:
        app_label = "crypto_tests"


class Account(models.Model):
    """The account's own row: an access limited to an account compares its primary key."""

    table_class = "identity"
    key_subject = "pk"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    organisation_id = models.UUIDField(null=True)  # a member of an organisation is still the platform's row
    email = SealedTextField(label="tests.account.email")

    class Meta:
        app_label = "crypto_tests"
