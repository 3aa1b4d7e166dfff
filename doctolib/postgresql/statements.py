"""Statements run through libpq's own calls, and what can go with them in one message.

A psycopg cursor waits for an answer with a generator and two system calls more; for a look-up by key that costs as much
as the look-up. Values are adapted and errors named by psycopg as everywhere else.
"""

import select
from collections.abc import Sequence
from typing import Any, NamedTuple

import psycopg
from psycopg import errors
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import DiagnosticField, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult

GOOD = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)


class Prepared:
    """A statement with $1, $2, … that stays ready on one connection, under a name that is unique there."""

    def __init__(self, connection: psycopg.Connection, text: str, *, name: str) -> None:
        self.connection, self.text, self.name = connection, text.encode(), name
        self.adapt = Transformer(connection)
        self.names: dict[tuple[int, ...], bytes] = {}  # by the types of the values

    def bind(self, parameters: Sequence[Any], *, binary: bool) -> "Bound":
        values = self.adapt.dump_sequence(parameters, [PyFormat.AUTO] * len(parameters))
        return Bound(self, self.adapt.types or (), values, self.adapt.formats, binary)

    def rows(self, result: PGresult) -> list[tuple]:
        self.adapt.set_pgresult(result)
        return self.adapt.load_rows(0, result.ntuples, tuple)

    def prepare(self, types: tuple[int, ...]) -> bytes:
        """Make it ready for values of these types; its name."""
        name = f"{self.name}_{len(self.names)}".encode()
        checked(self.connection.pgconn.prepare(name, self.text, types))
        self.names[types] = name
        return name

    def forget(self) -> None:
        """Take it off the server again."""
        for name in self.names.values():
            checked(self.connection.pgconn.exec_(b"DEALLOCATE " + name))
        self.names.clear()


class Bound(NamedTuple):
    """A statement with the values that it will be run with, and whether its rows come in binary."""

    statement: Prepared
    types: tuple[int, ...]
    values: Sequence[Any]
    formats: Sequence[Any] | None
    binary: bool


def run(connection: psycopg.Connection, bound: Sequence[Bound], *, ends: bool = False) -> list[PGresult]:
    """Run statements in this order; the answer of each. Raises psycopg's errors: after the first none is run.

    Begins a transaction where Django has switched autocommit off and nothing was said since. ``ends``: commits it after
    the last. All goes in one message when each is ready.
    """
    is_due = not connection.autocommit and connection.pgconn.transaction_status == TransactionStatus.IDLE
    names = [each.statement.names.get(each.types) for each in bound]
    if (is_due or ends or len(bound) > 1) and all(names):
        return _in_one_message(connection, bound, is_due=is_due, ends=ends)
    if is_due:
        checked(connection.pgconn.exec_(b"BEGIN"))
    results = []
    for name, (statement, types, values, formats, binary) in zip(names, bound, strict=True):
        ready = name or statement.names.get(types) or statement.prepare(types)
        results.append(checked(connection.pgconn.exec_prepared(ready, values, formats, binary)))
    if ends:
        commit(connection)
    return results


def commit(connection: psycopg.Connection) -> None:
    """Commit, if there is a transaction. Raises what deferred constraints say."""
    if connection.pgconn.transaction_status != TransactionStatus.IDLE:
        checked(connection.pgconn.exec_(b"COMMIT"))


def checked(result: PGresult) -> PGresult:
    """The result itself. Raises the error it tells of, as psycopg's cursors do."""
    if result.status not in GOOD:
        if result.error_field(DiagnosticField.SQLSTATE) is None:  # the server said nothing: it is gone
            raise errors.OperationalError(result.get_error_message())
        raise errors.error_from_result(result)
    return result


def _in_one_message(
    connection: psycopg.Connection, bound: Sequence[Bound], *, is_due: bool, ends: bool
) -> list[PGresult]:
    """One message more costs as much as a look-up by key, at both ends."""
    pgconn = connection.pgconn
    pgconn.enter_pipeline_mode()
    try:
        if is_due:
            pgconn.send_query_params(b"BEGIN", None)
        for statement, types, values, formats, binary in bound:
            pgconn.send_query_prepared(statement.names[types], values, formats, binary)
        if ends:
            pgconn.send_query_params(b"COMMIT", None)
        pgconn.pipeline_sync()
        results = _answers(pgconn)
    except BaseException:  # a task's time limit, say: what comes now would be taken for the answer to something else
        pgconn.finish()
        raise
    pgconn.exit_pipeline_mode()
    for result in results:
        checked(result)
    return results[is_due : is_due + len(bound)]


def _answers(pgconn: PGconn) -> list[PGresult]:
    """What comes until PostgreSQL has said that this was all. Other threads go on meanwhile: waiting inside
    ``get_result`` would not let them."""
    poll = select.poll()
    poll.register(pgconn.socket, select.POLLIN)
    found: list[PGresult] = []
    ended = False  # the results of one statement end with None
    while True:
        while pgconn.is_busy():
            poll.poll()
            pgconn.consume_input()
        result = pgconn.get_result()
        if result is None:
            if ended:
                raise errors.OperationalError(pgconn.get_error_message())
            ended = True
        elif result.status == ExecStatus.PIPELINE_SYNC:
            return found
        else:
            found.append(result)
            ended = False
