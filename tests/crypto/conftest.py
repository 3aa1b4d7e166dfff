import uuid
from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
from django.db import connections, router, transaction

from crypto import keyring, kms
from crypto.access import PLATFORM_OWNER
from crypto.cache import WrappedKey, kms_context
from crypto.enums import Purpose

from .models import Account, Note


@pytest.fixture(autouse=True)
def own_master_key(settings, tmp_path):
    """No test touches the developer's master key."""
    settings.KMS_PROVIDER = "local"
    settings.KMS_ALLOW_LOCAL = True
    settings.KMS_LOCAL_KEY_FILE = tmp_path / "kms" / "master"


@pytest.fixture
def rows(monkeypatch) -> dict[UUID, list[WrappedKey]]:
    """Wrapped keys by owner, in place of the table: for tests that need no database."""
    rows: dict[UUID, list[WrappedKey]] = {}
    monkeypatch.setattr(keyring.cache, "_rows", lambda owner: rows.get(owner, []))
    keyring.forget_all()
    return rows


@pytest.fixture
def new_owner(rows) -> Callable[[], UUID]:
    def make(owner: UUID | None = None) -> UUID:
        owner = owner or uuid.uuid4()
        for purpose in Purpose:
            wrapped = kms.service().generate(kms_context(owner, purpose, 1)).wrapped
            rows.setdefault(owner, []).append(WrappedKey(purpose, 1, "active", wrapped))
        return owner

    return make


@pytest.fixture
def clinic(new_owner) -> UUID:
    return new_owner()


@pytest.fixture
def other_clinic(new_owner) -> UUID:
    return new_owner()


@pytest.fixture
def platform(new_owner) -> UUID:
    return new_owner(PLATFORM_OWNER)


@pytest.fixture
def sealed_note(clinic) -> Note:
    """A note as it comes from the database: sealed, nothing remembered."""
    note = Note(
        organisation_id=clinic,
        person_id=uuid.uuid4(),
        name={"first_name": "Ada", "last_name": "Müller"},
        text="wartet",
        born="1990-05-31",
    )
    return stored(note)


def stored(row):
    with keyring.lend(keyring.Access.sealing(keyring_owner(row))):
        values = [field.pre_save(row, True) for field in row._meta.concrete_fields]
    return type(row).from_db("owner", [field.attname for field in row._meta.concrete_fields], values)


def keyring_owner(row) -> UUID:
    from crypto.fields import owner_of

    return owner_of(row)


class OwnerRouter:
    """Our tables are the owner's; for all others the next router decides."""

    def db_for_read(self, model, **hints):
        return "owner" if model._meta.app_label == "crypto_tests" else None

    db_for_write = db_for_read


@pytest.fixture
def note_table(db, monkeypatch) -> Iterator[None]:
    """The tables, made and rolled back by the owner."""
    monkeypatch.setattr(router, "routers", [OwnerRouter(), *router.routers])
    with transaction.atomic(using="owner"):
        with connections["owner"].schema_editor() as editor:
            editor.create_model(Note)
            editor.create_model(Account)
        yield
        transaction.set_rollback(True, using="owner")
