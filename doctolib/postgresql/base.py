"""Django's PostgreSQL connections with what the busy paths need: statements that stay ready, and a free look at whether
a connection is still alive.
"""

import select
from collections.abc import Mapping, Sequence
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
        return super().get_new_connection(conn_params)

    def run(self, statement: str, parameters: Sequence[Any], *, role: str, binary: bool) -> list[tuple]:
        """Prepare a statement with $1, $2, … for this role if it is not yet, run it, and return its rows."""
        with self.wrap_database_errors:
            found = self.ready.pop((role, statement), None)
            if found is None:
                if len(self.ready) >= MOST_READY:
                    self.ready.pop(next(iter(self.ready))).forget()
                text = f"/* {role} */ {statement}" if role else statement
                found = statements.Prepared(self.connection, text, name=f"ready_{next(self.names)}")
            self.ready[role, statement] = found
            return found.run(parameters, binary=binary)

    def set_locally(self, values: Mapping[str, str]) -> None:
        """Set PostgreSQL's settings until the end of the transaction."""
        with self.wrap_database_errors:
            statements.set_locally(self.connection, values)

    def _commit(self) -> None:
        if self.connection is not None:
            with debug_transaction(self, "COMMIT"), self.wrap_database_errors:
                statements.commit(self.connection)
