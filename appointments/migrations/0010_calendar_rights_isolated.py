"""Show a clinic its entries of rights, and give each practitioner with an account their own calendar.

Until now everybody saw every calendar; from now on administrators do, and others what they were given.
"""

from django.db import migrations

from doctolib.tenancy.isolation import composite_key, isolate_tenant, tenant_sql

FULL = 5
OWN_CALENDARS = f"""
INSERT INTO appointments_calendarright (organisation_id, calendar_id, user_id, level)
SELECT calendar.organisation_id, calendar.id, practitioner.user_id, {FULL}
FROM appointments_resource calendar
JOIN accounts_practitioner practitioner
  ON practitioner.organisation_id = calendar.organisation_id AND practitioner.id = calendar.practitioner_id
WHERE calendar.kind = 'calendar' AND practitioner.user_id IS NOT NULL;
"""


class Migration(migrations.Migration):
    dependencies = [("appointments", "0009_calendar_rights"), ("accounts", "0015_rights_isolated")]
    operations = [
        isolate_tenant("appointments_calendarright", support="SELECT, DELETE", person_rows=False),
        composite_key("appointments_calendarright", "calendar_id", "appointments_resource", on_delete="CASCADE"),
        composite_key("appointments_calendarright", "unit_id", "accounts_unit", on_delete="CASCADE"),
        tenant_sql(OWN_CALENDARS, migrations.RunSQL.noop),
    ]
