"""The statement behind availability, put together from named pieces: one rule, one piece.

A *source* finds what the rules are about; a *rule* adds tables of its own, joins them to a candidate ``t`` (a start of
calendar ``c`` in its block ``b``) and says which candidates stay. Each rule has a twin of the same name in plain Python
in tests/appointments/oracle.py. All rules work on starts, not on visits: a time that is taken is widened by as much as
a visit reaches, so that one look-up (``times @> t``) decides. See docs/decisions/0003-availability.md.

Parameters: reason_id, calendar_ids, online, now, today (the clinic's local date), and one entry for each local day:
days, midnights (epoch seconds), jumps and shifts (seconds; see local_days.py).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """``where`` is true of the starts that stay. ``tables``: WITH queries of the rule; ``join``: how they meet ``c``."""

    name: str
    where: str
    tables: str = ""
    join: str = ""


def _instant(second: str) -> str:
    """The instant of a local second of day ``d``: local_days.Day.instant in SQL."""
    return f"""to_timestamp(d.midnight
            + CASE WHEN {second} >= d.jump + d.shift THEN {second} - d.shift ELSE least({second}, d.jump) END)"""


# A time of the day, and the last moment of it. PostgreSQL counts microseconds, so [x, y) loses nothing.
REASON = """
reason AS MATERIALIZED (
    SELECT id, duration, buffer_before, buffer_after, step, minimum_notice, horizon
    FROM appointments_visitreason
    WHERE id = %(reason_id)s::bigint AND (is_online OR NOT %(online)s)
)"""

# reach: a visit may not begin later than this before a taken time (buffer after included), nor exactly that early less
# one microsecond: visit and taken time may touch.
CALENDAR = """
calendar AS MATERIALIZED (
    SELECT c.id,
           coalesce(o.duration, r.duration) * interval '1 minute' AS duration,
           (coalesce(o.duration, r.duration) + r.buffer_after) * interval '1 minute' - interval '1 microsecond' AS reach,
           r.buffer_before * interval '1 minute' AS before,
           r.step * interval '1 minute' AS step,
           CASE WHEN %(online)s THEN %(now)s::timestamptz + r.minimum_notice * interval '1 minute'
                ELSE %(now)s::timestamptz END AS earliest
    FROM reason r
    JOIN appointments_calendarreason o ON o.reason_id = r.id
    JOIN appointments_resource c ON c.id = o.calendar_id
    WHERE c.id = ANY (%(calendar_ids)s::bigint[]) AND c.kind = 'calendar' AND c.is_active
      AND (c.is_online OR NOT %(online)s)
)"""

# Holidays are left out of the parameter already; the horizon ends the days.
DAY = """
day AS MATERIALIZED (
    SELECT d.day, extract(isodow FROM d.day)::int AS weekday, d.midnight, d.jump, d.shift
    FROM unnest(%(days)s::date[], %(midnights)s::float8[], %(jumps)s::int[], %(shifts)s::int[])
        AS d (day, midnight, jump, shift)
    WHERE NOT %(online)s OR d.day <= %(today)s::date + (SELECT horizon FROM reason)::int
)"""

BLOCK = f"""
hours AS MATERIALIZED (
    SELECT h.calendar_id, h.weekday, h.valid_from, h.valid_until,
           date_part('epoch', h.starts) AS starts, date_part('epoch', h.ends) AS ends
    FROM appointments_openinghours h
    WHERE h.calendar_id = ANY (SELECT id FROM calendar) AND (h.is_online OR NOT %(online)s)
      AND (NOT EXISTS (SELECT FROM appointments_openinghoursreason a WHERE a.hours_id = h.id)
           OR EXISTS (SELECT FROM appointments_openinghoursreason a
                      WHERE a.hours_id = h.id AND a.reason_id = %(reason_id)s::bigint))
),
block AS MATERIALIZED (
    SELECT * FROM (
        SELECT h.calendar_id, d.day, {_instant("h.starts")} AS starts_at, {_instant("h.ends")} AS ends_at
        FROM hours h JOIN day d ON d.weekday = h.weekday
        WHERE h.valid_from <= d.day AND (h.valid_until IS NULL OR d.day <= h.valid_until)
    ) local WHERE starts_at < ends_at
)"""

# Blocks that touch or overlap are one run: a visit may cross from one to the next.
RUN = """
run AS MATERIALIZED (
    SELECT calendar_id, day, lower(run) AS starts_at, upper(run) AS ends_at
    FROM (SELECT calendar_id, day, range_agg(tstzrange(starts_at, ends_at)) AS open FROM block GROUP BY 1, 2) merged,
         unnest(merged.open) AS run
)"""

# What the reason needs besides the calendar. margin: the calendars' durations, few distinct ones.
NEEDED = """
requirement AS MATERIALIZED (
    SELECT q.id FROM appointments_requirement q JOIN reason r ON r.id = q.reason_id
),
alternative AS MATERIALIZED (
    SELECT q.id AS requirement_id, x.id AS resource_id
    FROM requirement q
    JOIN appointments_requiredresource a ON a.requirement_id = q.id
    JOIN appointments_resource x ON x.id = a.resource_id AND x.is_active AND x.kind <> 'calendar'
),
margin AS MATERIALIZED (
    SELECT DISTINCT reach, before FROM calendar WHERE EXISTS (SELECT FROM requirement)
)"""

# Everything is asked for in one call: calendars and alternatives.
TAKEN = """
asked AS (
    SELECT id AS resource_id, reach, before FROM calendar
    UNION SELECT a.resource_id, m.reach, m.before FROM alternative a CROSS JOIN margin m
),
taken AS MATERIALIZED (
    SELECT busy.resource_id, busy.reach, busy.times
    FROM (SELECT array_agg(resource_id) AS resources, array_agg(reach) AS reaches, array_agg(before) AS befores
          FROM asked) a,
         (SELECT min(starts_at) AS from_at, max(ends_at) AS to_at FROM block) w,
         sec.busy(a.resources, a.reaches, a.befores, w.from_at, w.to_at, %(now)s::timestamptz) busy
)"""

SOURCES = (REASON, CALENDAR, DAY, BLOCK, RUN, NEEDED, TAKEN)

NOTICE = Rule("notice", where="t >= c.earliest")

BUSY = Rule(
    "busy",
    join="LEFT JOIN taken ON taken.resource_id = c.id AND taken.reach = c.reach",
    where="(taken.times @> t) IS NOT TRUE",
)

ABSENCE = Rule(
    "absence",
    tables="""
absent AS MATERIALIZED (
    SELECT c.id AS calendar_id,
           range_agg(tstzrange(a.starts_at - c.duration + interval '1 microsecond', a.ends_at)) AS times
    FROM calendar c JOIN appointments_absence a ON a.resource_id = c.id
    WHERE a.ends_at > (SELECT min(starts_at) FROM block) AND a.starts_at < (SELECT max(ends_at) FROM block)
    GROUP BY c.id
)""",
    join="LEFT JOIN absent ON absent.calendar_id = c.id",
    where="(absent.times @> t) IS NOT TRUE",
)

# away: when an alternative cannot begin to be used. lacking: when none of a requirement's alternatives can.
REQUIREMENTS = Rule(
    "requirements",
    tables="""
away AS MATERIALIZED (
    SELECT resource_id, reach, range_agg(times) AS times
    FROM (
        SELECT a.resource_id, t.reach, t.times
        FROM taken t JOIN (SELECT DISTINCT resource_id FROM alternative) a ON a.resource_id = t.resource_id
        UNION ALL
        SELECT a.resource_id, m.reach, tstzmultirange(tstzrange(a.starts_at - m.reach, a.ends_at + m.before))
        FROM margin m CROSS JOIN appointments_absence a
        WHERE a.resource_id IN (SELECT resource_id FROM alternative)
          AND a.ends_at + m.before > (SELECT min(starts_at) FROM block)
          AND a.starts_at - m.reach < (SELECT max(ends_at) FROM block)
    ) each
    GROUP BY 1, 2
),
lacking AS MATERIALIZED (
    SELECT reach, range_agg(times) AS times
    FROM (
        SELECT q.id, m.reach,
               CASE WHEN count(a.resource_id) = 0 THEN '{(,)}'
                    ELSE range_intersect_agg(coalesce(away.times, '{}')) END AS times
        FROM requirement q CROSS JOIN margin m
        LEFT JOIN alternative a ON a.requirement_id = q.id
        LEFT JOIN away ON away.resource_id = a.resource_id AND away.reach = m.reach
        GROUP BY 1, 2
    ) each
    GROUP BY 1
)""",
    join="LEFT JOIN lacking ON lacking.reach = c.reach",
    where="(lacking.times @> t) IS NOT TRUE",
)

# Requirements that share alternatives need different ones. By Hall's theorem that works out exactly when every set of
# requirements has at least as many free alternatives as members; sets that share nothing follow from their members.
# scarce counts, along time, the alternatives of a set that are away.
SHARED = Rule(
    "shared",
    tables="""
team (members, resources) AS (
    SELECT ARRAY[q.id], ARRAY(SELECT a.resource_id FROM alternative a WHERE a.requirement_id = q.id)
    FROM requirement q
    UNION ALL
    SELECT t.members || q.id, t.resources || ARRAY(SELECT a.resource_id FROM alternative a WHERE a.requirement_id = q.id)
    FROM team t JOIN requirement q ON q.id > t.members[cardinality(t.members)]
),
sharing AS MATERIALIZED (
    SELECT t.members, d.resources, cardinality(d.resources) - cardinality(t.members) AS spare
    FROM team t CROSS JOIN LATERAL (SELECT ARRAY(SELECT DISTINCT unnest(t.resources)) AS resources) d
    WHERE cardinality(t.members) > 1 AND cardinality(d.resources) < cardinality(t.resources)
),
scarce AS MATERIALIZED (
    SELECT reach, range_agg(times) AS times
    FROM (
        SELECT reach, tstzrange(at, lead(at) OVER set) AS times, sum(change) OVER set > spare AS is_short
        FROM (
            SELECT s.members, s.spare, away.reach, edge.at, sum(edge.change) AS change
            FROM sharing s JOIN away ON away.resource_id = ANY (s.resources)
            CROSS JOIN unnest(away.times) span
            CROSS JOIN LATERAL (VALUES (lower(span), 1), (upper(span), -1)) edge (at, change)
            GROUP BY 1, 2, 3, 4
        ) edges
        WINDOW set AS (PARTITION BY members, reach ORDER BY at)
        UNION ALL
        SELECT m.reach, tstzrange(NULL, NULL), s.spare < 0 FROM sharing s CROSS JOIN margin m
    ) each
    WHERE is_short
    GROUP BY 1
)""",
    join="LEFT JOIN scarce ON scarce.reach = c.reach",
    where="(scarce.times @> t) IS NOT TRUE",
)

RULES = (NOTICE, BUSY, ABSENCE, REQUIREMENTS, SHARED)

FREE = "SELECT c.id, array_agg(DISTINCT t ORDER BY t)"
NEXT = "SELECT c.id, min(t)"
# The resources that are free for one start, as pairs of arrays.
FIT = """
SELECT DISTINCT t, c.duration, c.before, c.reach + interval '1 microsecond',
       ARRAY(SELECT id FROM requirement ORDER BY id),
       free.requirements, free.resources"""


def statement(select: str, *, rules: tuple[Rule, ...] = RULES, extra_join: str = "", tail: str = "GROUP BY c.id") -> str:
    """The whole statement: sources and rules' tables, then ``select`` over the candidates that every rule lets stay."""
    tables = ",".join([*SOURCES, *(rule.tables for rule in rules if rule.tables)])
    joins = "\n".join(rule.join for rule in rules if rule.join)
    where = "\n  AND ".join(rule.where for rule in rules)
    return f"""WITH RECURSIVE {tables}
{select}
FROM calendar c
JOIN block b ON b.calendar_id = c.id
JOIN run ON run.calendar_id = b.calendar_id AND run.day = b.day
        AND run.starts_at <= b.starts_at AND b.starts_at < run.ends_at
{joins}
CROSS JOIN LATERAL generate_series(
    b.starts_at, least(run.ends_at - c.duration, b.ends_at - interval '1 microsecond'), c.step) AS t
{extra_join}
WHERE {where}
{tail}"""


FREE_SLOTS = statement(FREE)
NEXT_FREE = statement(NEXT)
FIT_SLOT = statement(
    FIT,
    extra_join="""CROSS JOIN LATERAL (
    SELECT array_agg(a.requirement_id ORDER BY a.requirement_id, a.resource_id) AS requirements,
           array_agg(a.resource_id ORDER BY a.requirement_id, a.resource_id) AS resources
    FROM alternative a LEFT JOIN away ON away.resource_id = a.resource_id AND away.reach = c.reach
    WHERE (away.times @> t) IS NOT TRUE
) free""",
    tail="  AND t = %(starts_at)s::timestamptz",
)
# The rules alone, as if nobody had taken anything.
OFFERED = statement("SELECT DISTINCT t", rules=(NOTICE, ABSENCE), tail="  AND t = %(starts_at)s::timestamptz")
