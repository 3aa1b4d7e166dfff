"""A clinic with a trail, and the means of somebody who owns its database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connections

from accounts.models import Organisation
from doctolib import audit
from doctolib.audit.models import AuditEvent
from doctolib.tenancy.scopes import organisation_scope
from tests import factories


@pytest.fixture
def clinic(db: None) -> Organisation:
    return factories.organisation()


@pytest.fixture
def recorded(clinic: Organisation) -> Callable[..., list[AuditEvent]]:
    """Record events at a clinic, the first one unless said otherwise; they are given back in the order of the chain."""

    def record(*actions: str, at: Organisation = clinic, **options: Any) -> list[AuditEvent]:
        with organisation_scope(at, actor="professional:1"):
            for action in actions:
                audit.record(action, at, **options)
            return list(AuditEvent.objects.filter(action__in=actions).order_by("at", "pk"))

    return record


@pytest.fixture
def tamper() -> Callable[..., None]:
    """Run SQL as the owner of the tables, who may switch triggers and row-level security off."""

    @contextmanager
    def unprotected(cursor: Any) -> Iterator[None]:
        for table in ("audit_auditevent", "audit_auditseal"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER append_only, DISABLE ROW LEVEL SECURITY")
        yield
        for table in ("audit_auditevent", "audit_auditseal"):
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER append_only, ENABLE ROW LEVEL SECURITY")

    def run(sql: str, parameters: Any = (), *, alias: str = "owner") -> None:
        with connections[alias].cursor() as cursor, unprotected(cursor):
            cursor.execute(sql, parameters)
            assert cursor.rowcount != 0, "nothing was tampered with"

    return run
