"""Show patient records to their own organisation, and to a booking that has to find or make one."""

from django.db import migrations

from doctolib.tenancy.isolation import ALL, composite_key, isolate_tenant


class Migration(migrations.Migration):
    dependencies = [("patients", "0001_initial"), ("tenancy", "0001_scopes")]
    operations = [
        isolate_tenant("patients_patient", booking="SELECT, INSERT, UPDATE", patient="SELECT", support="SELECT"),
        isolate_tenant("patients_patienttoken", booking=ALL),
        composite_key("patients_patienttoken", "patient_id", "patients_patient", on_delete="CASCADE"),
    ]
