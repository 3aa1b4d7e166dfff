"""Show a clinic's ways between its sites to that clinic; availability reads them for visitors (sec_busy)."""

from django.db import migrations

from doctolib.tenancy.isolation import composite_key, isolate_tenant


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_travel")]
    operations = [
        isolate_tenant("accounts_traveltime", support="SELECT", person_rows=False),
        composite_key("accounts_traveltime", "site_id", "accounts_site", on_delete="CASCADE"),
        composite_key("accounts_traveltime", "other_id", "accounts_site", on_delete="CASCADE"),
    ]
