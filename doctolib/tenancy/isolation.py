"""Migration operations that isolate a table: row-level security, one policy a role, grants, composite foreign keys.

Policies are plain equalities with ``(SELECT sec.scope(…))``, evaluated once a query; an OR would lose the index.
"""

from django.db.migrations import RunSQL

from .classes import TableClass

TENANT_HINTS = {"table_class": TableClass.TENANT}
ORGANISATION = "organisation_id = (SELECT sec.scope('organisation'))"
PERSON = "person_id = (SELECT sec.scope('person'))"
ACCOUNT = "account_id = (SELECT sec.scope('account'))"
HOLD = "hold_id = (SELECT sec.scope('hold'))"
# The owner changes data in migrations only, under a setting that its connection carries.
MIGRATION = "(SELECT current_setting('sec.migration', true)) = 'on'"

ALL = "SELECT, INSERT, UPDATE, DELETE"
SCOPES = ("organisation", "patient", "booking", "visitor", "person", "support", "dispatcher")


def tenant_sql(sql: str, reverse: str) -> RunSQL:
    """SQL that belongs to tenant tables: it runs in the shared pool and in every dedicated database."""
    return RunSQL(sql, reverse_sql=reverse, hints=TENANT_HINTS)


def policy(table: str, role: str, rows: str, *, name: str = "", command: str = "ALL", check: str | None = "") -> str:
    """One policy: ``role`` may reach ``rows`` of ``table`` and leave only rows that meet ``check`` (or ``rows``).

    ``check=None`` leaves WITH CHECK out, for commands that write no row.
    """
    written = "" if check is None else f" WITH CHECK ({check or rows})"
    return f"CREATE POLICY {name or role} ON {table} FOR {command} TO {role} USING ({rows}){written};"


def _isolate(table: str, hints: dict, rows: dict[str, str], grants: dict[str, str], extra: str) -> RunSQL:
    statements = [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY;",  # the owner too
        policy(table, "doctolib_owner", MIGRATION, name="migration"),
    ]
    for scope, rights in grants.items():
        statements.append(f"GRANT {rights} ON {table} TO scope_{scope};")
        if scope in rows:
            statements.append(policy(table, f"scope_{scope}", rows[scope]))
    names = ", ".join(f"scope_{scope}" for scope in SCOPES)
    undo = f"""
        DO $$ DECLARE p name; BEGIN
            FOR p IN SELECT polname FROM pg_policy WHERE polrelid = '{table}'::regclass LOOP
                EXECUTE format('DROP POLICY %I ON {table}', p);
            END LOOP;
        END $$;
        REVOKE ALL ON {table} FROM {names};
        ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;
        ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
    """
    return RunSQL("\n".join(statements) + extra, reverse_sql=undo, hints=hints)


def isolate_tenant(
    table: str,
    *,
    organisation: str = ALL,
    patient: str = "",
    booking: str = "",
    visitor: str = "",
    support: str = "",
    dispatcher: str = "",
    person_rows: bool = True,
    own_policies: tuple[str, ...] = (),
    extra: str = "",
) -> RunSQL:
    """Isolate a tenant table. Each scope is given the rights it needs (SQL privileges, empty for none).

    ``person_rows``: the patient scope sees only rows of its person (column ``person_id``); False for set-up that is
    no one's data, such as visit reasons. ``own_policies`` names scopes whose policies ``extra`` writes itself.
    """
    grants = {
        "organisation": organisation,
        "patient": patient,
        "booking": booking,
        "visitor": visitor,
        "support": support,
        "dispatcher": dispatcher,
    }
    rows = dict.fromkeys(("organisation", "booking", "visitor", "support"), ORGANISATION)
    rows["patient"] = f"{ORGANISATION} AND {PERSON}" if person_rows else ORGANISATION
    for scope in own_policies:
        rows.pop(scope, None)
    return _isolate(table, TENANT_HINTS, rows, {s: g for s, g in grants.items() if g}, extra)


def isolate_person(table: str, *, person: str = ALL, column: str = "account_id", extra: str = "") -> RunSQL:
    """Isolate a person table: the account's own scope alone."""
    rows = {"person": f"{column} = (SELECT sec.scope('account'))"}
    return _isolate(table, {"table_class": TableClass.PERSON}, rows, {"person": person}, extra)


def composite_key(
    table: str, column: str, target: str, *, on_delete: str = "NO ACTION", owner: str = "organisation_id"
):
    """The foreign key of the database: a row can only point to a row of its own organisation (or account)."""
    name = f"{table}_{column}_composite"[:63]
    hints = TENANT_HINTS if owner == "organisation_id" else {"table_class": TableClass.PERSON}
    return RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({owner}, {column})"
        f" REFERENCES {target} ({owner}, id) ON DELETE {on_delete};",
        reverse_sql=f"ALTER TABLE {table} DROP CONSTRAINT {name};",
        hints=hints,
    )
