"""Show consent to the clinic, and to the person whose record it is about, who may change it."""

from django.db import migrations

from doctolib.tenancy.isolation import ORGANISATION, PERSON, composite_key, isolate_tenant, policy

TABLE = "patients_patientconsent"
# By the record, not by a person of its own: a record that is linked later shows what the clinic wrote down before.
OWN = f"{ORGANISATION} AND patient_id IN (SELECT id FROM patients_patient WHERE {ORGANISATION} AND {PERSON})"


class Migration(migrations.Migration):
    dependencies = [("patients", "0006_consents"), ("tenancy", "0001_scopes")]
    operations = [
        isolate_tenant(
            TABLE,
            patient="SELECT, INSERT, UPDATE",
            own_policies=("patient",),
            extra=policy(TABLE, "scope_patient", OWN),
        ),
        composite_key(TABLE, "patient_id", "patients_patient", on_delete="CASCADE"),
    ]
