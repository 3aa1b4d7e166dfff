"""Isolate the rules' tables, and let sec.busy tell what the rules ask: ways between sites, groups, visits of a reason."""

from django.db import migrations

from doctolib.tenancy.isolation import ORGANISATION, composite_key, isolate_tenant, policy, tenant_sql

PUBLISHED = dict(visitor="SELECT", booking="SELECT", patient="SELECT", support="SELECT", person_rows=False)

# Rows come through sec_busy's policy, which asks for the caller's organisation. One index scan a resource, whatever
# the statistics say: the aggregate keeps the planner from turning the lateral join around. 25 hours: an occupancy
# lasts a day at most (occupancy_in_order), and a day in a session's time zone may be longer than 24.
OLD = "sec.busy(bigint[], interval[], interval[], timestamptz, timestamptz, timestamptz)"
BUSY = """
CREATE FUNCTION sec.busy(
    resources bigint[], sites bigint[], earlier interval[], later interval[], reason bigint,
    from_at timestamptz, to_at timestamptz, moment timestamptz
) RETURNS TABLE (
    resource_id bigint, site_id bigint, reach interval,
    times tstzmultirange, others tstzmultirange, same timestamptz[]
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public ROWS 100
AS $$
    SELECT asked.resource, asked.site, asked.earlier, taken.times, taken.others, taken.same
    FROM unnest(resources, sites, earlier, later) AS asked (resource, site, earlier, later)
    CROSS JOIN LATERAL (
        SELECT range_agg(each.span) AS times,
               range_agg(each.span) FILTER (WHERE each.reason_id IS DISTINCT FROM reason) AS others,
               array_agg(each.starts_at + asked.later) FILTER (WHERE each.reason_id = reason) AS same
        FROM (
            SELECT o.starts_at, o.reason_id,
                   tstzrange(o.starts_at - asked.earlier - way.takes, o.ends_at + asked.later + way.takes) AS span
            FROM public.appointments_occupancy o
            CROSS JOIN LATERAL (
                SELECT CASE WHEN (o.site_id <> asked.site) IS NOT TRUE THEN interval '0'
                       ELSE coalesce((SELECT t.minutes * interval '1 minute' FROM public.accounts_traveltime t
                                      WHERE t.site_id = least(o.site_id, asked.site)
                                        AND t.other_id = greatest(o.site_id, asked.site)), interval '0') END AS takes
            ) way
            WHERE o.resource_id = asked.resource
              AND o.starts_at < to_at + asked.earlier + interval '10 hours'
              AND o.starts_at > from_at - asked.later - interval '35 hours'
              AND o.ends_at > from_at - asked.later - interval '10 hours'
              AND (o.expires_at IS NULL OR o.expires_at > moment)
        ) each
    ) taken
    WHERE taken.times IS NOT NULL
$$;
COMMENT ON FUNCTION sec.busy IS
    'When resources are taken: each time widened by earlier and later, and by the way from its site to the one asked'
    ' for; the same without visits for the reason; the starts of those. Holds that expired by moment do not count.';
ALTER FUNCTION sec.busy OWNER TO sec_busy;
REVOKE ALL ON FUNCTION sec.busy FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sec.busy TO scope_organisation, scope_patient, scope_booking, scope_visitor;

-- Where someone who joins a group goes: the resources that the group has taken, and a lane that is free on all of them.
CREATE FUNCTION sec.group_place(
    calendar bigint, reason bigint, from_at timestamptz, to_at timestamptz, moment timestamptz
)
RETURNS TABLE (resources bigint[], lane int)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public ROWS 1
AS $$
    WITH members AS (
        SELECT o.hold_id, o.appointment_id FROM public.appointments_occupancy o
        WHERE o.resource_id = calendar AND o.reason_id = reason AND o.starts_at = from_at
          AND (o.expires_at IS NULL OR o.expires_at > moment)
    ), place AS (
        SELECT DISTINCT o.resource_id FROM public.appointments_occupancy o, members m
        WHERE (o.hold_id = m.hold_id OR o.appointment_id = m.appointment_id) AND o.starts_at = from_at
    )
    SELECT array_agg(p.resource_id ORDER BY p.resource_id <> calendar, p.resource_id),
           (SELECT min(n)::int FROM generate_series(0, 1000) n
            WHERE NOT EXISTS (SELECT FROM public.appointments_occupancy o
                              WHERE o.resource_id IN (SELECT resource_id FROM place) AND o.lane = n
                                AND o.starts_at < to_at AND o.starts_at > from_at - interval '25 hours'
                                AND o.ends_at > from_at))
    FROM place p
$$;
ALTER FUNCTION sec.group_place OWNER TO sec_busy;
REVOKE ALL ON FUNCTION sec.group_place FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sec.group_place TO scope_organisation, scope_patient, scope_booking, scope_visitor;
"""
BACK = "DROP FUNCTION sec.group_place; DROP FUNCTION sec.busy;"
TRAVEL = (
    policy("accounts_traveltime", "sec_busy", ORGANISATION, command="SELECT", check=None)
    + "GRANT SELECT ON accounts_traveltime TO sec_busy;"
)


class Migration(migrations.Migration):
    dependencies = [("appointments", "0004_rules"), ("accounts", "0007_travel_isolated")]
    operations = [
        isolate_tenant("appointments_question", **PUBLISHED),
        isolate_tenant("appointments_bookingrules", **PUBLISHED),
        composite_key("appointments_question", "reason_id", "appointments_visitreason", on_delete="CASCADE"),
        composite_key(
            "appointments_visitreason", "follow_up_id", "appointments_visitreason", on_delete="SET NULL (follow_up_id)"
        ),
        composite_key("appointments_openinghours", "site_id", "accounts_site"),
        composite_key("appointments_occupancy", "reason_id", "appointments_visitreason"),
        composite_key("appointments_occupancy", "site_id", "accounts_site"),
        tenant_sql(
            TRAVEL, "DROP POLICY sec_busy ON accounts_traveltime; REVOKE ALL ON accounts_traveltime FROM sec_busy;"
        ),
        tenant_sql(f"DROP FUNCTION {OLD};" + BUSY, BACK),
    ]
