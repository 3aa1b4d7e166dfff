"""Take away all rows but those that the migrations made; for tests, and for demo data that was interrupted."""

from collections.abc import Collection

from django.db import connections


def filled_tables(alias: str) -> dict[str, int]:
    """Tables of our schema with at least one page, quoted, and their bytes.

    A table that had rows has pages until it is truncated, whatever row-level security shows of them.
    """
    with connections[alias].cursor() as cursor:
        cursor.execute(
            "SELECT oid::regclass::text, pg_relation_size(oid) FROM pg_class"
            " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0"
        )
        return dict(cursor.fetchall())


def empty_tables(alias: str, *, keep: Collection[str]) -> None:
    """Truncate every filled table of the owner's ``alias`` but those in ``keep``."""
    tables = sorted(set(filled_tables(alias)).difference(keep))
    if tables:
        with connections[alias].cursor() as cursor:
            cursor.execute("SET lock_timeout = '10s'")
            cursor.execute(f"TRUNCATE {', '.join(tables)} CASCADE")
