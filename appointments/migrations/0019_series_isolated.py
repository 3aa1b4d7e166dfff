"""Series, visits of several parts and prescriptions are seen by their clinic; a patient sees the appointments alone."""

from django.db import migrations

from doctolib.tenancy.isolation import composite_key, isolate_tenant

TABLES = ("series", "chain", "prescription")


class Migration(migrations.Migration):
    dependencies = [("appointments", "0018_series"), ("tenancy", "0001_scopes")]
    operations = [
        *(isolate_tenant(f"appointments_{table}", person_rows=False) for table in TABLES),
        *(composite_key(f"appointments_{table}", "patient_id", "patients_patient") for table in TABLES),
        *(
            composite_key(
                "appointments_appointment",
                f"{table}_id",
                f"appointments_{table}",
                on_delete=f"SET NULL ({table}_id)",
            )
            for table in TABLES
        ),
    ]
