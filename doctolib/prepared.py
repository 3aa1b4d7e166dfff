"""Statements of the busiest paths, prepared once a connection and without Django's query compiler.

For a look-up by key the compiler takes longer than PostgreSQL does. Everything else stays with the ORM.
"""

import time
from collections.abc import Sequence
from functools import cache
from typing import Any, TypeVar

import psycopg
from django.db import connections, router
from django.db.models import Field, Model

from doctolib.tenancy.current import current_scope

Row = TypeVar("Row", bound=Model)
PREPARE_AFTER = 5  # executions, psycopg's own default; ours are prepared at once


def rows(statement: str, parameters: Sequence[Any] = (), *, using: str, binary: bool = False) -> list[tuple]:
    """Run a statement with parameters $1, $2, … and return its rows. ``binary``: faster, but not for JSON columns.

    Raises Django's database errors.
    """
    connection = connections[using]
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    raw = connection.connection
    if raw.prepare_threshold is None:  # Django switches preparing off; its own cursors never prepare anyway
        raw.prepare_threshold = PREPARE_AFTER
    scope = current_scope()
    if scope is not None and scope.database == using:
        # Policies belong to the plan, so a statement that another role prepared would be planned again.
        statement = f"/* {scope.role} */ {statement}"
    began = time.monotonic()
    with connection.wrap_database_errors:
        cursor = psycopg.RawCursor(raw).execute(statement, parameters, prepare=True, binary=binary)
        found = cursor.fetchall() if cursor.pgresult.nfields else []  # type: ignore[union-attr]
    if connection.queries_logged:
        connection.queries_log.append({"sql": statement, "time": f"{time.monotonic() - began:.3f}"})
    return found


def first(model: type[Row], condition: str, parameters: Sequence[Any]) -> Row | None:
    """The row for which an SQL condition with $1, $2, … is true, or None. The condition is for one row at most, and
    may go on with ORDER BY, LIMIT and FOR UPDATE.
    """
    found = fetch(model, condition, parameters)
    return found[0] if found else None


def fetch(model: type[Row], condition: str, parameters: Sequence[Any]) -> list[Row]:
    """As ``first``, all rows."""
    using = router.db_for_read(model)
    names = [field.attname for field in _fields(model)]
    converters = _converters(model, using)
    made = []
    for row in rows(_select(model, condition), parameters, using=using):
        values = list(row)
        for position, field, steps in converters:
            for convert in steps:
                values[position] = convert(values[position], field.cached_col, connections[using])
        made.append(model.from_db(using, names, values))
    return made


def insert(*new: Model) -> None:
    """INSERT rows of one model in one statement, without RETURNING: who may not read what it writes can still write it.

    What only the database gives (a serial id) stays unknown to the instances.
    """
    model = type(new[0])
    using = router.db_for_write(model)
    connection = connections[using]
    fields = [field for field in _fields(model) if not field.auto_created]
    values = [field.get_db_prep_save(field.pre_save(row, add=True), connection) for row in new for field in fields]
    rows(_insert(model, len(new)), values, using=using)
    for row in new:
        row._state.adding, row._state.db = False, using


@cache
def _fields(model: type[Model]) -> list[Field]:
    return list(model._meta.concrete_fields)


@cache
def _select(model: type[Model], condition: str) -> str:
    columns = ", ".join(f'"{field.column}"' for field in _fields(model))
    return f'SELECT {columns} FROM "{model._meta.db_table}" WHERE {condition}'


@cache
def _insert(model: type[Model], count: int) -> str:
    columns = [f'"{field.column}"' for field in _fields(model) if not field.auto_created]
    numbers = [f"${number + 1}" for number in range(count * len(columns))]
    places = [", ".join(numbers[at : at + len(columns)]) for at in range(0, len(numbers), len(columns))]
    return f'INSERT INTO "{model._meta.db_table}" ({", ".join(columns)}) VALUES ({"), (".join(places)})'


@cache
def _converters(model: type[Model], using: str) -> list[tuple[int, Field, list]]:
    """What turns a column into the attribute's value, where anything must."""
    connection = connections[using]
    found = [
        (position, field, connection.ops.get_db_converters(field.cached_col) + field.get_db_converters(connection))
        for position, field in enumerate(_fields(model))
    ]
    return [each for each in found if each[2]]
