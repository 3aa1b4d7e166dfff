"""The statements behind the statistics. What each figure means: docs/statistics.md.

They look at visits that begin in the period or in the period before, which ends where the period begins. ``buckets``
are the first moment of the period before and that of each step of the period, so bucket 1 is the period before, and
a row's bucket is one look into an array. ``turns`` are local midnights: how many lie between two moments is a number
of local days, much cheaper than two conversions of time zones a row.

Each statement touches a row of the table once and groups finely; what is added up afterwards is small. ``part`` tells
what a row of the answer is about: 'all', a 'step' (``id`` is its bucket), or a 'row' (a calendar, unit or reason).
"""

from appointments.enums import Breakdown

from .availability_sql import LOCAL_DAYS, OPEN_THAT_DAY, instant

DIMENSIONS = {Breakdown.CALENDAR: "a.calendar_id", Breakdown.UNIT: "c.unit_id", Breakdown.REASON: "a.reason_id"}
BUCKETS = "%(buckets)s::timestamptz[]"
MINE = "a.calendar_id = ANY (%(calendars)s::bigint[])"

# Unfiltered counts are additive, so they are made once for each row and step.
COUNTS = """
WITH cell AS (
    SELECT {dimension} AS dimension, width_bucket(a.starts_at, {buckets}) AS bucket,
           count(*) AS booked,
           count(*) FILTER (WHERE a.origin = 'online') AS online,
           count(*) FILTER (WHERE a.status = 'cancelled') AS cancelled,
           count(*) FILTER (WHERE a.cancelled_by = 'patient') AS by_patient,
           count(*) FILTER (WHERE a.cancelled_by = 'staff') AS by_clinic,
           count(*) FILTER (WHERE a.status = 'no_show') AS missed,
           count(*) FILTER (WHERE a.status <> 'cancelled' AND a.starts_at <= %(now)s::timestamptz) AS due
    FROM {visits}
    GROUP BY 1, 2
)
SELECT CASE WHEN grouping(dimension) = 0 THEN 'row' WHEN grouping(bucket) = 0 THEN 'step' ELSE 'all' END AS part,
       coalesce(dimension, bucket, 0) AS id, is_before,
       sum(booked)::bigint, sum(online)::bigint, sum(cancelled)::bigint, sum(by_patient)::bigint,
       sum(by_clinic)::bigint, sum(missed)::bigint, sum(due)::bigint
FROM (SELECT *, bucket = 1 AS is_before FROM cell) c
GROUP BY GROUPING SETS ((bucket, is_before), (dimension, is_before), (is_before))"""

# Quartiles are not additive, numbers of equal values are. The kth quartile is the smallest value that k quarters of
# the visits do not exceed: one that occurred, never a mean of two. Two plain groupings, not GROUPING SETS, which
# PostgreSQL does not spread over several processors.
QUARTILES = """
WITH of_row AS (
    SELECT {dimension} AS id, a.starts_at < %(period_at)s::timestamptz AS is_before, {value} AS value, count(*) AS n
    FROM {visits} AND {condition}
    GROUP BY 1, 2, 3
),
of_step AS MATERIALIZED (
    SELECT width_bucket(a.starts_at, {buckets}) AS id, {value} AS value, count(*) AS n
    FROM {visits} AND {condition}
    GROUP BY 1, 2
),
each AS (
    SELECT 'row' AS part, id, is_before, value, n FROM of_row
    UNION ALL
    SELECT 'step', id, id = 1, value, n FROM of_step
    UNION ALL
    SELECT 'all', 0, id = 1, value, sum(n)::bigint FROM of_step GROUP BY id = 1, value
),
along AS (
    SELECT *, sum(n) OVER (PARTITION BY part, id, is_before ORDER BY value) AS so_far,
           sum(n) OVER (PARTITION BY part, id, is_before) AS whole
    FROM each
)
SELECT part, id, is_before, max(whole)::bigint,
       min(value) FILTER (WHERE so_far * 4 >= whole),
       min(value) FILTER (WHERE so_far * 2 >= whole),
       min(value) FILTER (WHERE so_far * 4 >= whole * 3)
FROM along
GROUP BY part, id, is_before"""

# Booked before ``turns`` begin: rare, and asked of the time zone. Entered after the visit began: no day of lead.
LEAD = """greatest(0, width_bucket(a.starts_at, %(turns)s::timestamptz[])
                  - CASE WHEN a.created_at >= %(turns_from)s::timestamptz
                         THEN width_bucket(a.created_at, %(turns)s::timestamptz[])
                         ELSE 1 - (%(first_day)s::date - (a.created_at AT TIME ZONE %(zone)s)::date) END)"""
HAS_LEAD = "a.status <> 'cancelled'"
WAITING = "floor(date_part('epoch', a.started_at - a.arrived_at) / 60)::int"
HAS_WAITED = "a.started_at >= a.arrived_at"

# Open time is the availability statement's: blocks of the weekly rules on days when they hold, less absences. What
# overlaps or touches is one time. A block ends on the day it begins, so no piece of open time belongs to two steps. A
# visit lasts a day at most (occupancy_in_order); one that began before the period may reach into it.
OPEN = f"""
WITH day AS MATERIALIZED ({LOCAL_DAYS}
),
block AS (
    SELECT h.calendar_id AS id, {instant("date_part('epoch', h.starts)")} AS starts_at,
           {instant("date_part('epoch', h.ends)")} AS ends_at
    FROM appointments_openinghours h JOIN appointments_resource r ON r.id = h.calendar_id JOIN day d
        ON d.weekday = h.weekday
    WHERE h.calendar_id = ANY (%(calendars)s::bigint[]) AND r.is_active AND {OPEN_THAT_DAY}
),
ours AS (
    SELECT id, range_agg(tstzrange(starts_at, ends_at)) AS times FROM block WHERE starts_at < ends_at GROUP BY id
),
absent AS (
    SELECT resource_id AS id, range_agg(tstzrange(starts_at, ends_at)) AS times
    FROM appointments_absence
    WHERE resource_id = ANY (%(calendars)s::bigint[])
      AND ends_at > %(from_at)s::timestamptz AND starts_at < %(to_at)s::timestamptz
    GROUP BY resource_id
),
visit AS (
    SELECT a.calendar_id AS id, range_agg(tstzrange(a.starts_at, a.ends_at)) AS times
    FROM appointments_appointment a
    WHERE a.starts_at > %(from_at)s::timestamptz - interval '25 hours' AND a.starts_at < %(to_at)s::timestamptz
      AND {MINE} AND a.status <> 'cancelled'
    GROUP BY a.calendar_id
),
calendar AS MATERIALIZED (
    SELECT id, ours.times - coalesce(absent.times, '{{{{}}}}') AS open, visit.times AS visits
    FROM ours LEFT JOIN absent USING (id) LEFT JOIN visit USING (id)
),
piece AS (
    SELECT id, unnest(open) AS time, 'open' AS part FROM calendar
    UNION ALL
    SELECT id, unnest(open * visits), 'booked' FROM calendar
),
cell AS (
    SELECT id, width_bucket(lower(time), {BUCKETS}) AS bucket, part,
           sum(date_part('epoch', upper(time) - lower(time))) AS seconds
    FROM piece
    GROUP BY 1, 2, 3
)
SELECT CASE WHEN grouping(dimension) = 0 THEN 'row' WHEN grouping(bucket) = 0 THEN 'step' ELSE 'all' END AS part,
       coalesce(dimension, bucket, 0) AS id, is_before,
       sum(seconds) FILTER (WHERE of = 'open'), coalesce(sum(seconds) FILTER (WHERE of = 'booked'), 0)
FROM (SELECT {{dimension}} AS dimension, bucket, bucket = 1 AS is_before, part AS of, seconds
      FROM cell JOIN appointments_resource c USING (id)) each
GROUP BY GROUPING SETS ((bucket, is_before), (dimension, is_before), (is_before))"""


def counts(by: Breakdown, *, one_reason: bool) -> str:
    return COUNTS.format(dimension=DIMENSIONS[by], buckets=BUCKETS, visits=_visits(by, one_reason))


def quartiles(value: str, condition: str, by: Breakdown, *, one_reason: bool) -> str:
    return QUARTILES.format(
        dimension=DIMENSIONS[by], buckets=BUCKETS, visits=_visits(by, one_reason), value=value, condition=condition
    )


def open_time(by: Breakdown) -> str:
    """By unit or by calendar; reasons have no opening hours of their own."""
    return OPEN.format(dimension="c.unit_id" if by == Breakdown.UNIT else "c.id")


def _visits(by: Breakdown, one_reason: bool) -> str:
    """The visits that are counted: what follows FROM, up to a WHERE that may go on."""
    units = " JOIN appointments_resource c ON c.id = a.calendar_id" if by == Breakdown.UNIT else ""
    only = " AND a.reason_id = %(reason)s" if one_reason else ""
    return f"""appointments_appointment a{units}
    WHERE a.starts_at >= %(from_at)s::timestamptz AND a.starts_at < %(to_at)s::timestamptz AND {MINE}{only}"""
