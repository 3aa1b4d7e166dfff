"""What the database's own catalogue says about isolation: questions whose right answer is an empty list."""

from django.db import connections

from doctolib.tenancy.classes import TableClass, models_of

# SECURITY DEFINER functions that may exist, and who owns them: a role that owns nothing else.
DEFINERS = {
    "sec.scope": "sec_keeper",
    "sec.busy": "sec_busy",
    "sec.group_place": "sec_busy",
    "sec.load": "sec_busy",
    "sec.note_freed": "sec_busy",
    "sec.release_expired": "sec_busy",
    "sec.visits_of": "sec_busy",
}
SCOPE_ROLES = [f"scope_{n}" for n in "organisation patient booking visitor person support dispatcher".split()]


def tables(*classes: TableClass) -> dict[str, str]:
    """Isolated tables and the column that owns their rows."""
    owners = {TableClass.TENANT: "organisation_id", TableClass.PERSON: "account_id"}
    return {model._meta.db_table: owners[kind] for kind in classes for model in models_of(kind)}


def problems(alias: str) -> list[str]:
    """Every deviation, in words. ``alias`` is an owner's connection: the catalogue shows it everything."""
    isolated = isolated_tables(alias)
    return [
        *_row_security(alias, isolated),
        *policy_problems(alias, isolated),
        *_columns(alias, isolated),
        *_keys(alias, isolated),
        *_functions(alias),
        *_views(alias),
        *_grants(alias),
    ]


def isolated_tables(alias: str) -> dict[str, str]:
    """A dedicated database holds tenant tables alone."""
    return tables(*([TableClass.TENANT] if alias != "owner" else [TableClass.TENANT, TableClass.PERSON]))


def ask(alias: str, sql: str, *parameters: object) -> list[tuple]:
    with connections[alias].cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def _row_security(alias: str, isolated: dict[str, str]) -> list[str]:
    rows = dict(
        (name, (enabled, forced))
        for name, enabled, forced in ask(
            alias,
            "SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class"
            " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')",
        )
    )
    found = [f"{table}: no table" for table in isolated if table not in rows]
    found += [
        f"{table}: row-level security is not on and forced" for table in isolated if rows.get(table) != (True, True)
    ]
    return found + [f"{t}: row-level security, but no class" for t, on in rows.items() if on[0] and t not in isolated]


def policy_problems(alias: str, isolated: dict[str, str]) -> list[str]:
    """Each right of a role needs a policy for its command, each policy names roles and asks for the owner column."""
    policies = ask(
        alias,
        "SELECT tablename, policyname, roles::text[], cmd, permissive, coalesce(qual, ''), coalesce(with_check, '')"
        " FROM pg_policies WHERE schemaname = 'public'",
    )
    found, covered = [], set()
    for table, name, roles, command, _permissive, using, check in policies:
        place = f"{table}.{name}"
        if "public" in roles:
            found.append(f"{place}: TO PUBLIC")
        for role in roles:
            covered |= {
                (table, role, c) for c in ("SELECT INSERT UPDATE DELETE".split() if command == "ALL" else [command])
            }
        if name == "migration":
            if roles != ["doctolib_owner"] or "sec.migration" not in using:
                found.append(f"{place}: is not the owner's")
        elif roles == ["scope_dispatcher"]:
            if table != "outbox_outboxmessage":
                found.append(f"{place}: the dispatcher sees its queue alone")
        else:
            column = isolated.get(table, "organisation_id")
            needle = f"({column} = ( SELECT sec.scope("
            if needle not in using + check or " OR " in using + check:
                found.append(f"{place}: is not a plain equality of {column}")
    found += [
        f"{table}: no migration policy" for table in isolated if (table, "doctolib_owner", "UPDATE") not in covered
    ]
    for table, role, command in ask(
        alias,
        "SELECT DISTINCT table_name, grantee, privilege_type FROM information_schema.column_privileges"
        " WHERE table_schema = 'public' AND privilege_type <> 'REFERENCES' AND grantee <> 'doctolib_owner'"
        " UNION SELECT table_name, grantee, privilege_type FROM information_schema.table_privileges"
        " WHERE table_schema = 'public' AND privilege_type = 'DELETE' AND grantee <> 'doctolib_owner'",
    ):
        if table in isolated and (table, role, command) not in covered:
            found.append(f"{table}: {role} may {command} but no policy says which rows")
    return found


def _columns(alias: str, isolated: dict[str, str]) -> list[str]:
    nullable = ask(
        alias,
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND is_nullable = 'YES'",
    )
    found = [f"{t}.{c}: may be NULL" for t, c in nullable if isolated.get(t) == c]
    leading = ask(
        alias,
        "SELECT c.relname, ic.relname, a.attname, i.indisprimary, i.indisexclusion FROM pg_index i"
        " JOIN pg_class c ON c.oid = i.indrelid JOIN pg_class ic ON ic.oid = i.indexrelid"
        " LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]"
        " WHERE c.relnamespace = 'public'::regnamespace",
    )
    led = {table for table, _index, column, *_ in leading if isolated.get(table) == column}
    found += [f"{table}: no index leads with its owner" for table in isolated if table not in led]
    # The dispatcher's queue is asked for by time, over all organisations.
    found += [
        f"{table}: index {index} does not lead with {isolated[table]}"
        for table, index, column, primary, exclusion in leading
        if table in isolated and column != isolated[table] and not primary and not exclusion and index != "outbox_due"
    ]
    return found


def _keys(alias: str, isolated: dict[str, str]) -> list[str]:
    keys = ask(
        alias,
        "SELECT conrelid::regclass::text, conname, contype::text, (SELECT array_agg(attname::text ORDER BY n)"
        " FROM unnest(conkey) WITH ORDINALITY k(num, n) JOIN pg_attribute ON attrelid = conrelid AND attnum = num)"
        " FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype IN ('f', 'u')",
    )
    found, composite, unique = [], set(), set()
    for table, name, kind, columns in keys:
        owner = isolated.get(table)
        if owner is None:
            continue
        if kind == "u" and columns[0] != owner:
            found.append(f"{table}.{name}: unique over all organisations tells what others have")
        if kind == "u" and columns == [owner, "id"]:
            unique.add(table)
        if kind == "f" and columns[0] != owner:
            found.append(f"{table}.{name}: a plain foreign key goes around row-level security")
        if kind == "f":
            composite.add((table, columns[-1]))
    found += [f"{table}: no UNIQUE ({isolated[table]}, id)" for table in isolated if table not in unique]
    for model in models_of(TableClass.TENANT, TableClass.PERSON):
        for field in model._meta.concrete_fields:
            place = (model._meta.db_table, field.column)
            if field.is_relation and place[0] in isolated and place not in composite:
                found.append(f"{place[0]}.{place[1]}: no composite foreign key")
    return found


def _functions(alias: str) -> list[str]:
    definers = ask(
        alias,
        "SELECT n.nspname || '.' || p.proname, pg_get_userbyid(p.proowner), p.proconfig::text, p.proacl::text"
        " FROM pg_proc p"
        " JOIN pg_namespace n ON n.oid = p.pronamespace WHERE p.prosecdef AND n.nspname NOT LIKE 'pg_%%'",
    )
    found = []
    for name, owner, config, rights in definers:
        if DEFINERS.get(name) != owner:
            found.append(f"{name}: SECURITY DEFINER function that is not listed, or of another owner ({owner})")
        if "search_path=pg_catalog" not in (config or ""):
            found.append(f"{name}: no fixed search_path")
        if rights is None or rights.startswith("{=") or ",=" in rights:
            found.append(f"{name}: PUBLIC may execute it")
    return found


def _views(alias: str) -> list[str]:
    views = ask(
        alias, "SELECT relname FROM pg_class WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace"
    )
    return [f"{name}: a view, not isolated" for (name,) in views]


def _grants(alias: str) -> list[str]:
    """Nobody at runtime may TRUNCATE, and the log-in role has no right on isolated tables or the token key."""
    found = [
        f"{table}: {role} may {right}"
        for table, role, right in ask(
            alias,
            "SELECT table_name, grantee, privilege_type FROM information_schema.table_privileges"
            " WHERE privilege_type IN ('TRUNCATE', 'TRIGGER', 'REFERENCES') AND table_schema IN ('public', 'sec')"
            " AND grantee IN ('PUBLIC', 'doctolib_app') OR (privilege_type = 'TRUNCATE' AND grantee = ANY (%s))",
            SCOPE_ROLES,
        )
    ]
    for table in [*tables(TableClass.TENANT, TableClass.PERSON), "sec.token_key"]:
        rights = "SELECT, INSERT, UPDATE, DELETE"
        if alias != "owner" and table in tables(TableClass.PERSON):
            continue
        if ask(alias, "SELECT has_table_privilege('doctolib_app', %s, %s)", table, rights)[0][0]:
            found.append(f"{table}: the log-in role has rights outside any scope")
    for role in [*SCOPE_ROLES, "doctolib_app", "sec_busy"]:
        if ask(alias, "SELECT has_table_privilege(%s, 'sec.token_key', 'SELECT')", role)[0][0]:
            found.append(f"sec.token_key: {role} may read the key of scope tokens")
    return found
