"""Which keys the running code may use: lent for a block, taken back at its end.

Nothing is lent by default. A scope lends what it stands for; an inner block replaces what the outer one had, so the
innermost decides. The loan lives in a ContextVar: other threads and tasks do not see it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Self
from uuid import UUID

from .enums import Purpose
from .errors import KeyUnavailable

PLATFORM_OWNER = UUID(int=1)  # owns the keys of person and identity tables

_NOTHING: frozenset[str] = frozenset()
_EVERYTHING: frozenset[str] = frozenset(Purpose)
_DATA: frozenset[str] = frozenset({Purpose.DATA})
_WRITING: frozenset[str] = frozenset({Purpose.DATA, Purpose.AUDIT})
_OWN: frozenset[str] = frozenset({Purpose.DATA, Purpose.FILE})
_FINDING: frozenset[str] = frozenset({Purpose.DATA, Purpose.INDEX})


@dataclass(frozen=True, slots=True)
class Grant:
    """What may be done with one owner's keys, by purpose. Tokens and MACs need either ``open`` or ``seal``."""

    open: frozenset[str] = _NOTHING
    seal: frozenset[str] = _NOTHING
    match: frozenset[str] = _NOTHING  # opened as well inside ``matching()``


@dataclass(frozen=True, eq=False)
class Access:
    """The keys that are lent, by owner.

    ``person_id`` or ``account_id`` (not both): of the rows of these owners only that person's or account's open. The
    row's attribute of that name is compared, or the one its model names as ``key_subject``. ``pseudonyms``: a field
    whose key is not lent reads as its pseudonym instead of raising KeyUnavailable.
    """

    grants: Mapping[UUID, Grant] = field(default_factory=dict)
    person_id: UUID | None = None
    account_id: UUID | None = None
    pseudonyms: bool = False
    # The same grants by the owner's number: hashing a UUID costs more than the rest of a look-up.
    by_number: dict[int, Grant] = field(init=False, repr=False)
    limit: UUID | None = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.person_id is not None and self.account_id is not None:
            raise ValueError("An access is limited to a person or to an account, not to both.")
        object.__setattr__(self, "by_number", {owner.int: grant for owner, grant in self.grants.items()})
        object.__setattr__(self, "limit", self.person_id or self.account_id)

    @classmethod
    def none(cls) -> Self:
        """No key."""
        return cls()

    @classmethod
    def pseudonymous(cls) -> Self:
        """No key; sealed fields read as pseudonyms."""
        return cls(pseudonyms=True)

    @classmethod
    def owner(cls, owner: UUID) -> Self:
        """All keys of one owner."""
        return cls({owner: Grant(open=_EVERYTHING, seal=_EVERYTHING)})

    @classmethod
    def person(cls, owner: UUID, person_id: UUID) -> Self:
        """One owner's data and file key, which open one person's rows and files only."""
        return cls({owner: Grant(open=_OWN, seal=_OWN | _WRITING)}, person_id=person_id)

    @classmethod
    def account(cls, account_id: UUID) -> Self:
        """The platform's data key, which opens one account's rows only."""
        return cls({PLATFORM_OWNER: Grant(open=_DATA, seal=_WRITING)}, account_id=account_id)

    @classmethod
    def sealing(cls, owner: UUID) -> Self:
        """One owner's data key for writing; it opens, and so do tokens, inside ``matching()`` only."""
        return cls({owner: Grant(seal=_WRITING, match=_FINDING)})

    @classmethod
    def platform(cls) -> Self:
        """The platform's data and index key."""
        return cls({PLATFORM_OWNER: Grant(open=_FINDING, seal=_FINDING)})

    def may_open(self, owner: UUID, purpose: str) -> bool:
        grant = self.by_number.get(owner.int)
        return grant is not None and purpose in grant.open

    def may_seal(self, owner: UUID, purpose: str) -> bool:
        grant = self.by_number.get(owner.int)
        return grant is not None and purpose in grant.seal


NONE = Access.none()
_current: ContextVar[Access] = ContextVar("crypto_access", default=NONE)
current = _current.get


@contextmanager
def lend(access: Access) -> Iterator[Access]:
    """Lend these keys, and no others, to a block."""
    before = _current.get()
    _current.set(access)
    try:
        yield access
    finally:
        _current.set(before)


def platform_keys():
    """Lend the platform's data and index key, and no others, to a short block: signing in, sending a code."""
    return lend(Access.platform())


@contextmanager
def matching() -> Iterator[Access]:
    """Open, for a short block, what a booking otherwise only seals: to find the patient's record.

    Raises KeyUnavailable where the current access grants nothing of the kind.
    """
    access = _current.get()
    if not any(grant.match for grant in access.grants.values()):
        raise KeyUnavailable("Matching is for booking: nothing that is lent here may be opened for it.")
    opened = {owner: replace(grant, open=grant.open | grant.match) for owner, grant in access.grants.items()}
    with lend(replace(access, grants=opened)) as wider:
        yield wider
