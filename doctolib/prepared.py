"""Statements of the busiest paths, prepared once a connection and without Django's query compiler.

For a look-up by key the compiler takes longer than PostgreSQL does. Everything else stays with the ORM.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from itertools import count, groupby
from typing import Any, Generic, TypeVar, cast

from django.db import connections, router
from django.db.models import Field, ForeignKey, Model
from django.db.models.base import ModelState

from doctolib.postgresql.base import Asked, DatabaseWrapper
from doctolib.tenancy.current import current_scope

Row = TypeVar("Row", bound=Model)
TEXT_ONLY = ("jsonb", "inet", "cidr")  # Django tells psycopg to read these its own way, from text only


def rows(
    statement: str, parameters: Sequence[Any] = (), *, using: str, binary: bool = False, ends: bool = False
) -> list[tuple]:
    """Run a statement with parameters $1, $2, … and return its rows. ``binary``: faster, but not for JSON columns.
    ``ends``: nothing follows it in its scope, whose transaction is committed in the same message.

    Raises Django's database errors.
    """
    return ask(statement, parameters, using=using, binary=binary).rows(ends=ends)


def ask(statement: str, parameters: Sequence[Any] = (), *, using: str, binary: bool = False) -> Asked:
    """As ``rows``, which waits to be sent with the next one: a message to PostgreSQL costs as much as a look-up.

    Its rows are had by ``rows()`` of what comes back. If nobody wants them, it is run before the commit.
    """
    return _connection(using).ask(statement, parameters, role=_role(using), binary=binary)


def set_locally(values: Mapping[str, str], *, using: str) -> None:
    """Set PostgreSQL's settings until the end of the transaction, with its next statement."""
    _connection(using).ask(_setting(tuple(values)), list(values.values()), role="", alone=False)


def _connection(using: str) -> DatabaseWrapper:
    return cast(DatabaseWrapper, connections[using])


@cache
def _setting(names: tuple[str, ...]) -> str:
    calls = [f"set_config('{name}', ${number}, true)" for number, name in enumerate(names, 1)]
    return f"SELECT {', '.join(calls)}"


def _role(using: str) -> str:
    scope = current_scope()
    return scope.role if scope is not None and scope.database == using else ""


def first(
    model: type[Row], condition: str, parameters: Sequence[Any], *, ends: bool = False, **options: Any
) -> Row | None:
    """The row for which an SQL condition with $1, $2, … is true, or None. The condition is for one row at most, and
    may go on with ORDER BY, LIMIT and FOR UPDATE. ``options`` as of ``ask_for``, ``ends`` as of ``rows``.
    """
    return ask_for(model, condition, parameters, **options).first(ends=ends)


def fetch(
    model: type[Row], condition: str, parameters: Sequence[Any], *, ends: bool = False, **options: Any
) -> list[Row]:
    """As ``first``, all rows."""
    return ask_for(model, condition, parameters, **options).all(ends=ends)


def ask_for(
    model: type[Row],
    condition: str,
    parameters: Sequence[Any],
    *,
    related: str = "",
    besides: str = "",
    told: tuple[tuple[str, str], ...] = (),
) -> "AskedFor[Row]":
    """As ``first`` and ``fetch``, which waits to be sent with the next statement (``ask``).

    ``related``: a foreign key whose row comes along, as with Django's select_related (None where there is none);
    the condition then calls the tables ``this`` and ``that``. ``besides``: what the same statement writes, with the
    same parameters. ``told``: further attributes of a row and their SQL, as Django's annotate.
    """
    using = router.db_for_read(model)
    other = _target(model, related) if related else None
    statement, binary = _select(model, condition, related, besides, told), _is_binary(model, other, using)
    asked = ask(statement, parameters, using=using, binary=binary)
    return AskedFor(asked, model, related, other, tuple(name for name, _sql in told))


@dataclass(frozen=True, slots=True)
class AskedFor(Generic[Row]):
    """Rows of a model that were asked for."""

    asked: Asked
    model: type[Row]
    related: str
    other: type[Model] | None
    told: tuple[str, ...]

    def first(self, *, ends: bool = False) -> Row | None:
        found = self.asked.rows(ends=ends)
        return self._made(found[0]) if found else None

    def all(self, *, ends: bool = False) -> list[Row]:
        return [self._made(row) for row in self.asked.rows(ends=ends)]

    def _made(self, row: tuple) -> Row:
        connection, begin = self.asked.connection, len(self.told)
        end = begin + len(_fields(self.model))
        instance = _made(self.model, row[begin:end], connection)
        if self.other:
            setattr(instance, self.related, _made(self.other, row[end:], connection) if any(row[end:]) else None)
        for name, value in zip(self.told, row, strict=False):
            setattr(instance, name, value)
        return instance


def _made(model: type[Row], row: Sequence[Any], connection: DatabaseWrapper) -> Row:
    values = list(row)
    for position, field, steps in _converters(model, connection.alias):
        for convert in steps:
            values[position] = convert(values[position], field.cached_col, connection)
    # As Django's from_db, which sets one attribute after the other and asks each whether it is deferred.
    instance = model.__new__(model)
    instance._state = ModelState()
    instance._state.adding, instance._state.db = False, connection.alias
    instance.__dict__.update(zip(_names(model), values, strict=True))
    return instance


_waiting: ContextVar[list[Model] | None] = ContextVar("rows that wait to be inserted", default=None)


@contextmanager
def together(
    besides: Sequence[str] = (), parameters: Sequence[Any] = (), *, ends: bool = False
) -> Iterator[list[tuple]]:
    """Rows that are inserted in this block are written in one statement at its end. ``ends`` as of ``rows``.

    ``besides``: what that statement changes as well, with parameters $1, $2, …; none of them sees what the others do.
    The list is empty until the end, and then has the rows that the last of them returns.
    """
    if _waiting.get() is not None:  # in another such block
        assert not besides
        yield []
        return
    reset = _waiting.set([])
    returned: list[tuple] = []
    try:
        yield returned
        new = _waiting.get()
    finally:
        _waiting.reset(reset)
    if new:
        returned += _insert(new, tuple(besides), parameters, ends=ends)


def insert(*new: Model) -> None:
    """INSERT rows in one statement, without RETURNING: who may not read what it writes can still write it.

    What only the database gives (a serial id) stays unknown to the instances. Foreign keys are looked at when all rows
    are there.
    """
    waiting = _waiting.get()
    if waiting is not None:
        waiting.extend(new)
    else:
        _insert(new)


def _insert(
    new: Sequence[Model], besides: tuple[str, ...] = (), parameters: Sequence[Any] = (), *, ends: bool = False
) -> list[tuple]:
    using = router.db_for_write(type(new[0]))
    connection = connections[using]
    values = [
        field.get_db_prep_save(field.pre_save(row, add=True), connection)
        for row in new
        for field in _written(type(row))
    ]
    kinds = tuple((model, len(list(same))) for model, same in groupby(new, type))
    statement = _inserting(kinds, besides, len(parameters))
    returned = rows(statement, [*parameters, *values], using=using, ends=ends)
    for row in new:
        row._state.adding, row._state.db = False, using
    return returned


@cache
def _is_binary(model: type[Model], other: type[Model] | None, using: str) -> bool:
    """Whether all columns can come as PostgreSQL keeps them, which is quicker to read than text."""
    fields = [*_fields(model), *(_fields(other) if other else ())]
    return not any(field.db_type(connections[using]) in TEXT_ONLY for field in fields)


@cache
def _fields(model: type[Model]) -> list[Field]:
    return list(model._meta.concrete_fields)


@cache
def _names(model: type[Model]) -> list[str]:
    return [field.attname for field in _fields(model)]


@cache
def _written(model: type[Model]) -> list[Field]:
    return [field for field in _fields(model) if not field.auto_created]


def _target(model: type[Model], related: str) -> type[Model]:
    return model._meta.get_field(related).related_model  # type: ignore[return-value]


@cache
def _select(model: type[Model], condition: str, related: str, besides: str, told: tuple[tuple[str, str], ...]) -> str:
    tables = f'"{model._meta.db_table}" AS this'
    columns = ", ".join([*(sql for _name, sql in told), _columns(model, "this")])
    if related:
        other, key = _target(model, related), cast(ForeignKey, model._meta.get_field(related))
        kind = "LEFT JOIN" if key.null else "JOIN"
        tables += f' {kind} "{other._meta.db_table}" AS that ON that."{other._meta.pk.column}" = this."{key.column}"'
        columns += ", " + _columns(other, "that")
    written = f"WITH besides AS ({besides}) " if besides else ""
    return f"{written}SELECT {columns} FROM {tables} WHERE {condition}"


def _columns(model: type[Model], table: str) -> str:
    return ", ".join(f'{table}."{field.column}"' for field in _fields(model))


@cache
def _inserting(kinds: tuple[tuple[type[Model], int], ...], besides: tuple[str, ...], first: int) -> str:
    """One INSERT for each model and number of rows, with values after ``first`` parameters; all but the last statement
    are WITH queries of the last."""
    statements, numbers = [], count(first + 1)
    for model, amount in kinds:
        columns = [f'"{field.column}"' for field in _written(model)]
        places = [f"({', '.join(f'${next(numbers)}' for _ in columns)})" for _ in range(amount)]
        statements.append(f'INSERT INTO "{model._meta.db_table}" ({", ".join(columns)}) VALUES {", ".join(places)}')
    *before, last = [*statements, *besides]
    named = ", ".join(f"part_{number} AS ({statement})" for number, statement in enumerate(before))
    return f"WITH {named} {last}" if named else last


@cache
def _converters(model: type[Model], using: str) -> list[tuple[int, Field, list]]:
    """What turns a column into the attribute's value, where anything must."""
    connection = connections[using]
    found = [
        (position, field, connection.ops.get_db_converters(field.cached_col) + field.get_db_converters(connection))
        for position, field in enumerate(_fields(model))
    ]
    return [each for each in found if each[2]]
