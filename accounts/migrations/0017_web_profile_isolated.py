"""A clinic sees its profiles; visitors only what is published now, and its photos."""

from django.db import migrations

from doctolib.tenancy.isolation import ORGANISATION, composite_key, isolate_tenant, policy


def shown(table: str, condition: str):
    return isolate_tenant(
        table,
        visitor="SELECT",
        person_rows=False,
        own_policies=("visitor",),
        extra=policy(table, "scope_visitor", f"{ORGANISATION} AND {condition}"),
    )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0016_web_profile"), ("tenancy", "0001_scopes")]
    operations = [
        shown("accounts_profilephoto", "is_public"),
        isolate_tenant("accounts_profiledraft", person_rows=False),
        shown("accounts_publishedprofile", "is_current"),
        *(
            operation
            for table in ("accounts_profiledraft", "accounts_publishedprofile")
            for operation in (
                composite_key(table, "unit_id", "accounts_unit", on_delete="CASCADE"),
                composite_key(table, "practitioner_id", "accounts_practitioner", on_delete="CASCADE"),
                composite_key(table, "photo_id", "accounts_profilephoto", on_delete="SET NULL (photo_id)"),
            )
        ),
    ]
