"""Test databases: built once per state of the migrations, cloned for each worker, used as the runtime role.

Everything that needs an administrator (making, cloning, dropping) goes through one connection of its own; the tests'
aliases keep their roles, so a test sees exactly what web and worker may.
"""

import hashlib
import json
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from urllib.parse import quote, urlsplit

import psycopg
import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.test import TransactionTestCase
from psycopg import sql

from doctolib.dev import postgres, rows, servers
from doctolib.tenancy import bootstrap

OWNERS = {"owner": "", "dedicated_owner": "dedicated_"}
# Aliases by the database they share.
GROUPS = {"": ("default", "pool", "owner"), "dedicated_": ("dedicated", "dedicated_owner")}
LOCK = 0x646F6374  # any number that no other advisory lock uses
_filled_by_migrations: dict[str, Collection[str]] = {}
GROWN = 100 * 8192  # bytes
_cleaners: dict[str, psycopg.Connection] = {}


def admin_url() -> str:
    """The address that may make databases: DOCTOLIB_ADMIN_URL, or the embedded server's."""
    given = os.environ.get("DOCTOLIB_ADMIN_URL")
    if given:
        return given
    if not postgres.is_running():
        pytest.exit("PostgreSQL is down: use make test, or start it with python -m doctolib.dev servers.", 1)
    return postgres.admin_url()


@contextmanager
def clones(run: str) -> Iterator[None]:
    """Point every alias at this worker's own databases for a block; ``run`` is unique among live test processes."""
    names = {group: f"test_{group or 'doctolib_'}{run}" for group in GROUPS}
    # The connection's name says that this run is alive: clones whose run is gone are dropped by the next one.
    with servers.claimed(), psycopg.connect(admin_url(), autocommit=True, application_name=f"tests {run}") as admin:
        with _alone(admin):
            templates = _templates(admin)
            _drop_stale(admin, keep=set(templates.values()))
            for group, name in names.items():
                bootstrap.create_database(admin_url(), name, template=templates[group])
                # A crash may lose the last test's rows: nobody wants them.
                _execute(admin, "ALTER DATABASE {} SET synchronous_commit = off", name)
        _point(names)
        _filled_by_migrations.update({alias: rows.filled_tables(alias) for alias in OWNERS})
        yield
        connections.close_all()
        for cleaner in _cleaners.values():
            cleaner.close()
        _cleaners.clear()
        for name in names.values():
            _execute(admin, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def empty_tables(test_case: TransactionTestCase | None = None) -> None:
    """Take away what a transactional test committed; rows that the migrations made stay.

    Stands in for Django's flush, which needs TRUNCATE on the runtime role. Deleting a test's few rows takes a tenth of
    truncating all the tables and indexes it touched; a table that has grown by dead rows is truncated after all.
    """
    for alias in OWNERS:
        keep = _filled_by_migrations[alias]
        tables = {name: size for name, size in rows.filled_tables(alias).items() if name not in keep}
        if any(size > GROWN for size in tables.values()):
            rows.empty_tables(alias, keep=keep)
        elif tables:
            _cleaner(alias).execute("; ".join(f"DELETE FROM {name}" for name in tables))


def _cleaner(alias: str) -> psycopg.Connection:
    """A connection to the database of an owner's alias that no policy, foreign key or trigger stands in the way of."""
    name = connections[alias].settings_dict["NAME"]
    if name not in _cleaners:
        address = urlsplit(admin_url())._replace(path=f"/{name}").geturl()
        _cleaners[name] = psycopg.connect(
            address, autocommit=True, options="-c session_replication_role=replica -c lock_timeout=10s"
        )
    return _cleaners[name]


def addresses() -> dict[str, str]:
    """The variables that point another process at this worker's databases."""

    def url(alias: str) -> str:
        database = connections.settings[alias]
        login = f"{database['USER']}:{quote(database['PASSWORD'], safe='')}@{database['HOST']}:{database['PORT']}"
        return f"postgresql://{login}/{database['NAME']}"

    return {
        "DATABASE_URL": url("default"),
        "DATABASE_OWNER_URL": url("owner"),
        "DATABASE_DEDICATED_URLS": json.dumps({"dedicated": url("dedicated")}),
        "DATABASE_DEDICATED_OWNER_URLS": json.dumps({"dedicated": url("dedicated_owner")}),
    }


def _templates(admin: psycopg.Connection) -> dict[str, str]:
    names = {group: f"test_template_{group}{_state()}" for group in GROUPS}
    present = {name for (name,) in admin.execute("SELECT datname FROM pg_database")}
    if not set(names.values()) <= present:
        _build(admin, names)
    return names


def _build(admin: psycopg.Connection, names: dict[str, str]) -> None:
    """Migrate under other names first, so that a build that fails leaves no template behind."""
    drafts = {group: f"{name}_draft" for group, name in names.items()}
    owner, app = connections.settings["owner"], connections.settings["default"]
    bootstrap.apply_roles(admin_url(), app_password=app["PASSWORD"], owner_password=owner["PASSWORD"])
    for name in (*drafts.values(), *names.values()):
        _execute(admin, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
    for name in drafts.values():
        bootstrap.create_database(admin_url(), name)
    _point(drafts)
    for alias in OWNERS:
        call_command("migrate", database=alias, verbosity=0)
    connections.close_all()
    for group, name in names.items():
        _execute(admin, "ALTER DATABASE {} RENAME TO {}", drafts[group], name)


def _drop_stale(admin: psycopg.Connection, *, keep: set[str]) -> None:
    running = admin.execute("SELECT application_name FROM pg_stat_activity WHERE application_name LIKE 'tests %'")
    alive = tuple(name.removeprefix("tests ") for (name,) in running)
    ours = admin.execute("SELECT datname FROM pg_database WHERE datname ~ '^test_(template|doctolib|dedicated)_'")
    for (name,) in ours.fetchall():
        if name not in keep and not name.endswith(alive):
            _execute(admin, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


@cache
def _state() -> str:
    """A hash of everything that the templates are made from."""
    digest = hashlib.sha256(settings.SCOPE_TOKEN_KEY)
    base = Path(settings.BASE_DIR)
    ours = [Path(app.path) for app in apps.get_app_configs() if base in Path(app.path).parents]
    files = {path for folder in ours for path in (*folder.glob("migrations/*.py"), *folder.glob("apps.py"))}
    files |= {*base.glob("doctolib/tenancy/*.py"), bootstrap.ROLES}
    files = {path for path in files if ".venv" not in path.parts}
    for path in sorted(files):
        digest.update(str(path.relative_to(base)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _point(names: dict[str, str]) -> None:
    connections.close_all()
    for group, aliases in GROUPS.items():
        for alias in aliases:
            connections.settings[alias]["NAME"] = names[group]
            connections[alias].settings_dict["NAME"] = names[group]


@contextmanager
def _alone(admin: psycopg.Connection) -> Iterator[None]:
    """One worker at a time; the others wait here while the first builds the templates."""
    admin.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    try:
        yield
    finally:
        admin.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def _execute(admin: psycopg.Connection, statement: str, *names: str) -> None:
    admin.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
