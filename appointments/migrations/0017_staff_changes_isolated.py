"""Who of the staff changed what is the clinic's own business."""

from django.db import migrations

from doctolib.tenancy.isolation import composite_key, isolate_tenant


class Migration(migrations.Migration):
    dependencies = [("appointments", "0016_staff_changes"), ("tenancy", "0001_scopes")]
    operations = [
        isolate_tenant("appointments_appointmentchange", person_rows=False),
        composite_key(
            "appointments_appointmentchange", "appointment_id", "appointments_appointment", on_delete="CASCADE"
        ),
    ]
