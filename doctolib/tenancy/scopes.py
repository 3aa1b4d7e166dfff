"""Scopes: one transaction in which one organisation's (or one person's) rows may be seen, and nothing else.

A scope is a database role, signed tokens for the policies of that role, a database, and the keys that are lent
meanwhile. Leaving a scope, nested or not, restores what was before.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from django.db import connections, transaction

from crypto import keyring

from .tokens import scope_token

POOL = "pool"
CLAIMS = ("organisation", "person", "account", "hold")


class ScopeMissing(RuntimeError):
    """Tenant or person rows were asked for outside any scope."""


class Tenant(Protocol):
    """What a scope needs of an organisation: its id and the alias of the database it lives in."""

    @property
    def id(self) -> UUID: ...
    @property
    def database(self) -> str: ...


@dataclass(frozen=True)
class Scope:
    kind: str
    database: str
    organisation_id: UUID | None = None
    person_id: UUID | None = None
    account_id: UUID | None = None
    hold_id: UUID | None = None
    actor: str = ""

    @property
    def role(self) -> str:
        return f"scope_{self.kind}"

    def claims(self) -> dict[str, UUID]:
        """What the policies may ask for, by kind."""
        found = {kind: getattr(self, f"{kind}_id") for kind in CLAIMS}
        return {kind: value for kind, value in found.items() if value is not None}


_current: ContextVar[Scope | None] = ContextVar("scope", default=None)


def current_scope() -> Scope | None:
    return _current.get()


def require_scope(*kinds: str) -> Scope:
    """The current scope, of one of these kinds. Raises ScopeMissing."""
    scope = _current.get()
    if scope is None or (kinds and scope.kind not in kinds):
        raise ScopeMissing(f"This needs a scope of {' or '.join(kinds) or 'any kind'}, not {scope and scope.kind}.")
    return scope


@contextmanager
def enter(scope: Scope, access: keyring.Access) -> Iterator[Scope]:
    """Run a block as this scope, in one transaction of its database, with these keys lent."""
    outer = _current.get()
    with transaction.atomic(using=scope.database, durable=False):
        _assume(scope)
        reset = _current.set(scope)
        try:
            with keyring.lend(access):
                yield scope
        finally:
            _current.reset(reset)
        # A released savepoint keeps the inner settings (a rolled back one restores them by itself), so put the outer
        # ones back by hand. Without an outer scope on this database the transaction may still go on in a test.
        if connections[scope.database].in_atomic_block and not connections[scope.database].needs_rollback:
            _assume(outer if outer and outer.database == scope.database else None, database=scope.database)


def _assume(scope: Scope | None, *, database: str | None = None) -> None:
    claims = scope.claims() if scope else {}
    role = scope.role if scope else "none"
    tokens = [scope_token(role=role, kind=kind, id=claims[kind]) if kind in claims else "" for kind in CLAIMS]
    with connections[database or scope.database].cursor() as cursor:  # type: ignore[union-attr]
        # set_config('role', …, true) is SET LOCAL ROLE as an expression: one round trip for all.
        cursor.execute(
            "SELECT set_config('role', %s, true), set_config('sec.organisation', %s, true),"
            " set_config('sec.person', %s, true), set_config('sec.account', %s, true),"
            " set_config('sec.hold', %s, true)",
            [role, *tokens],
        )


def organisation_scope(organisation: Tenant, *, actor: str = ""):
    """All rows and keys of one organisation: its staff, its tasks. ``actor`` is named in audit rows."""
    scope = Scope("organisation", organisation.database, organisation.id, actor=actor)
    return enter(scope, keyring.Access.owner(organisation.id))


def patient_scope(organisation: Tenant, person_id: UUID, *, actor: str = ""):
    """One person's rows at one organisation, and its keys for just these rows."""
    scope = Scope("patient", organisation.database, organisation.id, person_id=person_id, actor=actor)
    return enter(scope, keyring.Access.person(organisation.id, person_id))


def booking_scope(organisation: Tenant, hold_id: UUID, *, person_id: UUID | None = None, actor: str = ""):
    """One hold at one organisation. The keys seal only; matching a patient opens them for a moment."""
    scope = Scope("booking", organisation.database, organisation.id, hold_id=hold_id, person_id=person_id, actor=actor)
    return enter(scope, keyring.Access.sealing(organisation.id))


def visitor_scope(organisation: Tenant):
    """What anybody may see of an organisation: its public set-up and when it is busy. No keys."""
    return enter(Scope("visitor", organisation.database, organisation.id), keyring.Access.none())


def person_scope(account_id: UUID, *, actor: str = ""):
    """One patient account's own rows: its persons, links, choices."""
    return enter(Scope("person", POOL, account_id=account_id, actor=actor), keyring.Access.account(account_id))


def support_scope(organisation: Tenant, *, actor: str = ""):
    """An organisation's rows without its keys: encrypted fields read as pseudonyms."""
    scope = Scope("support", organisation.database, organisation.id, actor=actor)
    return enter(scope, keyring.Access.pseudonymous())


def dispatcher_scope(database: str):
    """The outbox queues of all organisations in one database; no payloads, no keys."""
    return enter(Scope("dispatcher", database), keyring.Access.none())
