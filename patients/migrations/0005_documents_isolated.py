"""Show documents to their own organisation and their own person, who adds and deletes only what is from them."""

from django.db import migrations

from doctolib.tenancy.isolation import ORGANISATION, PERSON, composite_key, isolate_tenant

TABLE = "patients_document"
OWN = f"{ORGANISATION} AND {PERSON}"
FROM_THEM = f"{OWN} AND origin = 'patient'"
PATIENT = f"""
CREATE POLICY patient_reads ON {TABLE} FOR SELECT TO scope_patient USING ({OWN});
CREATE POLICY patient_adds ON {TABLE} FOR INSERT TO scope_patient WITH CHECK ({FROM_THEM});
CREATE POLICY patient_deletes ON {TABLE} FOR DELETE TO scope_patient USING ({FROM_THEM});
"""


class Migration(migrations.Migration):
    dependencies = [("patients", "0004_documents"), ("tenancy", "0001_scopes")]
    operations = [
        isolate_tenant(TABLE, patient="SELECT, INSERT, DELETE", own_policies=("patient",), extra=PATIENT),
        composite_key(TABLE, "patient_id", "patients_patient"),
    ]
