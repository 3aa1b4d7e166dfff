"""Scopes: what entering one admits to, what leaving it restores, and what forged tokens see."""

import time
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.db import DatabaseError, connections, transaction

from accounts.models import Site
from doctolib import prepared
from doctolib.tenancy import tokens
from doctolib.tenancy.checks import PrivilegedRole, refuse_privileged_role
from doctolib.tenancy.scopes import (
    ScopeMissing,
    booking_scope,
    current_scope,
    organisation_scope,
    visitor_scope,
    wait_for_disk,
)
from tests import factories


@pytest.fixture
def clinics(db):
    made = factories.organisation(), factories.organisation()
    for clinic in made:
        with organisation_scope(clinic):
            factories.site()
    return made


def role(alias: str = "pool") -> tuple:
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT current_user, current_setting('sec.organisation', true)")
        return cursor.fetchone()


def test_without_a_scope_a_query_fails_loudly(db):
    with pytest.raises(ScopeMissing):
        Site.objects.count()


def test_going_around_the_router_fails_in_the_database(db):
    with pytest.raises(DatabaseError, match="permission denied"):
        Site.objects.using("pool").count()


def test_leaving_restores_the_outer_scope_and_then_none(clinics):
    mine, theirs = clinics
    before = role()
    with organisation_scope(mine):
        outer = role()
        with visitor_scope(theirs) as scope:
            assert current_scope() is scope
            assert role()[0] == "scope_visitor"
        assert role() == outer
    assert (role()[0], role()[1] or None) == (before[0], before[1] or None)
    assert current_scope() is None


def test_an_error_restores_the_outer_scope_too(clinics):
    mine, theirs = clinics
    with organisation_scope(mine):
        outer = role()
        with pytest.raises(ZeroDivisionError), organisation_scope(theirs):
            raise ZeroDivisionError
        assert role() == outer


def test_a_scope_in_the_second_database_leaves_the_first_alone(clinics):
    apart = factories.organisation(database="dedicated")
    with organisation_scope(clinics[0]):
        outer = role()
        with organisation_scope(apart):
            assert Site.objects.count() == 0
            assert role() == outer
        assert Site.objects.count() == 1


def sites_with_setting(setting: str) -> int:
    with connections["pool"].cursor() as cursor:
        cursor.execute("SELECT set_config('sec.organisation', %s, true)", [setting])
        cursor.execute("SELECT count(*) FROM accounts_site")
        return cursor.fetchone()[0]


def test_injected_sql_sees_nothing_of_another_clinic(clinics):
    mine, theirs = clinics
    with organisation_scope(mine):
        own = tokens.scope_token(role="scope_organisation", kind="organisation", id=mine.pk)
        assert sites_with_setting(own) == 1
        for forged in (
            str(theirs.pk),
            f"scope_organisation.organisation.{theirs.pk}.{int(time.time()) + 900}.{'0' * 64}",
            own.replace(str(mine.pk), str(theirs.pk)),
            f"{own}.x",
            "....",
            "",
        ):
            assert sites_with_setting(forged) == 0, forged


def test_a_token_is_good_for_its_role_kind_and_time_only(clinics, monkeypatch):
    mine, _theirs = clinics
    other_role = tokens.scope_token(role="scope_visitor", kind="organisation", id=mine.pk)
    other_kind = tokens.scope_token(role="scope_organisation", kind="person", id=mine.pk)
    monkeypatch.setattr(tokens, "LIFETIME", -1)
    expired = tokens.scope_token(role="scope_organisation", kind="organisation", id=mine.pk)
    monkeypatch.undo()
    with organisation_scope(mine):
        assert [sites_with_setting(token) for token in (other_role, other_kind, expired)] == [0, 0, 0]


def test_a_database_with_another_key_believes_nothing(clinics, settings):
    settings.SCOPE_TOKEN_KEY = b"\x01" * 32
    with organisation_scope(clinics[0]):
        assert Site.objects.count() == 0


def test_no_runtime_role_reads_the_token_key(clinics):
    with organisation_scope(clinics[0]), pytest.raises(DatabaseError, match="permission denied"):
        with transaction.atomic(using="pool"), connections["pool"].cursor() as cursor:
            cursor.execute("SELECT * FROM sec.token_key")


def test_the_runtime_role_may_start(db):
    refuse_privileged_role()


def test_a_role_that_owns_tables_may_not_start(db, monkeypatch):
    monkeypatch.setattr("doctolib.tenancy.checks.connections", {"pool": connections["owner"]})
    with pytest.raises(PrivilegedRole):
        refuse_privileged_role()


def test_an_unknown_organisation_is_an_empty_one(db):
    nobody = SimpleNamespace(id=uuid4(), database="pool")
    with organisation_scope(nobody):
        assert Site.objects.count() == 0


@pytest.fixture
def waiting(transactional_db, monkeypatch):
    """A connection that waits for the disk: the databases of tests are told not to."""
    connection = connections["pool"]
    connection.close()
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "options", "-c synchronous_commit=on")
    yield connection
    connection.close()


def test_only_what_is_not_durable_does_not_wait_for_the_disk(waiting):
    clinic, asked = factories.organisation(), "SHOW synchronous_commit"
    with booking_scope(clinic, uuid4(), durable=False) as scope:
        assert prepared.rows(asked, using=scope.database) == [("off",)]
        wait_for_disk()
        assert prepared.rows(asked, using=scope.database) == [("on",)]
    with booking_scope(clinic, uuid4()) as scope:
        assert prepared.rows(asked, using=scope.database) == [("on",)]
        with booking_scope(clinic, uuid4(), durable=False):
            assert prepared.rows(asked, using=scope.database) == [("on",)]
