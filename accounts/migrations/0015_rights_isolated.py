"""Show a clinic who works in its units; the platform's staff may put people in and take them out."""

from django.db import migrations

from doctolib.tenancy.isolation import composite_key, isolate_tenant, tenant_sql

# An account that the platform's staff deletes is nobody's any more.
FORGET = "GRANT UPDATE (user_id) ON accounts_practitioner TO scope_support;"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0014_rights")]
    operations = [
        isolate_tenant("accounts_unitmember", support="SELECT, INSERT, DELETE", person_rows=False),
        composite_key("accounts_unitmember", "unit_id", "accounts_unit", on_delete="CASCADE"),
        tenant_sql(FORGET, "REVOKE UPDATE (user_id) ON accounts_practitioner FROM scope_support;"),
    ]
