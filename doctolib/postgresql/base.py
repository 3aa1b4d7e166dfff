"""Django's PostgreSQL connections with what the busy paths need: statements that stay ready, and a free look at whether
a connection is still alive.
"""

import select
from collections.abc import Sequence
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg.pq import TransactionStatus

PREPARE_AFTER = 5  # executions, psycopg's own default; ours are prepared at once


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
        raw = super().get_new_connection(conn_params)
        raw.prepare_threshold = PREPARE_AFTER  # Django switches preparing off; its own cursors never prepare anyway
        # One cursor a statement and role: it keeps how values travel. Policies belong to a plan, so a statement that
        # another role prepared would be planned again.
        self.ready: dict[tuple[str, str], tuple[psycopg.RawCursor, str]] = {}
        return raw

    def run(self, statement: str, parameters: Sequence[Any], *, role: str, binary: bool) -> list[tuple]:
        """Prepare a statement with $1, $2, … for this role if it is not yet, run it, and return its rows."""
        found = self.ready.get((role, statement))
        if found is None:
            text = f"/* {role} */ {statement}" if role else statement
            found = self.ready[role, statement] = psycopg.RawCursor(self.connection), text
        cursor, text = found
        with self.wrap_database_errors:
            cursor.execute(text, parameters, prepare=True, binary=binary)
            return cursor.fetchall() if cursor.pgresult.nfields else []  # type: ignore[union-attr]
