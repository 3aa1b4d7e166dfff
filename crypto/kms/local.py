"""A master key in a file: for development, and for an operator who allows it by name.

It protects backups and dumps of the database, not a machine that someone has taken over: whoever can read the file can
unwrap everything.
"""

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from django.core.exceptions import ImproperlyConfigured

from crypto.envelope import Box, canonical
from crypto.errors import CannotOpen, KmsRefused, KmsUnavailable

from .base import Context, KeyManagementService


class LocalKms(KeyManagementService):
    """Wraps with AES-256-GCM and key commitment (envelope.Box); the context is the additional data."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._box: Box | None = None

    @classmethod
    def from_settings(cls, settings: Any) -> Self:
        if not (settings.DEBUG or settings.KMS_ALLOW_LOCAL):
            raise ImproperlyConfigured(
                "KMS_PROVIDER is 'local', a master key in a file, which is refused while DJANGO_DEBUG is off."
                " Use another provider, or set KMS_ALLOW_LOCAL=true if you accept it (docs/encryption.md)."
            )
        return cls(Path(settings.KMS_LOCAL_KEY_FILE))

    def wrap(self, plaintext: bytes, context: Context) -> bytes:
        return self._opened(create=True).seal(plaintext, _bound(context))

    def unwrap(self, wrapped: bytes, context: Context) -> bytes:
        try:
            # Never makes a new file: a key that is wrapped already needs the old one.
            return self._opened(create=False).open(wrapped, _bound(context))
        except CannotOpen:
            raise KmsRefused(
                f"{self.path} did not wrap this data key, or the key or its context was altered."
            ) from None

    def _opened(self, *, create: bool) -> Box:
        if self._box is None:
            try:
                if create:
                    _make_once(self.path)
                self._box = Box(_read(self.path), 1, b"local master key")
            except OSError as error:
                raise KmsUnavailable(f"The master key file {self.path} cannot be read: {error.strerror}.") from error
        return self._box


def _bound(context: Context) -> bytes:
    return canonical(*(part.encode() for item in sorted(context.items()) for part in item))


def _read(path: Path) -> bytes:
    """The master key: 64 hex digits in a file that others can neither read nor write."""
    if stat.S_IMODE(path.stat().st_mode) & 0o027:
        raise ImproperlyConfigured(f"Others may read or write the master key file {path}: chmod 600 it.")
    text = path.read_text(encoding="ascii", errors="replace").strip()
    with suppress(ValueError):
        key = bytes.fromhex(text)
        if len(key) == 32:
            return key
    raise ImproperlyConfigured(f"The master key file {path} must hold 64 hex digits and nothing else.")


def _make_once(path: Path) -> None:
    """Make the file, complete, or leave the one that is there: two processes may start at the same moment."""
    if path.exists():
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(dir=path.parent)  # mode 0600
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(os.urandom(32).hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        os.unlink(draft)
