"""The statement behind availability, put together from named pieces: one rule, one piece.

A *source* finds what the rules are about, down to ``opening``: one row a calendar with its blocks as arrays. A *rule*
says which starts ``t`` of an opening ``o`` stay; it may bring tables of its own and join them to ``o``. All rules work
on starts, not on visits: a time that is taken is widened by as much as a visit reaches, so that one look-up decides
(``times @> t``). Each rule has a twin of the same name in tests/appointments/oracle.py; what the rules mean is in
docs/decisions/0003-availability.md.

The statement must not depend on the planner's guesses, which are wrong by a factor of a thousand here: large sets are
never joined to each other, they are arrays and multiranges of one calendar.

PARAMETERS: ``minutes`` is a length other than the usual one, or NULL; ``today`` and ``clock`` are the clinic's local
date and time; days, midnights (epoch seconds), jumps and shifts (seconds; local_days.Day) and holidays have one entry
for each local day.
"""

import re
from dataclasses import dataclass

PARAMETERS = (
    "reason_id",
    "calendar_ids",
    "online",
    "now",
    "today",
    "clock",
    "days",
    "midnights",
    "jumps",
    "shifts",
    "holidays",
    "minutes",
    "starts_at",
)


@dataclass(frozen=True, slots=True)
class Rule:
    """``where`` is true of the starts that stay, ``block`` of the blocks (``b``) whose starts may stay; ``tables`` are
    WITH queries of the rule, ``join`` leads to them."""

    name: str
    where: str = ""
    block: str = ""
    tables: str = ""
    join: str = ""


def instant(second: str) -> str:
    """The instant of a local second of day ``d``: local_days.Day.instant in SQL."""
    return f"""to_timestamp(d.midnight
               + CASE WHEN {second} >= d.jump + d.shift THEN {second} - d.shift ELSE least({second}, d.jump) END)"""


REASON = """
reason AS MATERIALIZED (
    SELECT id, duration, buffer_before, buffer_after, step, minimum_notice, capacity,
           CASE horizon_unit
               WHEN 'days' THEN base.day + horizon
               WHEN 'weeks' THEN base.day + 7 * horizon
               ELSE (date_trunc('month', base.day::timestamp) + (horizon + 1) * interval '1 month')::date - 1
           END AS last_day
    FROM appointments_visitreason
    CROSS JOIN LATERAL (SELECT %(today)s::date - (%(clock)s::time < opens_at IS TRUE)::int AS day) base
    WHERE id = %(reason_id)s::bigint AND (is_online OR NOT %(online)s)
)"""

# A visit that begins up to ``reach`` before something else touches it. Without the last microsecond, which is as fine
# as PostgreSQL counts: one may end when the other begins.
CALENDAR = """
calendar AS MATERIALIZED (
    SELECT c.id, c.site_id, f.most_a_day,
           length.minutes * interval '1 minute' AS duration,
           (length.minutes + r.buffer_after) * interval '1 minute'
               - interval '1 microsecond' AS reach,
           r.buffer_before * interval '1 minute' AS before,
           r.step * interval '1 minute' AS step,
           CASE WHEN %(online)s THEN %(now)s::timestamptz + r.minimum_notice * interval '1 minute'
                ELSE %(now)s::timestamptz END AS earliest
    FROM reason r
    JOIN appointments_calendarreason f ON f.reason_id = r.id
    JOIN appointments_resource c ON c.id = f.calendar_id
    CROSS JOIN LATERAL (SELECT coalesce(%(minutes)s::int, f.duration, r.duration) AS minutes) length
    WHERE c.id = ANY (%(calendar_ids)s::bigint[]) AND c.kind = 'calendar' AND c.is_active
      AND (c.is_online OR NOT %(online)s)
)"""

# Statistics ask with these two as well: what is open is one definition.
LOCAL_DAYS = """
    SELECT d.*, extract(isodow FROM d.day)::int AS weekday,
           to_timestamp(d.midnight) AS begins, to_timestamp(d.midnight + 86400 - d.shift) AS ends
    FROM unnest(%(days)s::date[], %(midnights)s::float8[], %(jumps)s::int[], %(shifts)s::int[], %(holidays)s::bool[])
        AS d (day, midnight, jump, shift, is_holiday)"""
# Weeks are counted from Monday.
OPEN_THAT_DAY = """h.valid_from <= d.day AND (h.valid_until IS NULL OR d.day <= h.valid_until)
      AND (h.on_holidays OR NOT d.is_holiday)
      AND (h.every_weeks = 1
           OR mod((d.day - d.weekday - h.valid_from + extract(isodow FROM h.valid_from)::int) / 7,
                  h.every_weeks) = 0)"""

# The horizon ends the days.
DAY = f"""
day AS MATERIALIZED ({LOCAL_DAYS}
    WHERE NOT %(online)s OR d.day <= (SELECT last_day FROM reason)
)"""

# touches: whether by the clock another block of the same weekday meets or overlaps this one.
HOURS = """
hours AS MATERIALIZED (
    SELECT c.id, coalesce(h.site_id, c.site_id) AS site_id, c.most_a_day, c.duration, c.reach, c.before, c.step,
           c.earliest, h.weekday, h.valid_from, h.valid_until, h.every_weeks, h.on_holidays, h.late_share,
           h.late_hours * interval '1 hour' AS late, allowed.share,
           date_part('epoch', h.starts) AS starts, date_part('epoch', h.ends) AS ends,
           coalesce(lead(h.starts) OVER later <= h.ends, false)
               OR coalesce(max(h.ends) OVER before_it >= h.starts, false) AS touches
    FROM calendar c JOIN appointments_openinghours h ON h.calendar_id = c.id
    LEFT JOIN appointments_openinghoursreason allowed
        ON allowed.hours_id = h.id AND allowed.reason_id = %(reason_id)s::bigint
    WHERE (h.is_online OR NOT %(online)s)
      AND (allowed.id IS NOT NULL
           OR NOT EXISTS (SELECT FROM appointments_openinghoursreason a WHERE a.hours_id = h.id))
    WINDOW later AS (PARTITION BY c.id, h.weekday ORDER BY h.starts),
           before_it AS (later ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
)"""

# One opening a calendar and site: its blocks as arrays in step. lasts: the last start of each block. A block by itself
# ends its visits; where blocks touch, rule RUN looks.
BLOCK = f"""
block AS (
    SELECT h.*, d.begins AS day_begins, d.ends AS day_ends,
           {instant("h.starts")} AS starts_at,
           {instant("h.ends")} AS ends_at,
           h.touches OR d.shift <> 0 AS may_cross
    FROM hours h JOIN day d ON d.weekday = h.weekday
    WHERE {OPEN_THAT_DAY}
)"""

OPENING = """
opening AS MATERIALIZED (
    SELECT id, site_id, most_a_day, duration, reach, before, step, earliest,
           min(day_begins) AS from_at, max(day_ends) AS to_at,
           array_agg(starts_at) AS firsts,
           array_agg(ends_at - CASE WHEN may_cross THEN interval '1 microsecond' ELSE duration END) AS lasts,
           array_agg(ends_at) AS ends,
           array_agg(day_begins) AS days_begin,
           array_agg(day_ends) AS days_end,
           array_agg(share) AS shares,
           array_agg(late_share) AS late_shares,
           array_agg(late) AS lates,
           CASE WHEN bool_or(may_cross) THEN range_agg(tstzrange(starts_at, ends_at)) END AS open
    FROM block
    GROUP BY id, site_id, most_a_day, duration, reach, before, step, earliest
)"""

# What the reason needs besides the calendar; two of something are two requirements with the same alternatives.
# margin: what visits of the calendars reach, few distinct lengths.
NEEDED = """
requirement AS MATERIALIZED (
    SELECT row_number() OVER (ORDER BY q.id, copy) AS id, q.id AS requirement_id
    FROM appointments_requirement q JOIN reason r ON r.id = q.reason_id
    JOIN (VALUES (1), (2), (3), (4)) AS each (copy) ON copy <= q.quantity  -- no more: requirement_quantity
),
alternative AS MATERIALIZED (
    SELECT q.id AS requirement_id, x.id AS resource_id
    FROM requirement q
    JOIN appointments_requiredresource a ON a.requirement_id = q.requirement_id
    JOIN appointments_resource x ON x.id = a.resource_id AND x.is_active AND x.kind <> 'calendar'
),
margin AS MATERIALIZED (
    SELECT DISTINCT reach, before FROM opening WHERE EXISTS (SELECT FROM requirement)
)"""

# One call asks for everything: calendars and alternatives. groups: starts at which a group still has a place.
# is_counted: a rule asks how many visits there are for the reason.
TAKEN = """
period AS MATERIALIZED (
    SELECT min(from_at) AS from_at, max(to_at) AS to_at,
           (SELECT capacity > 1 FROM reason) AS is_group,
           EXISTS (SELECT FROM hours WHERE share IS NOT NULL OR most_a_day IS NOT NULL) AS is_counted
    FROM opening
),
taken AS MATERIALIZED (
    SELECT busy.*,
           CASE WHEN p.is_group THEN
               ARRAY(SELECT s FROM unnest(busy.same) s GROUP BY s HAVING count(*) < (SELECT capacity FROM reason))
           END AS groups
    FROM period p,
         (SELECT array_agg(id) AS resources, array_agg(site_id) AS sites, array_agg(reach) AS reaches,
                 array_agg(before) AS befores
          FROM (SELECT id, site_id, reach, before FROM opening
                UNION SELECT a.resource_id, NULL, m.reach, m.before FROM alternative a CROSS JOIN margin m) each) asked,
         sec.busy(asked.resources, asked.sites, asked.reaches, asked.befores,
                  CASE WHEN p.is_group OR p.is_counted THEN %(reason_id)s::bigint END, p.is_group,
                  p.from_at, p.to_at, %(now)s::timestamptz) busy
)"""

SOURCES = (REASON, CALENDAR, DAY, HOURS, BLOCK, OPENING, NEEDED, TAKEN)

NOTICE = Rule("notice", where="t >= o.earliest")

# Blocks that touch or overlap are one run: a visit may cross from one to the next.
RUN = Rule("run", where="(o.open IS NULL OR o.open @> tstzrange(t, t + o.duration))")

# A group that still has a place, when nothing else is in the way: its calendar and rooms are taken, and shared.
JOINS = "(t = ANY (taken.groups) AND (taken.others @> t) IS NOT TRUE)"

BUSY = Rule(
    "busy",
    join="LEFT JOIN taken ON taken.resource_id = o.id AND taken.site_id = o.site_id AND taken.reach = o.reach",
    where=f"((taken.times @> t) IS NOT TRUE OR {JOINS})",
)

# Of a block's times some stay closed until shortly before, spread evenly: the nth (from 0) is one of them when the
# share of n + 1 is a whole time more than the share of n.
PLACE = "round(extract(epoch FROM t - first) / extract(epoch FROM o.step))::int"
LATE = Rule(
    "late",
    where=f"""(NOT %(online)s OR late_share = 0 OR t <= %(now)s::timestamptz + late
               OR ({PLACE} + 1) * late_share / 100 = {PLACE} * late_share / 100)""",
)

# How much of a block a reason may take, this visit included; and how many visits in a calendar on a day.
SHARE = Rule(
    "share",
    block="""(NOT %(online)s OR b.share IS NULL
               OR ((SELECT count(DISTINCT s) FROM unnest(taken.same) s WHERE s >= b.first AND s < b.ends) + 1)
                   * o.duration <= b.share / 100.0 * (b.ends - b.first))""",
)
DAILY = Rule(
    "daily",
    block="""(NOT %(online)s OR o.most_a_day IS NULL
               OR (SELECT count(*) FROM unnest(taken.same) s WHERE s >= b.day_begins AND s < b.day_ends)
                   < o.most_a_day)""",
)

# The visit itself must not meet an absence; its buffers may. Looked up calendar by calendar, by the index: joined to
# all openings at once, a thousand calendars that are all away take longer.
ABSENCE = Rule(
    "absence",
    join="""
CROSS JOIN LATERAL (
    SELECT range_agg(tstzrange(a.starts_at - o.duration + interval '1 microsecond', a.ends_at)) AS times
    FROM appointments_absence a
    WHERE a.resource_id = o.id AND a.ends_at > o.from_at AND a.starts_at < o.to_at
) absent""",
    where="(absent.times @> t) IS NOT TRUE",
)

# away: starts at which an alternative is not to be had. lacking: at which none of a requirement's alternatives is.
REQUIREMENT = Rule(
    "requirement",
    tables="""
away AS MATERIALIZED (
    SELECT resource_id, reach, range_agg(times) AS times
    FROM (
        SELECT resource_id, reach, times FROM taken WHERE resource_id IN (SELECT resource_id FROM alternative)
        UNION ALL
        SELECT a.resource_id, m.reach, tstzmultirange(tstzrange(a.starts_at - m.reach, a.ends_at + m.before))
        FROM margin m, period p, appointments_absence a
        WHERE a.resource_id IN (SELECT resource_id FROM alternative)
          AND a.ends_at + m.before > p.from_at AND a.starts_at - m.reach < p.to_at
    ) each
    GROUP BY resource_id, reach
),
lacking AS MATERIALIZED (
    SELECT reach, range_agg(times) AS times
    FROM (
        SELECT m.reach,
               CASE WHEN count(a.resource_id) = 0 THEN '{(,)}'
                    ELSE range_intersect_agg(coalesce(away.times, '{}')) END AS times
        FROM requirement q CROSS JOIN margin m
        LEFT JOIN alternative a ON a.requirement_id = q.id
        LEFT JOIN away ON away.resource_id = a.resource_id AND away.reach = m.reach
        GROUP BY q.id, m.reach
    ) each
    GROUP BY reach
)""",
    join="LEFT JOIN lacking ON lacking.reach = o.reach",
    where=f"((lacking.times @> t) IS NOT TRUE OR {JOINS})",
)

# Requirements that share alternatives need different ones. By Hall's theorem that works out exactly when every set of
# requirements has at least as many free alternatives as members; sets that share nothing follow from their members.
# scarce: starts at which too many of a set's alternatives are away, counted along time.
SHARED = Rule(
    "shared",
    tables="""
team (members, resources) AS (
    SELECT ARRAY[q.id], ARRAY(SELECT a.resource_id FROM alternative a WHERE a.requirement_id = q.id)
    FROM requirement q
    UNION ALL
    SELECT t.members || q.id,
           t.resources || ARRAY(SELECT a.resource_id FROM alternative a WHERE a.requirement_id = q.id)
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
        SELECT reach, tstzrange(at, lead(at) OVER along) AS times, sum(change) OVER along > spare AS is_short
        FROM (
            SELECT s.members, s.spare, away.reach, edge.at, sum(edge.change) AS change
            FROM sharing s JOIN away ON away.resource_id = ANY (s.resources)
            CROSS JOIN unnest(away.times) span
            CROSS JOIN LATERAL (VALUES (lower(span), 1), (upper(span), -1)) edge (at, change)
            GROUP BY s.members, s.spare, away.reach, edge.at
        ) edges
        WINDOW along AS (PARTITION BY members, reach ORDER BY at)
        UNION ALL
        SELECT m.reach, '(,)', s.spare < 0 FROM sharing s CROSS JOIN margin m
    ) each
    WHERE is_short
    GROUP BY reach
)""",
    join="LEFT JOIN scarce ON scarce.reach = o.reach",
    where=f"((scarce.times @> t) IS NOT TRUE OR {JOINS})",
)

RULES = (NOTICE, RUN, BUSY, LATE, SHARE, DAILY, ABSENCE, REQUIREMENT, SHARED)

# Functions in the select list run row by row; in FROM they would store all their rows first.
STARTS = """
        FROM (SELECT generate_series(first, last, o.step) AS t, first, late_share, late
              FROM (SELECT unnest(o.firsts) AS first, unnest(o.lasts) AS last, unnest(o.ends) AS ends,
                           unnest(o.days_begin) AS day_begins, unnest(o.days_end) AS day_ends,
                           unnest(o.shares) AS share, unnest(o.late_shares) AS late_share, unnest(o.lates) AS late) b
              {blocks}) s"""

# One start with its lengths, and which alternatives are free then, as two arrays in step.
FIT = """o.duration, o.before, o.reach + interval '1 microsecond', o.site_id,
       %(starts_at)s::timestamptz = ANY (taken.groups),
       ARRAY(SELECT id FROM requirement ORDER BY id),
       free.requirements, free.resources"""
WANTED = "%(starts_at)s::timestamptz"
FREE_ALTERNATIVES = f"""
CROSS JOIN LATERAL (
    SELECT array_agg(a.requirement_id ORDER BY a.requirement_id, a.resource_id) AS requirements,
           array_agg(a.resource_id ORDER BY a.requirement_id, a.resource_id) AS resources
    FROM alternative a LEFT JOIN away ON away.resource_id = a.resource_id AND away.reach = o.reach
    WHERE (away.times @> {WANTED}) IS NOT TRUE
) free"""


def statement(
    answer: str, *, more: str = "", rules: tuple[Rule, ...] = RULES, sources: tuple[str, ...] = SOURCES
) -> str:
    """The whole statement: the sources and the rules' tables, then ``answer`` for each opening."""
    tables = ",".join([*sources, *(rule.tables for rule in rules if rule.tables)])
    joins = "\n".join(rule.join for rule in rules if rule.join)
    return _numbered(f"WITH RECURSIVE {tables}\nSELECT o.id,\n       {answer}\nFROM opening o\n{joins}{more}")


def _numbered(text: str) -> str:
    """``%(name)s`` as PostgreSQL's own $1, $2: psycopg would look for names again each time."""
    return re.sub(r"%\((\w+)\)s", lambda found: f"${PARAMETERS.index(found[1]) + 1}", text)


def starts(where_block: str = "", *, rules: tuple[Rule, ...] = RULES) -> str:
    """The candidates of ``o`` that every rule lets stay, as FROM and WHERE."""
    of_block = [where_block, *(rule.block for rule in rules)]
    of_start = [rule.where for rule in rules]
    return STARTS.format(blocks=_all(of_block, 14)) + _all(of_start, 8)


def _all(conditions: list[str], indent: int) -> str:
    given = [condition for condition in conditions if condition]
    return f"\n{' ' * indent}WHERE " + f"\n{' ' * indent}  AND ".join(given) if given else ""


FREE_SLOTS = statement(f"ARRAY(SELECT DISTINCT t{starts()}\n        ORDER BY t)")
# The inner look stops at the first free start it meets; only a block that begins before that can have an earlier one.
NEXT_FREE = statement(f"(SELECT min(t){starts(f'first <= (SELECT t{starts()} LIMIT 1)')})")
FITS = f"\nWHERE EXISTS (SELECT{starts()} AND t = {WANTED})\nORDER BY o.site_id LIMIT 1"
FIT_SLOT = statement(FIT, more=FREE_ALTERNATIVES + FITS)
# What each rule says of one start, for the opening hours that lead there; without any rule: whether their grid has it.
GRID = Rule("grid", where="true")
EXPLAINED = (GRID, *RULES)
EXPLAIN = statement(
    ",\n       ".join(f"EXISTS (SELECT{starts(rules=(GRID, rule))} AND t = {WANTED})" for rule in EXPLAINED)
)
# One start by the rules alone, as if nobody had taken anything: tells "someone was faster" from "not offered".
OPEN = (NOTICE, RUN, LATE, ABSENCE)
OFFERED = statement("true", rules=OPEN, more=f"\nWHERE EXISTS (SELECT{starts(rules=OPEN)} AND t = {WANTED})")
