"""One time that staff wish for, looked at from every side: the rules of availability_sql.py without opening hours.

The visit is its own opening. What it would collide with are answers, not conditions: staff may go on against some.
"""

from .availability_sql import (
    ABSENCE,
    BLOCK,
    BUSY,
    CALENDAR,
    DAY,
    FIT,
    FREE_ALTERNATIVES,
    HOURS,
    NEEDED,
    REASON,
    REQUIREMENT,
    SHARED,
    TAKEN,
    WANTED,
    statement,
)

# inside: the site of opening hours that hold the whole visit.
VISIT = f"""
inside AS MATERIALIZED (
    SELECT site_id FROM block GROUP BY site_id
    HAVING range_agg(tstzrange(starts_at, ends_at)) @> tstzrange({WANTED}, {WANTED} + (SELECT duration FROM calendar))
    ORDER BY site_id LIMIT 1
),
opening AS MATERIALIZED (
    SELECT c.id, coalesce((SELECT site_id FROM inside), c.site_id) AS site_id, c.duration, c.reach, c.before,
           {WANTED} - interval '1 day' AS from_at, {WANTED} + interval '1 day' AS to_at
    FROM calendar c
)"""
COLLISIONS = (BUSY, ABSENCE, REQUIREMENT, SHARED)
ALL_ALTERNATIVES = """
CROSS JOIN LATERAL (
    SELECT array_agg(requirement_id ORDER BY requirement_id, resource_id) AS requirements,
           array_agg(resource_id ORDER BY requirement_id, resource_id) AS resources
    FROM alternative
) every"""
ANSWER = ",\n       ".join(
    [FIT, "every.requirements, every.resources", "EXISTS (SELECT FROM inside)", *(f"{r.where}" for r in COLLISIONS)]
)
LOOK = statement(
    ANSWER,
    rules=COLLISIONS,
    sources=(REASON, CALENDAR, DAY, HOURS, BLOCK, VISIT, NEEDED, TAKEN),
    more=f"\nCROSS JOIN (SELECT {WANTED} AS t) wanted{FREE_ALTERNATIVES}{ALL_ALTERNATIVES}",
)

# The lowest lane that is free on all of some resources. 25 hours: as in sec.busy.
FREE_LANE = """
SELECT min(n)::int FROM generate_series(0, 1000) n
WHERE NOT EXISTS (SELECT FROM appointments_occupancy o
                  WHERE o.resource_id = ANY ($1::bigint[]) AND o.lane = n
                    AND o.starts_at < $3 AND o.starts_at > $2::timestamptz - interval '25 hours' AND o.ends_at > $2)"""
