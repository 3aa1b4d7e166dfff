"""After each migration: the runtime role's rights on identity tables, and the key that checks scope tokens."""

from django.db import connections

from .classes import TableClass, models_of
from .router import OWNER
from .tokens import key_pads


def finish_migration(*, using: str, **_: object) -> None:
    """Receiver of post_migrate (once, for the last app); does nothing on runtime aliases."""
    if using != OWNER and not using.endswith("_owner"):
        return
    with connections[using].cursor() as cursor:
        inner, outer = key_pads()
        cursor.execute(
            "INSERT INTO sec.token_key (inner_pad, outer_pad) VALUES (%s, %s)"
            " ON CONFLICT (single) DO UPDATE SET inner_pad = excluded.inner_pad, outer_pad = excluded.outer_pad",
            [inner, outer],
        )
        if using != OWNER:
            return
        existing = set(connections[using].introspection.table_names(cursor))
        for model in models_of(TableClass.IDENTITY, TableClass.REFERENCE):
            if model._meta.db_table in existing:
                table = connections[using].ops.quote_name(model._meta.db_table)
                cursor.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO doctolib_app")
        cursor.execute("GRANT SELECT ON django_migrations TO doctolib_app")
