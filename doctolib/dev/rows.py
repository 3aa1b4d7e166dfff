"""Take away all rows but those that the migrations made; for tests, and for demo data that was interrupted."""

from django.db import connections


def filled_tables(alias: str) -> set[str]:
    """Tables of our schema with at least one page, quoted.

    A table that had rows has pages until it is truncated, whatever row-level security shows of them.
    """
    with connections[alias].cursor() as cursor:
        cursor.execute(
            "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            " AND pg_relation_size(oid) > 0"
        )
        return {name for (name,) in cursor.fetchall()}


def empty_tables(alias: str, *, keep: set[str]) -> None:
    """Truncate every filled table of the owner's ``alias`` but those in ``keep``."""
    tables = sorted(filled_tables(alias) - keep)
    if tables:
        with connections[alias].cursor() as cursor:
            cursor.execute("SET lock_timeout = '10s'")
            cursor.execute(f"TRUNCATE {', '.join(tables)} CASCADE")
