"""Encrypted model fields.

A field ``note`` is two attributes of an instance: ``note_sealed``, what the column holds (ciphertext, which is all that
Django itself ever touches: loading, refreshing, copying, pickling, serialising), and ``note``, which decrypts when it
is read and while the key is lent. An assigned value is sealed when the row is saved; the row's id must be there by
then, so models with sealed fields make their UUID themselves.
"""

from base64 import b64decode
from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import models

from . import keyring, pseudonyms
from .access import Access, current
from .enums import Purpose
from .envelope import OVERHEAD, Box, is_sealed, place_of
from .errors import CannotOpen, KeyUnavailable, UnknownKey
from .values import Ciphertext, Opened, ReadOnlyDict, Unsealed, read_only

DATA = Purpose.DATA.value
PADDING = 32  # plaintexts are filled up to a multiple of this, so that the column's length tells little of the value's
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
    """Whether the row is the one person's or account's that the access is limited to."""
    attribute = "account_id" if access.person_id is None else "person_id"
    subject = getattr(instance, getattr(instance, "key_subject", attribute), None)
    return subject is not None and str(subject) == str(access.limit)


def _opened(instance: models.Model, access: Access) -> Opened:
    """What the instance remembers for this access; what it read under another one is gone."""
    state = instance.__dict__
    before = state.get("_opened")
    if before is not None and before.access is access:
        return before
    opened = Opened(access) if before is None else Opened(access, before.made)
    owner = owner_of(instance)
    grant = access.by_number.get(owner.int)
    if grant is not None and DATA in grant.open and (access.limit is None or _is_subject(instance, access)):
        row = state.get(instance._meta.pk.attname)  # instance.pk is a slow way to the same
        opened.place = place_of(row if type(row) is UUID else _row_of(instance))
        opened.owner, opened.keys = owner, keyring.cache.of(owner)
    state["_opened"] = opened  # last: fetching the keys may fail, and the next read tries again
    return opened


def _made(instance: models.Model) -> Mapping[str, tuple[bytes, UUID]]:
    opened = instance.__dict__.get("_opened")
    return {} if opened is None else opened.made


class SealedAttribute:
    """The readable side of a sealed field."""

    def __init__(self, field: "SealedField") -> None:
        self.field = field
        self.attname = field.attname

    def __get__(self, instance: models.Model | None, cls: type | None = None) -> Any:
        if instance is None:
            return self
        state = instance.__dict__
        sealed = state.get(self.attname)
        if sealed is None:
            if self.attname in state:
                return None
            sealed = getattr(instance, self.attname)  # deferred: fetches it
            if sealed is None:
                return None
        if type(sealed) is Unsealed:
            return self.field.load(sealed.plaintext)
        access = current()
        opened = state.get("_opened")
        if opened is None or opened.access is not access:
            opened = _opened(instance, access)
        else:
            known = opened.values.get(self.attname)
            if known is not None and known[0] is sealed:
                return known[1]
        if opened.place is None:
            return self.field.closed(instance, access)
        if type(sealed) is not bytes:
            sealed = state[self.attname] = bytes(sealed)
        field = self.field
        box = opened.keys.latest.get(field.label)
        if box is None or box.head != sealed[:5]:
            box = self._find_box(opened, sealed)
        value = field.load(box.open_body(sealed, opened.place))
        opened.values[self.attname] = (sealed, value)
        return value

    def _find_box(self, opened: Opened, sealed: bytes) -> Box:
        try:
            box = keyring.cache.box(opened.owner, DATA, self.field.label, sealed[:5])
        except UnknownKey as error:
            raise CannotOpen(str(error)) from error
        opened.keys = keyring.cache.of(opened.owner)
        opened.keys.latest[self.field.label] = box
        return box

    def __set__(self, instance: models.Model, value: Any) -> None:
        state = instance.__dict__
        if value is None:
            state[self.attname] = None
        elif type(value) is Ciphertext:
            state[self.attname] = bytes(value)
        else:
            plaintext = self.field.dump(value)
            opened = state.get("_opened")
            if opened is not None and opened.access is current():
                known = opened.values.get(self.attname)
                if known and known[0] is state.get(self.attname) and self.field.dump(known[1]) == plaintext:
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

    def closed(self, instance: models.Model, access: Access) -> Any:
        """What reads without the key: a pseudonym in a support scope. Raises KeyUnavailable elsewhere."""
        if access.pseudonyms:
            return self.pseudonym_of(instance)
        raise KeyUnavailable(f"The key of {self.label} is not lent here.")

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
            # Afresh, as the row may have another id by now; the plaintext is not kept, only whom it was sealed for.
            instance.__dict__["_opened"] = Opened(None, {**_made(instance), self.attname: (sealed, row)})

    # What Django asks

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        self.seal(model_instance)
        sealed = getattr(model_instance, self.attname)
        if add and sealed is not None and _made(model_instance).get(self.attname) != (sealed, _row_of(model_instance)):
            # Loaded from another row (``row.pk = None; row.save()``) it would never open again: find out now.
            model_instance.__dict__.pop("_opened", None)
            opened = _opened(model_instance, current())
            if opened.place is None:
                raise KeyUnavailable(f"A ciphertext of {self.label} is inserted only where it can be opened.")
            getattr(model_instance, self.name)
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
        _pyi_private_get_type: str  # type: ignore[assignment]

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
        _pyi_private_get_type: date  # type: ignore[assignment]

    def dump(self, value: Any) -> bytes:
        if isinstance(value, str):
            value = date.fromisoformat(value)
        if not isinstance(value, date) or isinstance(value, datetime):
            raise TypeError(f"{self.label} holds a date, not {type(value).__name__}.")
        return value.isoformat().encode()

    def load(self, plaintext: bytes) -> date:
        return date.fromisoformat(plaintext.decode())


class SealedJSONField(SealedField):
    """A JSON value: what is shown together is sealed together, at half the cost of a ciphertext each.

    Reads as read-only dicts and lists; assign a changed copy to change it. ``pseudonym`` may be a dict by key.
    """

    pseudonym: Any = {}  # noqa: RUF012  added to pseudonyms.BY_KEY

    if TYPE_CHECKING:
        _pyi_private_set_type: Any
        _pyi_private_get_type: Any

    def dump(self, value: Any) -> bytes:
        text = orjson.dumps(value)
        # Blanks after JSON mean nothing to its parser; the last one says whether there is more than one flat dict.
        flat = isinstance(value, dict) and not any(isinstance(item, dict | list | tuple) for item in value.values())
        return text.ljust(-(len(text) + 1) // PADDING * -PADDING, b" " if flat else b"\n")

    def load(self, plaintext: bytes) -> Any:
        value = orjson.loads(plaintext)  # three times as fast as json.loads, which was the largest part of a read
        return ReadOnlyDict(value) if plaintext[-1] == 32 else read_only(value)

    def pseudonym_of(self, instance: models.Model) -> Any:
        given = super().pseudonym_of(instance)
        return pseudonyms.by_key(instance, given) if isinstance(given, dict) else given
