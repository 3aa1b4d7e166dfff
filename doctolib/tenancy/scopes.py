"""Scopes: one transaction in which one organisation's (or one person's) rows may be seen, and nothing else.

A scope is a database role, signed tokens for the policies of that role, a database, and the keys that are lent
meanwhile. Leaving a scope, nested or not, restores what was before.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Protocol
from uuid import UUID

from django.db import connections, transaction

from crypto import keyring
from doctolib import prepared

from .current import CLAIMS, Scope, ScopeMissing, current_scope, entered, require_scope
from .tokens import scope_token

__all__ = [
    "Scope",
    "ScopeMissing",
    "Tenant",
    "booking_scope",
    "current_scope",
    "dispatcher_scope",
    "enter",
    "organisation_scope",
    "patient_scope",
    "person_scope",
    "require_scope",
    "support_scope",
    "visitor_scope",
    "wait_for_disk",
]

POOL = "pool"
PLANS = {"plan_cache_mode": "force_generic_plan", "jit": "off"}
NOT_WAITING = {"synchronous_commit": "off"}


class Tenant(Protocol):
    """What a scope needs of an organisation: its id and the alias of the database it lives in."""

    @property
    def id(self) -> UUID: ...
    @property
    def database(self) -> str: ...


@contextmanager
def enter(scope: Scope, access: keyring.Access, *, durable: bool = True) -> Iterator[Scope]:
    """Run a block as this scope, in one transaction of its database, with these keys lent.

    Not ``durable``: what it writes may be lost if the server crashes within the next second, whole and never in part;
    the commit does not wait for the disk. Inside another scope that one's wish counts.
    """
    outer = entered.get()
    connection = connections[scope.database]
    nested = connection.in_atomic_block  # in another scope, or in a test's transaction
    with transaction.atomic(using=scope.database, durable=False):
        _assume(scope, scope.database, {} if durable or nested else NOT_WAITING)
        reset = entered.set(scope)
        try:
            with keyring.lend(access):
                yield scope
        finally:
            entered.reset(reset)
        # A released savepoint keeps the inner settings (a rolled back one restores them by itself), so put the outer
        # ones back by hand. At the end of a transaction they go by themselves.
        if nested and connection.in_atomic_block and not connection.needs_rollback:
            _assume(outer if outer and outer.database == scope.database else None, scope.database)


def wait_for_disk() -> None:
    """From here on this transaction is durable after all."""
    prepared.rows("SET LOCAL synchronous_commit TO DEFAULT", using=require_scope().database)


def _assume(scope: Scope | None, database: str, besides: Mapping[str, str] = MappingProxyType({})) -> None:
    claims = scope.claims() if scope else {}
    role = scope.role if scope else "none"
    tokens = {
        f"sec.{kind}": scope_token(role=role, kind=kind, id=claims[kind]) if kind in claims else "" for kind in CLAIMS
    }
    # The setting "role" is SET LOCAL ROLE: one round trip for all.
    prepared.set_locally({"role": role, **tokens, **PLANS, **besides}, using=database)


def organisation_scope(organisation: Tenant, *, actor: str = ""):
    """All rows and keys of one organisation: its staff, its tasks. ``actor`` is named in audit rows."""
    scope = Scope("organisation", organisation.database, organisation.id, actor=actor)
    return enter(scope, keyring.Access.owner(organisation.id))


def patient_scope(organisation: Tenant, person_id: UUID, *, actor: str = ""):
    """One person's rows at one organisation, and its keys for just these rows."""
    scope = Scope("patient", organisation.database, organisation.id, person_id=person_id, actor=actor)
    return enter(scope, keyring.Access.person(organisation.id, person_id))


def booking_scope(
    organisation: Tenant, hold_id: UUID, *, person_id: UUID | None = None, actor: str = "", durable: bool = True
):
    """One hold at one organisation. The keys seal only; matching a patient opens them for a moment."""
    scope = Scope("booking", organisation.database, organisation.id, hold_id=hold_id, person_id=person_id, actor=actor)
    return enter(scope, keyring.Access.sealing(organisation.id), durable=durable)


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
