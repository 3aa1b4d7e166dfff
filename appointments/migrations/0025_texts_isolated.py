"""A clinic's texts, what it decided about its messages, and which notices there were: its own business alone."""

from django.db import migrations

from doctolib.tenancy.isolation import composite_key, isolate_tenant

TABLES = ("messagetext", "messagesettings", "notice")


class Migration(migrations.Migration):
    dependencies = [("appointments", "0024_texts"), ("tenancy", "0001_scopes")]
    operations = [
        *(isolate_tenant(f"appointments_{table}", person_rows=False) for table in TABLES),
        composite_key("appointments_notice", "appointment_id", "appointments_appointment", on_delete="CASCADE"),
    ]
