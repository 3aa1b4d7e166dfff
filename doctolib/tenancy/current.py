"""Which scope the running code is in (scopes.py enters them)."""

from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID

CLAIMS = ("organisation", "person", "account", "hold")


class ScopeMissing(RuntimeError):
    """Tenant or person rows were asked for outside any scope."""


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


entered: ContextVar[Scope | None] = ContextVar("scope", default=None)


def current_scope() -> Scope | None:
    return entered.get()


def require_scope(*kinds: str) -> Scope:
    """The current scope, of one of these kinds. Raises ScopeMissing."""
    scope = entered.get()
    if scope is None or (kinds and scope.kind not in kinds):
        raise ScopeMissing(f"This needs a scope of {' or '.join(kinds) or 'any kind'}, not {scope and scope.kind}.")
    return scope
