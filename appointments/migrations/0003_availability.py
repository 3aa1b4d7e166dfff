"""Let everyone who books see when a resource is taken, and nothing else of whoever takes it."""

from django.db import migrations

from doctolib.tenancy.isolation import tenant_sql

# Rows come through sec_busy's policy, which asks for the caller's organisation. One index scan a resource, whatever
# the statistics say: the aggregate keeps the planner from turning the lateral join around. 25 hours: an occupancy
# lasts a day at most (occupancy_in_order), and a day in a session's time zone may be longer than 24.
BUSY = """
CREATE FUNCTION sec.busy(
    resources bigint[], earlier interval[], later interval[],
    from_at timestamptz, to_at timestamptz, moment timestamptz
) RETURNS TABLE (resource_id bigint, reach interval, times tstzmultirange)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public ROWS 100
AS $$
    SELECT asked.resource, asked.earlier, taken.times
    FROM unnest(resources, earlier, later) AS asked (resource, earlier, later)
    CROSS JOIN LATERAL (
        SELECT range_agg(tstzrange(o.starts_at - asked.earlier, o.ends_at + asked.later)) AS times
        FROM public.appointments_occupancy o
        WHERE o.resource_id = asked.resource
          AND o.starts_at < to_at + asked.earlier
          AND o.starts_at > from_at - asked.later - interval '25 hours'
          AND o.ends_at > from_at - asked.later
          AND (o.expires_at IS NULL OR o.expires_at > moment)
    ) taken
    WHERE taken.times IS NOT NULL
$$;
COMMENT ON FUNCTION sec.busy IS
    'When resources are taken, each time widened by earlier and later; holds that expired by moment do not count.';
ALTER FUNCTION sec.busy OWNER TO sec_busy;
REVOKE ALL ON FUNCTION sec.busy FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sec.busy TO scope_organisation, scope_patient, scope_booking, scope_visitor;
"""


class Migration(migrations.Migration):
    dependencies = [("appointments", "0002_isolation")]
    operations = [tenant_sql(BUSY, "DROP FUNCTION sec.busy;")]
