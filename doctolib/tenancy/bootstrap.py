"""Roles and databases, made by an administrator of the PostgreSQL server before the first migration."""

from pathlib import Path

import psycopg
from psycopg import sql

ROLES = Path(__file__).with_name("roles.sql")


def apply_roles(admin_url: str, *, app_password: str, owner_password: str) -> None:
    """Make or repair the cluster's roles (roles.sql) and set the passwords of the two log-in roles.

    ``admin_url`` is a superuser's address. Raises psycopg.Error when it may not.
    """
    with psycopg.connect(admin_url, autocommit=True, connect_timeout=5) as connection:
        # A GRANT made before NOINHERIT was set keeps inheriting from PostgreSQL 16 on, hence the order and the rerun.
        inherits = connection.execute("SELECT rolinherit FROM pg_roles WHERE rolname = 'doctolib_app'").fetchone()
        if inherits is None:
            connection.execute("CREATE ROLE doctolib_app NOLOGIN NOINHERIT")
        connection.execute(ROLES.read_text())
        for role, password in (("doctolib_app", app_password), ("doctolib_owner", owner_password)):
            connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(password)))


def create_database(admin_url: str, name: str, *, template: str | None = None) -> None:
    """Create a database that belongs to doctolib_owner and that doctolib_app may connect to; keep an existing one."""
    with psycopg.connect(admin_url, autocommit=True, connect_timeout=5) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER doctolib_owner TEMPLATE {} ENCODING 'UTF8'").format(
                sql.Identifier(name), sql.Identifier(template or "template0")
            )
        )
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)))
        connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO doctolib_app").format(sql.Identifier(name)))
        connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO doctolib_backup").format(sql.Identifier(name)))
