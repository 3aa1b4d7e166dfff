"""Let a booking see when one patient has been and will be here, and nothing else: limits and "known" ask for it."""

from django.db import migrations

from doctolib.tenancy.isolation import ORGANISATION, policy, tenant_sql

# Rows come through sec_busy's policies, which ask for the caller's organisation. A patient's scope has a person, and
# may then ask about that person's own record only.
VISITS_OF = """
CREATE FUNCTION sec.visits_of(patient uuid, besides uuid)
RETURNS TABLE (starts_at timestamptz, ends_at timestamptz, status varchar, reason_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public ROWS 20
AS $$
    SELECT a.starts_at, a.ends_at, a.status, a.reason_id
    FROM public.appointments_appointment a
    WHERE a.organisation_id = (SELECT sec.scope('organisation'))
      AND a.patient_id = patient
      AND a.id IS DISTINCT FROM besides
      AND ((SELECT sec.scope('person')) IS NULL
           OR EXISTS (SELECT FROM public.patients_patient p
                      WHERE p.id = patient AND p.person_id = (SELECT sec.scope('person'))))
    ORDER BY a.starts_at
$$;
COMMENT ON FUNCTION sec.visits_of IS
    'When one patient was or will be here, why (the reason''s id) and how it ended; besides is left out.';
ALTER FUNCTION sec.visits_of OWNER TO sec_busy;
REVOKE ALL ON FUNCTION sec.visits_of FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sec.visits_of TO scope_organisation, scope_patient, scope_booking;
"""
READABLE = {
    "appointments_appointment": "id, organisation_id, patient_id, starts_at, ends_at, status, reason_id",
    "patients_patient": "id, organisation_id, person_id",
}
GRANTS = "".join(
    policy(table, "sec_busy", ORGANISATION, command="SELECT", check=None)
    + f"GRANT SELECT ({columns}) ON {table} TO sec_busy;"
    for table, columns in READABLE.items()
)
REVOKES = "".join(
    f"DROP POLICY sec_busy ON {table}; REVOKE SELECT ({columns}) ON {table} FROM sec_busy;"
    for table, columns in READABLE.items()
)


class Migration(migrations.Migration):
    dependencies = [("appointments", "0005_rules_isolated"), ("patients", "0003_blocked")]
    operations = [tenant_sql(GRANTS, REVOKES), tenant_sql(VISITS_OF, "DROP FUNCTION sec.visits_of;")]
