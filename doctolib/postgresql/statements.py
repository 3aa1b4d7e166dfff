"""Statements run through libpq's own blocking calls.

A psycopg cursor waits for an answer with a generator and two system calls more; for a look-up by key that costs as much
as the look-up. Values are adapted and errors named by psycopg as everywhere else.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg import errors
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import DiagnosticField, Escaping, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGresult

GOOD = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)


class Prepared:
    """A statement with $1, $2, … that stays ready on one connection, under a name that is unique there."""

    def __init__(self, connection: psycopg.Connection, text: str, *, name: str) -> None:
        self.connection, self.text, self.name = connection, text.encode(), name
        self.adapt = Transformer(connection)
        self.names: dict[tuple[int, ...], bytes] = {}  # by the types of the values

    def run(self, parameters: Sequence[Any], *, binary: bool) -> list[tuple]:
        """Its rows; none of a statement that has none. Raises psycopg's errors."""
        adapt = self.adapt
        values = adapt.dump_sequence(parameters, [PyFormat.AUTO] * len(parameters))
        begin_if_due(self.connection)
        name = self.names.get(adapt.types or ()) or self._prepare(adapt.types or ())
        result = checked(self.connection.pgconn.exec_prepared(name, values, adapt.formats, binary))
        adapt.set_pgresult(result)
        return adapt.load_rows(0, result.ntuples, tuple)

    def forget(self) -> None:
        """Take it off the server again."""
        for name in self.names.values():
            checked(self.connection.pgconn.exec_(b"DEALLOCATE " + name))
        self.names.clear()

    def _prepare(self, types: tuple[int, ...]) -> bytes:
        name = f"{self.name}_{len(self.names)}".encode()
        checked(self.connection.pgconn.prepare(name, self.text, types))
        self.names[types] = name
        return name


def begin_if_due(connection: psycopg.Connection) -> None:
    """Begin a transaction where Django has switched autocommit off and nothing was said since."""
    if _is_due(connection):
        checked(connection.pgconn.exec_(b"BEGIN"))


def commit(connection: psycopg.Connection) -> None:
    """Commit, if there is a transaction. Raises what deferred constraints say."""
    if connection.pgconn.transaction_status != TransactionStatus.IDLE:
        checked(connection.pgconn.exec_(b"COMMIT"))


def set_locally(connection: psycopg.Connection, values: Mapping[str, str]) -> None:
    """Set settings until the end of the transaction, which begins with the same message if it is due."""
    quote = Escaping(connection.pgconn).escape_literal
    begin = [b"BEGIN"] if _is_due(connection) else []
    # SET is not planned and answers with nothing: a third less than SELECT set_config(…), …
    settings = [b"SET LOCAL %s TO %s" % (name.encode(), bytes(quote(value.encode()))) for name, value in values.items()]
    checked(connection.pgconn.exec_(b"; ".join(begin + settings)))


def checked(result: PGresult) -> PGresult:
    """The result itself. Raises the error it tells of, as psycopg's cursors do."""
    if result.status not in GOOD:
        if result.error_field(DiagnosticField.SQLSTATE) is None:  # the server said nothing: it is gone
            raise errors.OperationalError(result.get_error_message())
        raise errors.error_from_result(result)
    return result


def _is_due(connection: psycopg.Connection) -> bool:
    return not connection.autocommit and connection.pgconn.transaction_status == TransactionStatus.IDLE
