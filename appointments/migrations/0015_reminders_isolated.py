"""Reminders are the clinic's own business: nobody else reads when it reminds, or that it did."""

from django.db import migrations

from doctolib.tenancy.isolation import composite_key, isolate_tenant

TABLES = ("remindersettings", "reminderrule", "reminder", "recall")


class Migration(migrations.Migration):
    dependencies = [("appointments", "0014_reminders"), ("tenancy", "0001_scopes")]
    operations = [
        *(isolate_tenant(f"appointments_{table}", person_rows=False) for table in TABLES),
        composite_key("appointments_reminder", "appointment_id", "appointments_appointment", on_delete="CASCADE"),
        composite_key("appointments_recall", "visit_id", "appointments_appointment", on_delete="CASCADE"),
    ]
