"""The schema `sec`: the one function that policies ask, and the key it checks tokens with."""

from django.db import migrations

from doctolib.tenancy.isolation import tenant_sql

SCOPES = (
    "scope_organisation, scope_patient, scope_booking, scope_visitor, scope_person, scope_support, scope_dispatcher"
)

UP = f"""
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO doctolib_app, sec_busy, {SCOPES};
CREATE SCHEMA sec;
GRANT USAGE ON SCHEMA sec TO {SCOPES};
GRANT USAGE, CREATE ON SCHEMA sec TO sec_keeper, sec_busy;

-- One row: HMAC's padded keys. Written by the owner after each migration, read by sec_keeper alone.
CREATE TABLE sec.token_key (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    inner_pad bytea NOT NULL,
    outer_pad bytea NOT NULL
);
GRANT SELECT ON sec.token_key TO sec_keeper;

-- The id that the current scope was admitted to, or NULL. A token is role.kind.id.expiry.hmac; current_setting('role')
-- is the role that SET ROLE chose, even inside this function.
CREATE FUNCTION sec.scope(kind text) RETURNS uuid
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
    token text[] := string_to_array(current_setting('sec.' || kind, true), '.');
    pad sec.token_key;
BEGIN
    IF cardinality(token) IS DISTINCT FROM 5 OR token[1] <> current_setting('role') OR token[2] <> kind THEN
        RETURN NULL;
    END IF;
    SELECT * INTO pad FROM sec.token_key;
    IF encode(sha256(pad.outer_pad || sha256(pad.inner_pad
            || convert_to(array_to_string(token[1:4], '.'), 'UTF8'))), 'hex') IS DISTINCT FROM token[5] THEN
        RETURN NULL;
    END IF;
    IF token[4]::bigint < extract(epoch FROM statement_timestamp()) THEN
        RETURN NULL;
    END IF;
    RETURN token[3]::uuid;
END $$;
ALTER FUNCTION sec.scope(text) OWNER TO sec_keeper;
REVOKE ALL ON FUNCTION sec.scope(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sec.scope(text) TO sec_busy, {SCOPES};
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [tenant_sql(UP, "DROP SCHEMA sec CASCADE;")]
