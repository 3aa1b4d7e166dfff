"""Plaintext data keys, for a short time and in this process's memory only."""

import os
import threading
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple
from uuid import UUID

from . import kms
from .enums import KeyState
from .envelope import Box, derive, field_box, version_of
from .errors import KeyDestroyed, UnknownKey

LIFETIME = 300.0  # seconds; also how long a destroyed key may still work in another process
OWNERS = 500


class WrappedKey(NamedTuple):
    """What is known of a data key before it is unwrapped."""

    purpose: str
    version: int
    state: str
    wrapped: bytes


class OwnerKeys:
    """One owner's keys: wrapped ones at once, plaintext and what is derived from it when first asked for."""

    __slots__ = ("active", "boxes", "expires", "latest", "macs", "owner", "plain", "used", "wrapped")

    def __init__(self, owner: UUID, rows: Iterable[WrappedKey], expires: float) -> None:
        self.owner = owner
        self.expires = self.used = expires
        self.wrapped = {(row.purpose, row.version): row for row in rows}
        self.active = {row.purpose: row.version for row in self.wrapped.values() if row.state == KeyState.ACTIVE}
        self.plain: dict[tuple[str, int], bytes] = {}
        self.boxes: dict[tuple[str, str, bytes], Box] = {}
        self.latest: dict[str, Box] = {}  # the box of each sealed field that was used last
        self.macs: dict[tuple[str, str, int], bytes] = {}

    def wipe(self) -> None:
        """Take everything away that opens: rows that were read may still hold a reference to this."""
        for keys in (self.plain, self.boxes, self.latest, self.macs):
            keys.clear()

    def key(self, purpose: str, version: int) -> bytes:
        """The plaintext data key. Raises UnknownKey, KeyDestroyed, KmsUnavailable, KmsRefused."""
        found = self.plain.get((purpose, version))
        if found is None:
            row = self.wrapped.get((purpose, version))
            if row is None:
                raise UnknownKey(f"Owner {self.owner} has no {purpose} key of version {version}.")
            if row.state == KeyState.DESTROYED:
                raise KeyDestroyed(f"The {purpose} key {version} of owner {self.owner} was destroyed.")
            found = kms.service().unwrap(row.wrapped, kms_context(self.owner, purpose, version))
            self.plain[purpose, version] = found
        return found

    def box(self, purpose: str, label: str, version: int) -> Box:
        key = self.key(purpose, version)
        box = field_box(key, owner=self.owner, purpose=purpose, label=label, version=version)
        self.boxes[purpose, label, box.head] = box
        return box

    def mac_key(self, purpose: str, use: str, version: int) -> bytes:
        found = self.macs.get((purpose, use, version))
        if found is None:
            names = (b"mac", self.owner.bytes, purpose.encode(), use.encode(), version.to_bytes(4, "big"))
            found = self.macs[purpose, use, version] = derive(self.key(purpose, version), 32, *names)
        return found


class KeyCache:
    """Keys of at most ``owners`` owners (the longest unused goes first), each for at most ``lifetime`` seconds."""

    def __init__(
        self,
        rows: Callable[[UUID], list[WrappedKey]],
        *,
        lifetime: float = LIFETIME,
        owners: int = OWNERS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rows = rows
        self._lifetime = lifetime
        self._limit = owners
        self._clock = clock
        self._reset()
        os.register_at_fork(after_in_child=self._reset)  # a worker starts without its parent's keys

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._owners: dict[int, OwnerKeys] = {}
        self._timer: threading.Timer | None = None

    def __len__(self) -> int:
        return len(self._owners)

    def box(self, owner: UUID, purpose: str, label: str, head: bytes) -> Box:
        """The box of one field, of the version that a ciphertext's first bytes name (envelope.head_of).

        Raises CannotOpen (KeyDestroyed), UnknownKey, KmsUnavailable, KmsRefused.
        """
        keys = self.of(owner)
        box = keys.boxes.get((purpose, label, head))
        if box is None:
            version = version_of(head)
            if (purpose, version) not in keys.wrapped:
                keys = self.of(owner, fresh=True)  # another process may have rotated
            box = keys.box(purpose, label, version)
        return box

    def mac_key(self, owner: UUID, purpose: str, use: str, version: int) -> bytes:
        """The key of one kind of token or MAC; errors as for ``box``."""
        keys = self.of(owner)
        if (purpose, version) not in keys.wrapped:
            keys = self.of(owner, fresh=True)
        return keys.mac_key(purpose, use, version)

    def active_version(self, owner: UUID, purpose: str) -> int:
        """Raises UnknownKey."""
        version = self.of(owner).active.get(purpose) or self.of(owner, fresh=True).active.get(purpose)
        if version is None:
            raise UnknownKey(f"Owner {owner} has no active {purpose} key.")
        return version

    def of(self, owner: UUID, *, fresh: bool = False) -> OwnerKeys:
        keys = self._owners.get(owner.int)
        now = self._clock()
        if keys is None or fresh or now >= keys.expires:
            rows = self._rows(owner)  # outside the lock: this waits for the database
            keys = OwnerKeys(owner, rows, now + self._lifetime)
            if rows:
                self._keep(keys)
        keys.used = now
        return keys

    def forget(self, owner: UUID) -> None:
        """Drop one owner's keys from this process."""
        keys = self._owners.pop(owner.int, None)
        if keys is not None:
            keys.wipe()

    def clear(self) -> None:
        """Drop all keys from this process."""
        for keys in list(self._owners.values()):
            self.forget(keys.owner)

    def _keep(self, keys: OwnerKeys) -> None:
        with self._lock:
            self.forget(keys.owner)
            self._owners[keys.owner.int] = keys
            if len(self._owners) > self._limit:
                others = [held for held in list(self._owners.values()) if held is not keys]
                self.forget(min(others, key=lambda held: held.used).owner)
            self._remind()

    def _remind(self) -> None:
        """Keys go when their time is up even if nobody asks: a timer runs while there are any. Call with the lock."""
        if self._timer is None and self._owners:
            first = min(keys.expires for keys in self._owners.values())
            self._timer = threading.Timer(max(first - self._clock(), 0.01), self._drop_expired)
            self._timer.daemon = True
            self._timer.start()

    def _drop_expired(self) -> None:
        with self._lock:
            self._timer = None
            now = self._clock()
            for keys in list(self._owners.values()):
                if now >= keys.expires:
                    self.forget(keys.owner)
            self._remind()


def kms_context(owner: UUID, purpose: str, version: int) -> dict[str, str]:
    """What a wrapped key is bound to."""
    return {"owner": str(owner), "purpose": str(purpose), "version": str(version)}
