"""Selections and the palette's memory are the clinic's own business: no patient, visitor or support role reads them.

Support deletes those of an account that it deletes, and sees no more of them than whose they are.
"""

from django.db import migrations

from doctolib.tenancy.isolation import composite_key, isolate_tenant

WHOSE = "DELETE, SELECT (organisation_id, user_id)"
TABLES = {
    "selection": "DELETE, SELECT (organisation_id, user_id, unit_id)",
    "selectioncalendar": "",
    "selectiondefault": WHOSE,
    "paletteuse": WHOSE,
}


class Migration(migrations.Migration):
    dependencies = [("appointments", "0020_selections"), ("tenancy", "0001_scopes")]
    operations = [
        *(
            isolate_tenant(f"appointments_{table}", support=support, person_rows=False)
            for table, support in TABLES.items()
        ),
        composite_key("appointments_selection", "unit_id", "accounts_unit", on_delete="CASCADE"),
        composite_key("appointments_selectioncalendar", "selection_id", "appointments_selection", on_delete="CASCADE"),
        composite_key("appointments_selectioncalendar", "calendar_id", "appointments_resource", on_delete="CASCADE"),
        composite_key("appointments_selectiondefault", "selection_id", "appointments_selection", on_delete="CASCADE"),
        composite_key("appointments_paletteuse", "patient_id", "patients_patient", on_delete="CASCADE"),
    ]
