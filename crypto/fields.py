"""Encrypted model fields.

A field ``note`` is two attributes of an instance: ``note_sealed``, what the column holds (ciphertext, which is all that
Django itself ever touches: loading, refreshing, copying, pickling, serialising), and ``note``, which decrypts when it
is read and while the key is lent. An assigned value is sealed when the row is saved; the row's id must be there by
then, so models with sealed fields make their UUID themselves.
"""

import json
from base64 import b64decode
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import models

from . import keyring, pseudonyms
from .access import Access, current
from .enums import Purpose
from .envelope import OVERHEAD, is_sealed
from .errors import CannotOpen, KeyUnavailable, UnknownKey
from .values import Ciphertext, Opened, ReadOnlyDict, Unsealed, read_only

DATA = Purpose.DATA.value
PADDING = 32  # plaintexts are filled up to a multiple of this, so that the column's length tells little of the value's
_MISSING = object()
_PLATFORM = frozenset({"person", "identity"})


def owner_of(instance: models.Model) -> UUID:
    """Whose key seals this row: the platform's for person and identity tables, else its organisation's.

    Raises ImproperlyConfigured for a row that is nobody's.
    """
    if getattr(instance, "table_class", None) in _PLATFORM:
        return keyring.PLATFORM_OWNER
    owner = getattr(instance, "organisation_id", None)
    if owner is None:
        raise ImproperlyConfigured(f"{instance._meta.label}: a sealed row needs an organisation or a table class.")
    return owner if isinstance(owner, UUID) else UUID(str(owner))


def _row_of(instance: models.Model) -> UUID:
    row = instance.pk
    if type(row) is UUID:
        return row
    if row is None:
        raise ImproperlyConfigured(f"{instance._meta.label}: a sealed row needs its id before it is saved.")
    return UUID(str(row))


def _is_subject(instance: models.Model, access: Access) -> bool:
    """Whether the row is the one person's or account's that the access is limited to, if it is."""
    limit, attribute = access.person_id, "person_id"
    if limit is None:
        limit, attribute = access.account_id, "account_id"
        if limit is None:
            return True
    subject = getattr(instance, getattr(instance, "key_subject", attribute), None)
    return subject is not None and str(subject) == str(limit)


class SealedAttribute:
    """The readable side of a sealed field."""

    def __init__(self, field: "SealedField") -> None:
        self.field = field
        self.attname = field.attname

    def __get__(self, instance: models.Model | None, cls: type | None = None) -> Any:
        if instance is None:
            return self
        state = instance.__dict__
        sealed = state.get(self.attname, _MISSING)
        if sealed is _MISSING:
            sealed = getattr(instance, self.attname)  # deferred: fetches it
        if sealed is None:
            return None
        if type(sealed) is Unsealed:
            return self.field.load(sealed.plaintext)
        access = current()
        opened = state.get("_opened")
        if opened is None:
            opened = state["_opened"] = Opened()
        else:
            known = opened.get(self.attname)
            # Opened for this very access: a value read in one scope is not to be had in the next.
            if known is not None and known[0] is sealed and known[1] is access:
                return known[2]
        value = self.field.open(instance, sealed, access)
        opened[self.attname] = (sealed, access, value)
        return value

    def __set__(self, instance: models.Model, value: Any) -> None:
        state = instance.__dict__
        if value is None:
            state[self.attname] = None
        elif type(value) is Ciphertext:
            state[self.attname] = bytes(value)
        else:
            plaintext = self.field.dump(value)
            known = state.get("_opened", {}).get(self.attname)
            if known and known[0] is state.get(self.attname) and known[1] is current():
                if not isinstance(known[2], pseudonyms.PseudonymDict) and self.field.dump(known[2]) == plaintext:
                    return  # the same value keeps its ciphertext
            state[self.attname] = Unsealed(plaintext)


class SealedField(models.BinaryField):
    """Base of the fields below.

    ``label`` is bound into every ciphertext and never changes, whatever becomes of the table's name; it is unique.
    ``pseudonym`` is what reads where no key is to be had, a value or a callable of the instance.
    """

    pseudonym: Any = pseudonyms.BLANK

    def __init__(self, *args: Any, label: str, pseudonym: Any = None, **kwargs: Any) -> None:
        self.label = label
        if pseudonym is not None:
            self.pseudonym = pseudonym
        super().__init__(*args, **{**kwargs, "editable": False})

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "label": self.label}

    def get_attname(self) -> str:
        return f"{self.name}_sealed"

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)
        setattr(cls, self.name, SealedAttribute(self))

    def db_check(self, connection: Any) -> str:
        """The column itself takes nothing but ciphertext, whichever way a plaintext might get there."""
        column = connection.ops.quote_name(self.column)
        return rf"octet_length({column}) >= {OVERHEAD} AND substr({column}, 1, 1) = '\x01'::bytea"

    # Plaintext and back

    def dump(self, value: Any) -> bytes:
        """The value as padded bytes. Raises TypeError or ValueError for what the field does not hold."""
        raise NotImplementedError

    def load(self, plaintext: bytes) -> Any:
        raise NotImplementedError

    def open(self, instance: models.Model, sealed: bytes, access: Access) -> Any:
        """The value, or its pseudonym. Raises KeyUnavailable, CannotOpen, KmsUnavailable."""
        owner = owner_of(instance)
        grant = access.by_number.get(owner.int)
        if grant is None or DATA not in grant.open or not _is_subject(instance, access):
            if access.pseudonyms:
                return self.pseudonym_of(instance)
            raise KeyUnavailable(f"The key of {self.label} is not lent here.")
        if type(sealed) is not bytes:
            sealed = bytes(sealed)
        try:
            box = keyring.cache.box(owner, DATA, self.label, int.from_bytes(sealed[1:5], "big"))
        except UnknownKey as error:
            raise CannotOpen(str(error)) from error
        return self.load(box.open(sealed, _row_of(instance).bytes))

    def pseudonym_of(self, instance: models.Model) -> Any:
        return self.pseudonym(instance) if callable(self.pseudonym) else self.pseudonym

    def seal(self, instance: models.Model) -> None:
        """Seal the assigned value in place, which saving does by itself (bulk_update does not).

        Raises KeyUnavailable, UnknownKey, KmsUnavailable.
        """
        value = getattr(instance, self.attname)
        if type(value) is Unsealed:
            row = _row_of(instance)
            sealed = keyring.seal(value.plaintext, owner=owner_of(instance), label=self.label, row=row)
            instance.__dict__[self.attname] = sealed
            # Remembered without the plaintext: sealed for this row, so it may be inserted as it is.
            instance.__dict__.setdefault("_opened", Opened())[self.attname] = (sealed, row, None)

    # What Django asks

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        self.seal(model_instance)
        sealed = getattr(model_instance, self.attname)
        if add and sealed is not None:
            made = model_instance.__dict__.get("_opened", {}).get(self.attname)
            if not (made and made[0] is sealed and made[1] == _row_of(model_instance)):
                # Loaded from another row (``row.pk = None; row.save()``) it would never open again: find out now.
                self.open(model_instance, sealed, current())
        return sealed

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if value is None:
            return None
        if isinstance(value, bytes | memoryview) and is_sealed(bytes(value)):
            return connection.Database.Binary(bytes(value))
        raise TypeError(
            f"{self.label} is sealed row by row: assign it to an instance and save that."
            " update() takes None only; before bulk_update() call the field's seal(instance)."
        )

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name == "isnull":
            return super().get_lookup(lookup_name)
        raise FieldError(f"{self.label} is sealed: the database can only tell isnull. Search by blind tokens.")

    def get_default(self) -> Any:
        if not self.has_default():
            return None
        value = self.default() if callable(self.default) else self.default
        return None if value is None else Unsealed(self.dump(value))

    def to_python(self, value: Any) -> Any:
        # Text reaches this from deserialisers only, which read what value_to_string wrote.
        return Ciphertext(b64decode(value)) if isinstance(value, str) else value

    def value_to_string(self, obj: models.Model) -> str:
        if type(self.value_from_object(obj)) is Unsealed:
            raise TypeError(f"{self.label} is serialised sealed: save the row first.")
        return super().value_to_string(obj)

    def formfield(self, *args: Any, **kwargs: Any) -> None:
        return None

    def _check_str_default_value(self) -> list:
        return []  # a default is a plaintext here


class SealedTextField(SealedField):
    """Text of any length."""

    if TYPE_CHECKING:
        _pyi_private_set_type: str
        _pyi_private_get_type: str

    def dump(self, value: Any) -> bytes:
        if not isinstance(value, str):
            raise TypeError(f"{self.label} holds text, not {type(value).__name__}.")
        text = value.encode() + b"\x80"  # ISO/IEC 7816-4: one mark, then zeros
        return text.ljust(-len(text) // PADDING * -PADDING, b"\0")

    def load(self, plaintext: bytes) -> str:
        return plaintext.rstrip(b"\0")[:-1].decode()


class SealedDateField(SealedField):
    """A calendar day; a string is read as ISO 8601."""

    pseudonym = pseudonyms.BIRTH_DATE

    if TYPE_CHECKING:
        _pyi_private_set_type: date | str
        _pyi_private_get_type: date

    def dump(self, value: Any) -> bytes:
        if isinstance(value, str):
            value = date.fromisoformat(value)
        if not isinstance(value, date) or isinstance(value, datetime):
            raise TypeError(f"{self.label} holds a date, not {type(value).__name__}.")
        return value.isoformat().encode()

    def load(self, plaintext: bytes) -> date:
        return date.fromisoformat(plaintext.decode())


_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
_scan = json.JSONDecoder(object_hook=ReadOnlyDict).scan_once  # type: ignore[attr-defined]  # json.decoder documents it


class SealedJSONField(SealedField):
    """A JSON value: what is shown together is sealed together, at half the cost of a ciphertext each.

    Reads as read-only dicts and lists; assign a changed copy to change it. ``pseudonym`` may be a dict by key.
    """

    pseudonym: Any = {}  # noqa: RUF012  added to pseudonyms.BY_KEY

    if TYPE_CHECKING:
        _pyi_private_set_type: Any
        _pyi_private_get_type: Any

    def dump(self, value: Any) -> bytes:
        text = _encode(value).encode()
        return text.ljust(-len(text) // PADDING * -PADDING)

    def load(self, plaintext: bytes) -> Any:
        value = _scan(plaintext.decode(), 0)[0]
        return read_only(value) if b"[" in plaintext else value  # the scanner wraps dicts by itself, lists it cannot

    def pseudonym_of(self, instance: models.Model) -> Any:
        given = super().pseudonym_of(instance)
        return pseudonyms.by_key(instance, given) if isinstance(given, dict) else given
