"""Django's PostgreSQL connections with what the busy paths need: statements that stay ready, statements that go ahead
of the next one in its message, and a free look at whether a connection is still alive.
"""

import select
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from django.db.backends.utils import debug_transaction
from psycopg.pq import TransactionStatus

from . import statements

# Statements that stay ready on a connection: what all roles use together is about a hundred; an INSERT of many rows is
# another one for each number of them, and each takes the server's memory.
MOST_READY = 200


class DatabaseWrapper(base.DatabaseWrapper):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._ahead: list[tuple[statements.Bound, bool]] = []  # whether it is run even if nothing comes after it
        self.execute_wrappers.append(self._after_what_goes_ahead)

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
        self._ahead.clear()
        return super().get_new_connection(conn_params)

    def run(self, statement: str, parameters: Sequence[Any], *, role: str, binary: bool) -> list[tuple]:
        """Prepare a statement with $1, $2, … for this role if it is not yet, run it, and return its rows."""
        with self.wrap_database_errors:
            bound = self._bind(statement, parameters, role)
            return statements.run(*self._taken(), bound, binary=binary)

    def run_ahead(self, statement: str, parameters: Sequence[Any], *, role: str, alone: bool = True) -> None:
        """Run a statement before the next one, in the message of that one, which raises what it raises. Not ``alone``:
        not at all when the transaction ends without another."""
        with self.wrap_database_errors:
            self._ahead.append((self._bind(statement, parameters, role), alone))

    def _bind(self, statement: str, parameters: Sequence[Any], role: str) -> statements.Bound:
        found = self.ready.pop((role, statement), None)
        if found is None:
            if len(self.ready) >= MOST_READY:
                self.ready.pop(next(iter(self.ready))).forget()
            text = f"/* {role} */ {statement}" if role else statement
            found = statements.Prepared(self.connection, text, name=f"ready_{next(self.names)}")
        self.ready[role, statement] = found
        return found.bind(parameters)

    def _taken(self) -> list[statements.Bound]:
        taken = [bound for bound, _alone in self._ahead]
        self._ahead.clear()
        return taken

    def _after_what_goes_ahead(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        """Around what Django's cursors execute."""
        if self._ahead:
            with self.wrap_database_errors:
                statements.run(*self._taken())
        return execute(*arguments)

    def _commit(self) -> None:
        if self.connection is not None:
            with debug_transaction(self, "COMMIT"), self.wrap_database_errors:
                if any(alone for _bound, alone in self._ahead):
                    statements.run(*self._taken())
                self._ahead.clear()
                statements.commit(self.connection)

    def rollback(self) -> None:
        self._ahead.clear()
        super().rollback()

    def savepoint_rollback(self, sid: str) -> None:
        self._ahead.clear()  # all of it came after the savepoint
        super().savepoint_rollback(sid)
