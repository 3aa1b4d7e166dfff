"""The port every key management service stands behind."""

import os
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, NamedTuple, Self

Context = Mapping[str, str]  # owner, purpose and version of a data key: wrapped for these, unwrapped for nothing else


class NewKey(NamedTuple):
    plaintext: bytes
    wrapped: bytes

    def __repr__(self) -> str:  # a NamedTuple's own would print the key
        return "NewKey(…)"


class KeyManagementService(ABC):
    """Wraps and unwraps data keys. Every method raises KmsUnavailable when the service does not answer."""

    @classmethod
    def from_settings(cls, settings: Any) -> Self:
        """Built once a process. Raises ImproperlyConfigured."""
        return cls()

    def generate(self, context: Context) -> NewKey:
        """A fresh 256-bit data key. A service with a random source of its own overrides this."""
        plaintext = os.urandom(32)
        return NewKey(plaintext, self.wrap(plaintext, context))

    @abstractmethod
    def wrap(self, plaintext: bytes, context: Context) -> bytes: ...

    @abstractmethod
    def unwrap(self, wrapped: bytes, context: Context) -> bytes:
        """Raises KmsRefused when altered, when the context is another, or when another master key wrapped it."""
