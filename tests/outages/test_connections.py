"""A connection that died between two requests is noticed without asking the server, and replaced."""

import psycopg
import pytest
from django.db import close_old_connections, connections

from tests import databases

pytestmark = pytest.mark.django_db(transaction=True)


def backend() -> int:
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


@pytest.fixture
def broken(browser) -> int:
    """The backend of the connection that requests use, ended by the server."""
    pid = backend()
    with psycopg.connect(databases.admin_url(), autocommit=True) as admin:
        assert admin.execute("SELECT pg_terminate_backend(%s, 10000)", [pid]).fetchone() == (True,)
    return pid


def test_a_page_after_the_server_ended_the_connection_is_answered(browser, broken):
    close_old_connections()  # as a server does when a request begins; the test client leaves it out
    response = browser.get("/")

    assert response.status_code == 200
    assert backend() != broken


def test_a_living_connection_is_kept_and_not_asked(browser, django_assert_num_queries):
    connection, pid = connections["default"], backend()

    with django_assert_num_queries(0, using="default"):
        assert connection.is_usable()

    assert backend() == pid


def test_a_connection_with_a_failed_transaction_is_not_usable(browser):
    connection = connections["default"]
    connection.set_autocommit(False)
    with pytest.raises(psycopg.errors.DivisionByZero):
        connection.connection.execute("SELECT 1 / 0")

    assert not connection.is_usable()

    connection.rollback()
    connection.set_autocommit(True)
    assert connection.is_usable()
