"""Tell how much the calendars of a clinic have to do, so that who wants anyone gets whoever has the least."""

from django.db import migrations

from doctolib.tenancy.isolation import tenant_sql

LOAD = """
CREATE FUNCTION sec.load(calendars bigint[], reason bigint, from_at timestamptz)
RETURNS TABLE (calendar_id bigint, visits bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public ROWS 20
AS $$
    SELECT asked.id, (SELECT count(*) FROM public.appointments_occupancy o
                      WHERE o.resource_id = asked.id AND o.starts_at >= from_at AND o.reason_id = reason)
    FROM unnest(calendars) AS asked (id)
$$;
COMMENT ON FUNCTION sec.load IS 'How many visits for a reason each calendar has from a moment on, held ones included.';
ALTER FUNCTION sec.load OWNER TO sec_busy;
REVOKE ALL ON FUNCTION sec.load FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sec.load TO scope_organisation, scope_patient, scope_booking, scope_visitor;
"""


class Migration(migrations.Migration):
    dependencies = [("appointments", "0006_visits_of")]
    operations = [tenant_sql(LOAD, "DROP FUNCTION sec.load;")]
