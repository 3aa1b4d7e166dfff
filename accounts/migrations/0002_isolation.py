"""Show a clinic's set-up to that clinic and its visitors, and an account's rows to that account alone."""

from django.db import migrations

from doctolib.tenancy.isolation import composite_key, isolate_person, isolate_tenant

PUBLISHED = dict(visitor="SELECT", booking="SELECT", patient="SELECT", person_rows=False)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("tenancy", "0001_scopes")]
    operations = [
        isolate_tenant("accounts_site", support="SELECT, INSERT, UPDATE", **PUBLISHED),
        isolate_tenant("accounts_unit", support="SELECT, INSERT, UPDATE", **PUBLISHED),
        isolate_tenant("accounts_practitioner", support="SELECT", **PUBLISHED),
        composite_key("accounts_unit", "site_id", "accounts_site"),
        isolate_person("accounts_person"),
        isolate_person("accounts_cliniclink"),
        isolate_person("accounts_termsacceptance"),
        composite_key("accounts_cliniclink", "person_id", "accounts_person", on_delete="CASCADE", owner="account_id"),
    ]
