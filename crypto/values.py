"""Decrypted values: to be read, not to be changed in place, and never to leave the process by pickle.

A change inside a decrypted value would be lost on saving, so it raises; ``{**patient.name, "title": "Dr."}`` makes a
plain copy to assign.
"""

import copy
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NoReturn
from uuid import UUID


def _refuse(self: Any, *args: Any, **kwargs: Any) -> NoReturn:
    raise TypeError("A decrypted value is read only: assign a changed copy to the field.")


def _stay(self: Any, protocol: Any) -> NoReturn:
    raise TypeError("A decrypted value is not pickled: it would leave the process in clear.")


class ReadOnlyDict(dict):
    __slots__ = ()
    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _refuse
    __reduce_ex__ = _stay

    def __copy__(self) -> dict:
        return dict(self)

    def __deepcopy__(self, memo: dict) -> dict:
        return {key: copy.deepcopy(value, memo) for key, value in self.items()}


class ReadOnlyList(list):
    __slots__ = ()
    __setitem__ = __delitem__ = __iadd__ = __imul__ = append = clear = extend = insert = pop = remove = _refuse
    reverse = sort = _refuse
    __reduce_ex__ = _stay

    def __copy__(self) -> list:
        return list(self)

    def __deepcopy__(self, memo: dict) -> list:
        return [copy.deepcopy(value, memo) for value in self]


def read_only(value: Any) -> Any:
    """A JSON value whose lists and dicts, nested ones too, refuse changes."""
    if isinstance(value, dict):
        return ReadOnlyDict({key: read_only(item) for key, item in value.items()})
    if isinstance(value, list):
        return ReadOnlyList([read_only(item) for item in value])
    return value


class Unsealed:
    """A value that was assigned and is not saved yet. Shows nothing and is not pickled."""

    __slots__ = ("plaintext",)
    __reduce_ex__ = _stay

    def __init__(self, plaintext: bytes) -> None:
        self.plaintext = plaintext

    def __repr__(self) -> str:
        return "<unsealed value>"

    def __copy__(self) -> "Unsealed":
        return self

    def __deepcopy__(self, memo: dict) -> "Unsealed":
        return self


class Opened:
    """What a model instance remembers while one access lasts. Copies and pickles of the instance start without it.

    ``place`` is None when this access may not open the row; ``keys`` are the owner's (cache.OwnerKeys, wiped when their
    time is up); ``values`` holds (ciphertext, value) by
    attribute; ``made`` the ciphertexts that were sealed here, with the row they were sealed for.
    """

    __slots__ = ("access", "keys", "made", "owner", "place", "values")

    def __init__(self, access: Any = None, made: Mapping[str, tuple[bytes, UUID]] = MappingProxyType({})) -> None:
        self.access = access
        self.keys: Any = None
        self.owner: Any = None
        self.place: bytes | None = None
        self.values: dict[str, tuple[bytes, Any]] = {}
        self.made = made

    def __repr__(self) -> str:
        return "<opened values>"

    def __reduce_ex__(self, protocol: Any) -> tuple:
        return Opened, ()

    def __copy__(self) -> "Opened":
        return Opened()

    def __deepcopy__(self, memo: dict) -> "Opened":
        return Opened()


class Ciphertext(bytes):
    """Bytes that are known to be sealed already, such as those of a fixture: assigned as they are."""
