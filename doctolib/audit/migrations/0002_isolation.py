"""The trail is written by every scope that changes something, read by the organisation, changed by nobody."""

from django.db import migrations

from doctolib.tenancy.isolation import isolate_tenant, tenant_sql

APPEND_ONLY = """
CREATE FUNCTION sec.refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog
AS $$ BEGIN RAISE EXCEPTION 'the audit trail is append-only' USING ERRCODE = 'DP002'; END $$;
CREATE TRIGGER append_only BEFORE UPDATE ON audit_auditevent
    FOR EACH ROW EXECUTE FUNCTION sec.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE ON audit_auditseal
    FOR EACH ROW EXECUTE FUNCTION sec.refuse_change();
"""
UNDO = """
DROP TRIGGER append_only ON audit_auditseal;
DROP TRIGGER append_only ON audit_auditevent;
DROP FUNCTION sec.refuse_change();
"""
WRITERS = dict(booking="INSERT", patient="INSERT", support="INSERT", person_rows=False)


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial"), ("tenancy", "0001_scopes")]
    operations = [
        isolate_tenant("audit_auditevent", organisation="SELECT, INSERT", **WRITERS),
        isolate_tenant("audit_auditseal", organisation="SELECT, INSERT"),
        isolate_tenant(
            "audit_subjectkey",
            organisation="SELECT, INSERT, DELETE",
            booking="SELECT, INSERT",
            patient="SELECT, INSERT",
            person_rows=False,
        ),
        tenant_sql(APPEND_ONLY, UNDO),
    ]
