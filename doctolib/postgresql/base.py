"""Django's PostgreSQL connections with what the busy paths need: statements that stay ready, statements that go
with the next one in its message, and a free look at whether a connection is still alive.
"""

import select
import time
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from django.db.backends.utils import debug_transaction
from psycopg.pq import TransactionStatus
from psycopg.pq.abc import PGresult

from . import statements

# Statements that stay ready on a connection: what all roles use together is about a hundred; an INSERT of many rows is
# another one for each number of them, and each takes the server's memory.
MOST_READY = 200


class Asked:
    """A statement that was said and may wait for the next one, to go in its message."""

    def __init__(self, connection: "DatabaseWrapper", bound: statements.Bound, *, alone: bool) -> None:
        self.connection, self.bound, self.alone = connection, bound, alone
        self.result: PGresult | None = None

    def rows(self, *, ends: bool = False) -> list[tuple]:
        """Its rows; it is sent now, if it was not yet. Raises Django's database errors: also those of what waited
        before it, and when it was never run, because the transaction failed or ended without it. ``ends``: it is
        the last of the transaction, which is committed with it, unless it is inside another."""
        with self.connection.wrap_database_errors:
            if self.result is None and self in self.connection.waiting:
                self.connection.send(ends=ends)
            if self.result is None:
                raise psycopg.InternalError("It was not run: the transaction was over before.")
            return self.bound.statement.rows(self.result)


class DatabaseWrapper(base.DatabaseWrapper):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.waiting: list[Asked] = []
        self.is_over = False  # the transaction was committed with its last statement, and Django does not know yet
        self.execute_wrappers.append(self._after_what_waits)

    def is_usable(self) -> bool:
        """Between two requests an idle connection has nothing to say. One that does was closed, or is about to be: a
        server that goes away says so, and so does a proxy. Django asks with a query, on each connection of a request.
        """
        raw = self.connection
        if raw is None or raw.info.transaction_status not in (TransactionStatus.IDLE, TransactionStatus.INTRANS):
            return False
        poll = select.poll()
        poll.register(raw.fileno(), select.POLLIN)
        return not poll.poll(0)

    def get_new_connection(self, conn_params: dict[str, Any]) -> psycopg.Connection:
        # By role, too: policies belong to a plan, so a statement that another role prepared would be planned again.
        self.ready: dict[tuple[str, str], statements.Prepared] = {}  # the one used last at the end
        self.names = count()
        self.waiting.clear()
        self.is_over = False
        return super().get_new_connection(conn_params)

    def ask(
        self, statement: str, parameters: Sequence[Any], *, role: str, binary: bool = False, alone: bool = True
    ) -> Asked:
        """Prepare a statement with $1, $2, … for this role if it is not yet. It is run when its rows are wanted, or
        before the next one, or before the commit; not ``alone``: not at all if the transaction has no other."""
        if not self.health_check_done:  # type: ignore[attr-defined]  # missing in the stubs
            self.close_if_health_check_failed()
        if self.connection is None:
            self.ensure_connection()
        with self.wrap_database_errors:
            asked = Asked(self, self._bind(statement, parameters, role, binary), alone=alone)
        self.waiting.append(asked)
        return asked

    def send(self, *, ends: bool = False) -> None:
        """Run what waits. ``ends``: and commit, unless inside another transaction."""
        waiting, self.waiting = self.waiting, []
        if self.is_over:
            raise psycopg.InternalError("The transaction ended with a statement before.")
        self.is_over = ends and self.in_atomic_block and not self.savepoint_ids
        began = time.monotonic()
        results = statements.run(self.connection, [each.bound for each in waiting], ends=self.is_over)
        for each, result in zip(waiting, results, strict=True):
            each.result = result
        if self.queries_logged:  # counted as Django counts its own
            taken = f"{time.monotonic() - began:.3f}"
            self.queries_log.extend({"sql": each.bound.statement.text.decode(), "time": taken} for each in waiting)

    def _bind(self, statement: str, parameters: Sequence[Any], role: str, binary: bool) -> statements.Bound:
        found = self.ready.pop((role, statement), None)
        if found is None:
            if len(self.ready) >= MOST_READY:
                self.ready.pop(next(iter(self.ready))).forget()
            text = f"/* {role} */ {statement}" if role else statement
            found = statements.Prepared(self.connection, text, name=f"ready_{next(self.names)}")
        self.ready[role, statement] = found
        return found.bind(parameters, binary=binary)

    def _after_what_waits(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        """Around what Django's cursors execute."""
        if self.waiting or self.is_over:
            with self.wrap_database_errors:
                self.send()
        return execute(*arguments)

    def close_if_unusable_or_obsolete(self) -> None:
        """At the beginning and the end of a request, which may have been turned away before it wanted its rows."""
        if not self.in_atomic_block:
            self.waiting.clear()
        super().close_if_unusable_or_obsolete()

    def _commit(self) -> None:
        if self.connection is not None:
            with debug_transaction(self, "COMMIT"), self.wrap_database_errors:
                if any(each.alone for each in self.waiting):
                    self.send()
                self._forget()
                statements.commit(self.connection)

    def rollback(self) -> None:
        self._forget()
        super().rollback()

    def savepoint_rollback(self, sid: str) -> None:
        self.waiting.clear()  # all of it came after the savepoint
        super().savepoint_rollback(sid)

    def _forget(self) -> None:
        self.waiting.clear()
        self.is_over = False
