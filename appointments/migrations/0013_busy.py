"""Taken times are read from the index alone; groups, counted visits and ways between sites cost only who has them."""

import importlib

from django.db import migrations, models

from doctolib.tenancy.isolation import tenant_sql

# Rows come through sec_busy's policies, which ask for the caller's organisation. One index scan a resource, whatever
# the statistics say: the aggregate keeps the planner from turning the lateral join around. 25 hours: an occupancy
# lasts a day at most (occupancy_in_order), and a day in a session's time zone may be longer than 24.
OLD = "sec.busy(bigint[], bigint[], interval[], interval[], bigint, timestamptz, timestamptz, timestamptz)"
NEW = "sec.busy(bigint[], bigint[], interval[], interval[], bigint, boolean, timestamptz, timestamptz, timestamptz)"
BUSY = f"""
CREATE FUNCTION sec.busy(
    resources bigint[], sites bigint[], earlier interval[], later interval[], counted bigint, is_group boolean,
    from_at timestamptz, to_at timestamptz, moment timestamptz
) RETURNS TABLE (
    resource_id bigint, site_id bigint, reach interval,
    times tstzmultirange, others tstzmultirange, same timestamptz[]
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public ROWS 100
AS $$
    SELECT asked.resource, asked.site, asked.earlier, taken.times, taken.others, taken.same
    FROM (SELECT coalesce(max(minutes), 0) * interval '1 minute' AS way FROM public.accounts_traveltime) furthest
    CROSS JOIN unnest(resources, sites, earlier, later) AS asked (resource, site, earlier, later)
    CROSS JOIN LATERAL (
        SELECT range_agg(each.span) AS times,
               range_agg(each.span) FILTER (WHERE is_group AND each.reason_id IS DISTINCT FROM counted) AS others,
               array_agg(each.starts_at + asked.later) FILTER (WHERE each.reason_id = counted) AS same
        FROM (
            SELECT o.starts_at, o.reason_id,
                   CASE WHEN (o.site_id <> asked.site) IS NOT TRUE
                        THEN tstzrange(o.starts_at - asked.earlier, o.ends_at + asked.later)
                        ELSE (SELECT tstzrange(o.starts_at - asked.earlier - way.takes,
                                               o.ends_at + asked.later + way.takes)
                              FROM (SELECT coalesce(max(t.minutes), 0) * interval '1 minute' AS takes
                                    FROM public.accounts_traveltime t
                                    WHERE t.site_id = least(o.site_id, asked.site)
                                      AND t.other_id = greatest(o.site_id, asked.site)) way)
                   END AS span
            FROM public.appointments_occupancy o
            WHERE o.resource_id = asked.resource
              AND o.starts_at < to_at + asked.earlier + furthest.way
              AND o.starts_at > from_at - asked.later - furthest.way - interval '25 hours'
              AND o.ends_at > from_at - asked.later - furthest.way
              AND (o.expires_at IS NULL OR o.expires_at > moment)
        ) each
    ) taken
    WHERE taken.times IS NOT NULL
$$;
COMMENT ON FUNCTION sec.busy IS
    'When resources are taken: each time widened by earlier and later, and by the way from its site to the one asked'
    ' for; for a group, the same without visits for the reason that is counted; the starts of those. Without a counted'
    ' reason neither is collected. Holds that expired by moment do not count.';
ALTER FUNCTION {NEW} OWNER TO sec_busy;
REVOKE ALL ON FUNCTION {NEW} FROM PUBLIC;
GRANT EXECUTE ON FUNCTION {NEW} TO scope_organisation, scope_patient, scope_booking, scope_visitor;
"""
BEFORE = importlib.import_module("appointments.migrations.0005_rules_isolated").BUSY.split("-- Where someone")[0]


class Migration(migrations.Migration):
    dependencies = [("appointments", "0012_waiting_isolated")]
    operations = [
        migrations.RemoveIndex(model_name="occupancy", name="occupancy_of_resource"),
        migrations.AddIndex(
            model_name="occupancy",
            index=models.Index(
                fields=["organisation_id", "resource", "starts_at"],
                include=["ends_at", "expires_at", "site", "reason"],
                name="occupancy_of_resource",
            ),
        ),
        tenant_sql(f"DROP FUNCTION {OLD};" + BUSY, f"DROP FUNCTION {NEW};" + BEFORE),
    ]
