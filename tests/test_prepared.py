"""Statements through libpq's own calls: values, errors and transactions are those of Django's cursors."""

import signal
import threading
import time
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest
from django.core.signals import request_finished
from django.db import (
    DataError,
    IntegrityError,
    InternalError,
    OperationalError,
    ProgrammingError,
    connections,
    transaction,
)
from django.test.utils import CaptureQueriesContext
from psycopg import errors
from psycopg.types.numeric import Int8

from accounts.models import Unit
from appointments.models import VisitReason
from doctolib import prepared
from doctolib.tenancy.scopes import organisation_scope, visitor_scope
from tests import databases, factories

pytestmark = pytest.mark.django_db

VALUES = [
    ("bigint", Int8(2**40)),
    ("text", "Müller 😀 'quoted' \\ back"),
    ("bytea", bytes(range(256))),
    ("uuid", uuid4()),
    ("date", date(2026, 11, 26)),
    ("timestamptz", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
    ("interval", timedelta(days=1, microseconds=1)),
    ("bool", True),
    ("bigint[]", [Int8(1), Int8(2)]),
    ("text[]", []),
    ("text", None),
]


@pytest.mark.parametrize("binary", [False, True], ids=["text", "binary"])
@pytest.mark.parametrize(("kind", "value"), VALUES, ids=lambda each: each if isinstance(each, str) else "")
def test_a_value_comes_back_as_it_went(kind, value, binary):
    for _ in range(2):  # prepared, then ready
        assert prepared.rows(f"SELECT $1::{kind}", [value], using="pool", binary=binary) == [(value,)]


def test_one_statement_takes_values_of_other_types():
    statement = "SELECT $1::text"

    found = [prepared.rows(statement, [value], using="pool") for value in ("5", None, "6")]

    assert found == [[("5",)], [(None,)], [("6",)]]


def test_a_statement_without_rows_has_none():
    assert prepared.rows("SET LOCAL lock_timeout = '1s'", using="pool") == []
    assert prepared.rows("SELECT 1 WHERE false", using="pool") == []


def test_a_connection_keeps_a_bounded_number_of_statements(monkeypatch):
    connection = connections["pool"]
    monkeypatch.setattr("doctolib.postgresql.base.MOST_READY", 3)
    prepared.rows("SELECT 1", using="pool")
    for _ in range(len(connection.ready)):  # down to the bound
        connection.ready.pop(next(iter(connection.ready))).forget()

    for number in (1, 2, 3, 1, 4, 5, 1):  # what is used again stays
        assert prepared.rows(f"SELECT {number}", using="pool") == [(number,)]

    assert [statement for _role, statement in connection.ready] == ["SELECT 4", "SELECT 5", "SELECT 1"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements WHERE name LIKE 'ready%'")
        assert {text for (text,) in cursor.fetchall()} == {"SELECT 4", "SELECT 5", "SELECT 1"}


def test_an_error_is_django_s_and_tells_its_state():
    with pytest.raises(ProgrammingError) as told, transaction.atomic(using="pool"):
        prepared.rows("SELECT * FROM no_such_table", using="pool")

    assert isinstance(told.value.__cause__, errors.UndefinedTable)
    assert told.value.__cause__.sqlstate == "42P01"
    assert prepared.rows("SELECT 1", using="pool") == [(1,)]


@pytest.mark.django_db(transaction=True)
def test_a_scope_s_transaction_has_its_role_from_the_first_statement_to_the_last():
    clinic = factories.organisation()
    who = "SELECT current_user, current_setting('sec.organisation', true) <> ''"
    before = prepared.rows(who, using="pool")[0][0]

    for _ in range(2):  # prepared, then ready
        with visitor_scope(clinic):
            assert _status("pool") == "IDLE"  # its beginning goes with the first statement
            assert prepared.rows(who, using="pool") == [("scope_visitor", True)]
            assert _status("pool") == "INTRANS"

        assert _status("pool") == "IDLE"
    assert prepared.rows("SELECT current_user", using="pool") == [(before,)]


@pytest.mark.django_db(transaction=True)
def test_a_scope_has_its_role_in_what_django_executes_too():
    clinic = factories.organisation()

    with connections["pool"].cursor() as cursor:  # opened before, used in the scope
        with visitor_scope(clinic):
            cursor.execute("SELECT current_user")
            assert cursor.fetchall() == [("scope_visitor",)]
        with visitor_scope(clinic), transaction.atomic(using="pool"):
            cursor.execute("SELECT current_user")
            assert cursor.fetchall() == [("scope_visitor",)]
    with visitor_scope(clinic):
        assert list(VisitReason.objects.iterator()) == []


@pytest.mark.django_db(transaction=True)
def test_what_a_commit_refuses_is_raised():
    """A deferred constraint speaks when the transaction ends."""
    with pytest.raises(IntegrityError), transaction.atomic():
        prepared.rows("SET CONSTRAINTS ALL DEFERRED", using="default")
        prepared.rows(
            "INSERT INTO accounts_session (session_key, session_data, expire_date, user_id, seen_at)"
            " VALUES ('k', '', now(), $1, now())",
            [uuid4()],
            using="default",
        )

    assert prepared.rows("SELECT count(*) FROM accounts_session", using="default") == [(0,)]


@pytest.mark.django_db(transaction=True)
def test_a_lost_connection_is_an_outage_once_and_new_the_next_time():
    (pid,) = prepared.rows("SELECT pg_backend_pid()", using="default")[0]
    with psycopg.connect(databases.admin_url(), autocommit=True) as admin:
        admin.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])

    with pytest.raises(OperationalError):
        prepared.rows("SELECT 1", using="default")
    connections["default"].close_if_unusable_or_obsolete()

    assert prepared.rows("SELECT 1", using="default") == [(1,)]


def test_what_happens_besides_is_in_the_statement_that_writes_the_rows():
    with organisation_scope(factories.organisation()) as scope:
        old = factories.unit(name_de="Alt")
        new = Unit(name_de="Neu", slug="neu", site=old.site, specialty=old.specialty)
        named = "UPDATE accounts_unit SET phone = $2 WHERE id >= $1 RETURNING name_de"
        with CaptureQueriesContext(connections[scope.database]) as sent:
            with prepared.together(["SELECT $2::text", named], [Int8(old.pk), "110"]) as returned:
                prepared.insert(new)
                assert returned == []

        assert len(sent) == 1
        assert returned == [("Alt",)]  # its own new rows are not seen by a statement
        assert dict(Unit.objects.values_list("name_de", "phone")) == {"Alt": "110", "Neu": ""}


def test_a_row_is_told_more_than_its_columns():
    with organisation_scope(factories.organisation()):
        reason = factories.reason(calendars=[factories.calendar()])
        found = prepared.first(
            VisitReason, "this.id = $1", [Int8(reason.pk)], told=(("twice", "this.id * 2"), ("is_told", "true"))
        )

    assert found == reason and found.name_de == reason.name_de
    assert (found.twice, found.is_told) == (2 * reason.pk, True)


@pytest.mark.django_db(transaction=True)
def test_settings_are_quoted():
    name = "O'Hara \\ \" $1; SELECT"

    with transaction.atomic(using="pool"):
        prepared.set_locally({"application_name": name}, using="pool")

        assert prepared.rows("SHOW application_name", using="pool") == [(name,)]


@pytest.mark.django_db(transaction=True)
def test_what_goes_ahead_is_in_the_message_of_the_next():
    for _ in range(2):  # prepared, then ready
        with transaction.atomic(using="pool"):
            prepared.ask("SELECT set_config('application_name', $1, true)", ["first"], using="pool")
            prepared.ask("SELECT set_config('application_name', $1, true)", ["second"], using="pool")
            assert _status("pool") == "IDLE"

            assert prepared.rows("SHOW application_name", using="pool") == [("second",)]


@pytest.mark.django_db(transaction=True)
def test_what_goes_ahead_of_nothing_is_run_before_the_commit():
    clinic = factories.organisation()
    with organisation_scope(clinic):
        unit = factories.unit(name_de="Alt")
    for name in ("Neu", "Neuer"):  # prepared, then ready
        with organisation_scope(clinic):
            prepared.ask(
                "UPDATE accounts_unit SET name_de = $2 WHERE id = $1", [Int8(unit.pk), name], using=unit._state.db
            )

        with organisation_scope(clinic):
            assert Unit.objects.get(pk=unit.pk).name_de == name


@pytest.mark.django_db(transaction=True)
def test_the_role_of_a_scope_without_a_statement_is_not_the_next_one_s():
    with visitor_scope(factories.organisation()):
        pass

    assert _status("pool") == "IDLE"
    with transaction.atomic(using="pool"):
        assert prepared.rows("SELECT current_user <> 'scope_visitor'", using="pool") == [(True,)]


@pytest.mark.django_db(transaction=True)
def test_what_goes_ahead_and_is_rolled_back_is_never_run():
    def name(text):
        prepared.ask("SELECT set_config('application_name', $1, false)", [text], using="pool")

    name("before")
    prepared.rows("SELECT 1", using="pool")
    with pytest.raises(ZeroDivisionError), transaction.atomic(using="pool"):
        name("in a transaction")
        raise ZeroDivisionError
    with transaction.atomic(using="pool"):
        with pytest.raises(ZeroDivisionError), transaction.atomic(using="pool"):
            prepared.ask("SELECT no_such_column", using="pool")
            raise ZeroDivisionError
        assert prepared.rows("SHOW application_name", using="pool") == [("before",)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("failing", ["ahead", "next"])
def test_of_what_goes_together_the_first_error_counts_and_nothing_after_it_is_run(failing):
    divide = "SELECT 1 / $1::int"
    connection = connections["pool"]
    prepared.rows(divide, [1], using="pool")  # ready

    for _ in range(2):
        with pytest.raises(DataError, match="division by zero"), transaction.atomic(using="pool"):
            prepared.ask(divide, [0 if failing == "ahead" else 1], using="pool")
            prepared.rows(divide, [0], using="pool")
        assert _status("pool") == "IDLE"
        assert connection.is_usable()
        assert prepared.rows(divide, [1], using="pool") == [(1,)]


@pytest.mark.django_db(transaction=True)
def test_a_connection_lost_between_what_goes_together_is_an_outage():
    def lose_it():
        with transaction.atomic(using="pool"):
            prepared.ask("SELECT pg_terminate_backend(pg_backend_pid()) WHERE $1", [True], using="pool")
            prepared.rows("SELECT 1", using="pool")

    with transaction.atomic(using="pool"):
        prepared.ask("SELECT pg_terminate_backend(pg_backend_pid()) WHERE $1", [False], using="pool")  # ready
        prepared.rows("SELECT 1", using="pool")

    with pytest.raises(OperationalError):
        lose_it()
    connections["pool"].close_if_unusable_or_obsolete()

    assert prepared.rows("SELECT 1", using="pool") == [(1,)]


@pytest.mark.django_db(transaction=True)
def test_who_stops_waiting_for_an_answer_never_takes_it_for_another_s():
    """A task's time limit raises in the middle of waiting."""

    def too_late(*_):
        raise TimeoutError

    def sleep(seconds):
        prepared.ask("SELECT pg_sleep($1)::text", [seconds], using="pool")
        return prepared.rows("SELECT 'slept'", using="pool")

    assert sleep(0.0) == [("slept",)]  # ready
    before = signal.signal(signal.SIGALRM, too_late)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        with pytest.raises(TimeoutError):
            sleep(30.0)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert connections["pool"].connection.closed
    connections["pool"].close_if_unusable_or_obsolete()

    assert prepared.rows("SELECT 1", using="pool") == [(1,)]


@pytest.mark.django_db(transaction=True)
def test_other_threads_go_on_while_one_waits_for_an_answer():
    def sleep(seconds):
        with transaction.atomic(using="pool"):
            prepared.ask("SELECT pg_sleep($1)::text", [seconds], using="pool")
            prepared.rows("SELECT 1", using="pool")

    def sleeping(began):
        try:
            sleep(0.0)  # ready, on this thread's own connection
            began.wait()
            sleep(1.0)
        finally:
            connections.close_all()

    barrier = threading.Barrier(2)
    thread = threading.Thread(target=sleeping, args=(barrier,))
    thread.start()
    barrier.wait()
    turns = 0
    while thread.is_alive():
        turns += 1
        time.sleep(0.001)
    thread.join()

    assert turns > 10  # one, were it waited for as libpq waits


@pytest.mark.django_db(transaction=True)
def test_the_last_statement_of_a_scope_takes_its_commit_along():
    clinic = factories.organisation()
    for _ in range(2):  # prepared, then ready
        with visitor_scope(clinic):
            assert prepared.rows("SELECT current_user", using="pool", ends=True) == [("scope_visitor",)]
            assert _status("pool") == "IDLE"
            with pytest.raises(InternalError, match="ended"):
                prepared.rows("SELECT 1", using="pool")
            with pytest.raises(InternalError, match="ended"), connections["pool"].cursor() as cursor:
                cursor.execute("SELECT 1")

        assert prepared.rows("SELECT 1", using="pool") == [(1,)]


@pytest.mark.django_db(transaction=True)
def test_the_last_statement_of_an_inner_scope_commits_nothing():
    clinic = factories.organisation()
    with pytest.raises(ZeroDivisionError), organisation_scope(clinic):
        unit = factories.unit()
        with visitor_scope(clinic):
            assert prepared.rows("SELECT 1", using="pool", ends=True) == [(1,)]
        assert Unit.objects.filter(pk=unit.pk).exists()
        raise ZeroDivisionError

    with organisation_scope(clinic):
        assert not Unit.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_what_a_commit_refuses_is_raised_by_the_statement_that_ends_the_transaction():
    orphan = "INSERT INTO accounts_session (session_key, session_data, expire_date, user_id, seen_at)"
    for _ in range(2):  # prepared, then ready
        with pytest.raises(IntegrityError), transaction.atomic():
            prepared.rows("SET CONSTRAINTS ALL DEFERRED", using="default")
            prepared.rows(f"{orphan} VALUES ('k', '', now(), $1, now())", [uuid4()], using="default", ends=True)

        assert prepared.rows("SELECT count(*) FROM accounts_session", using="default") == [(0,)]


@pytest.mark.django_db(transaction=True)
def test_a_question_that_was_never_put_has_no_answer():
    with pytest.raises(ZeroDivisionError), transaction.atomic(using="pool"):
        asked = prepared.ask("SELECT 1", using="pool")
        raise ZeroDivisionError

    with pytest.raises(InternalError, match="not run"):
        asked.rows()


@pytest.mark.django_db(transaction=True)
def test_what_a_request_did_not_want_after_all_is_not_left_to_the_next():
    prepared.rows("SELECT no_such_column FROM (SELECT 1 AS no_such_column) AS one", using="pool")
    asked = prepared.ask("SELECT no_such_column", using="pool")

    request_finished.send(sender=None)

    assert prepared.rows("SELECT 1", using="pool") == [(1,)]
    with pytest.raises(InternalError, match="not run"):
        asked.rows()


def test_a_row_is_as_django_makes_it():
    with organisation_scope(factories.organisation()):
        unit = factories.unit()
        found = prepared.first(Unit, "id = $1", [Int8(unit.pk)])
        django_s = Unit.objects.get(pk=unit.pk)

    state, their_state = vars(found).pop("_state"), vars(django_s).pop("_state")
    assert vars(found) == vars(django_s)
    assert (state.adding, state.db) == (their_state.adding, their_state.db)


def _status(using):
    return connections[using].connection.info.transaction_status.name
