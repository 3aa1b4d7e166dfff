"""The keys of all owners: made, lent, used, replaced.

Everything that uses a key asks first whether it was lent to the running code (access.py).
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from uuid import UUID

from django.db import transaction

from . import kms
from .access import PLATFORM_OWNER, Access, Grant, current, lend, matching, platform_keys
from .cache import KeyCache, WrappedKey, kms_context
from .enums import KeyState, Purpose
from .envelope import Box, head_of, place_at, place_of
from .errors import CannotOpen, KeyUnavailable, UnknownKey

__all__ = [
    "PLATFORM_OWNER",
    "Access",
    "Grant",
    "Purpose",
    "active_version",
    "create_keys",
    "current",
    "forget",
    "forget_all",
    "lend",
    "mac",
    "matching",
    "open_many",
    "open_sealed",
    "platform_keys",
    "rotate",
    "seal",
    "warm",
]


def _wrapped_keys(owner: UUID) -> list[WrappedKey]:
    from .models import DataKey  # the ring is imported before Django's models are ready

    rows = DataKey.objects.filter(owner=owner).values_list("purpose", "version", "state", "wrapped")
    return [WrappedKey(purpose, version, state, bytes(wrapped)) for purpose, version, state, wrapped in rows]


cache = KeyCache(_wrapped_keys)
forget_all = cache.clear
forget = cache.forget


def create_keys(owner: UUID, purposes: Iterable[str] = tuple(Purpose)) -> None:
    """Make the keys that the owner lacks; may be run again. Call it outside a transaction: it calls the KMS.

    Raises KmsUnavailable.
    """
    from .models import DataKey

    present = set(DataKey.objects.filter(owner=owner).values_list("purpose", flat=True))
    missing = [Purpose(purpose) for purpose in purposes if purpose not in present]
    rows = [DataKey(owner=owner, purpose=name, version=1, wrapped=_wrapped(owner, name, 1)) for name in missing]
    DataKey.objects.bulk_create(rows, ignore_conflicts=True)  # another process may make them at this moment: its win
    forget(owner)


def rotate(owner: UUID, purpose: str) -> int:
    """Make the next version of a key the active one and return its number; the old one still opens.

    Other processes seal with the old one for up to cache.LIFETIME seconds. Raises UnknownKey, KmsUnavailable.
    """
    from .models import DataKey

    newest = DataKey.objects.filter(owner=owner, purpose=purpose).order_by("-version").first()
    if newest is None:
        raise UnknownKey(f"Owner {owner} has no {purpose} key to replace.")
    version = newest.version + 1
    wrapped = _wrapped(owner, purpose, version)
    with transaction.atomic(using=DataKey.objects.db):
        DataKey.objects.filter(owner=owner, purpose=purpose, state=KeyState.ACTIVE).update(state=KeyState.RETIRED)
        DataKey.objects.create(owner=owner, purpose=purpose, version=version, wrapped=wrapped)
    forget(owner)
    return version


def warm(owner: UUID, purposes: Iterable[str] = (Purpose.DATA,)) -> None:
    """Fetch and unwrap the active keys now, so that no KMS call happens inside the transaction that follows.

    Raises UnknownKey, KmsUnavailable, KmsRefused. Lends nothing.
    """
    for purpose in purposes:
        cache.of(owner).key(purpose, cache.active_version(owner, purpose))


def active_version(owner: UUID, purpose: str) -> int:
    """The version that seals now: stored beside tokens and MACs. Raises UnknownKey."""
    return cache.active_version(owner, purpose)


def seal(plaintext: bytes, *, owner: UUID, label: str, row: UUID, purpose: str = Purpose.DATA) -> bytes:
    """The ciphertext of ``plaintext`` for one field of one row. Raises KeyUnavailable, UnknownKey, KmsUnavailable."""
    if not current().may_seal(owner, purpose):
        raise KeyUnavailable(f"No {purpose} key of owner {owner} is lent for sealing {label}.")
    head = head_of(cache.active_version(owner, purpose))
    return cache.box(owner, purpose, label, head).seal(plaintext, place_of(row))


def open_sealed(
    ciphertext: bytes, *, owner: UUID, label: str, row: UUID, purpose: str = Purpose.DATA, subject: UUID | None = None
) -> bytes:
    """The plaintext of what ``seal`` made. ``subject``: whose row it is, where the access is limited to one.

    Raises KeyUnavailable, CannotOpen (KeyDestroyed), KmsUnavailable.
    """
    access = current()
    if not access.may_open(owner, purpose):
        raise KeyUnavailable(f"No {purpose} key of owner {owner} is lent for opening {label}.")
    if access.limit is not None and subject != access.limit:
        raise KeyUnavailable(f"The key is lent for other rows than this one of {label}.")
    try:
        box = cache.box(owner, purpose, label, ciphertext[:5])
    except UnknownKey as error:
        raise CannotOpen(str(error)) from error
    return box.open(ciphertext, place_of(row))


def open_many(
    sealed: Mapping[bytes, bytes], *, owner: UUID, label: str, purpose: str = Purpose.DATA
) -> dict[bytes, bytes]:
    """The plaintexts of one field of many rows of one owner, by row id: ``open_sealed`` with its questions asked once.

    Row ids are the UUIDs' 16 bytes, as ``rows.RowId`` selects them: making UUIDs takes as long as opening. For lists,
    so not for an access that is limited to one person or account. Raises as ``open_sealed`` does.
    """
    access = current()
    if not access.may_open(owner, purpose) or access.limit is not None:
        raise KeyUnavailable(f"No {purpose} key of owner {owner} is lent for opening many rows of {label}.")
    boxes: dict[bytes, Box] = {}
    opened = {}
    for row, ciphertext in sealed.items():
        head = ciphertext[:5]
        box = boxes.get(head)
        if box is None:
            try:
                box = boxes[head] = cache.box(owner, purpose, label, head)
            except UnknownKey as error:
                raise CannotOpen(str(error)) from error
        opened[row] = box.open_body(ciphertext, place_at(row))  # the box was chosen by the head
    return opened


def mac(owner: UUID, purpose: str, message: bytes, *, use: str = "chain", version: int | None = None) -> bytes:
    """HMAC-SHA256 (32 bytes) under a key of its own for each ``use``; ``version`` is the active one unless given.

    A key lent for sealing is enough: who may write the audit trail may chain it. Raises KeyUnavailable, UnknownKey,
    KmsUnavailable.
    """
    access = current()
    if not (access.may_open(owner, purpose) or access.may_seal(owner, purpose)):
        raise KeyUnavailable(f"No {purpose} key of owner {owner} is lent for {use}.")
    key = cache.mac_key(owner, purpose, use, version or cache.active_version(owner, purpose))
    return hmac.digest(key, message, hashlib.sha256)


def _wrapped(owner: UUID, purpose: str, version: int) -> bytes:
    return kms.service().generate(kms_context(owner, purpose, version)).wrapped
