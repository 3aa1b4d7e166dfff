"""The calendar's appointments with names, marks and what the reader may do with them, ready for JSON.

Rows stay raw: a week of twenty calendars is some 1,500 appointments, and each patient's sealed name is opened once.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import compress
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import BigIntegerField, Func, QuerySet
from django.utils.translation import gettext as _
from psycopg.types.numeric import Int8

from accounts.enums import Level
from accounts.rights import Rights
from appointments.enums import AppointmentStatus, Origin
from doctolib import prepared
from doctolib.tenancy.scopes import require_scope
from patients.selectors import open_names

if TYPE_CHECKING:
    from .calendar import Span

ONE_DAY = timedelta(days=1)
# A member of an enumeration takes longer to compare than the text it is, and there are thousands.
CANCELLED, ONLINE = AppointmentStatus.CANCELLED.value, Origin.ONLINE.value
FLAGS = ("online", "outside", "overbooked", "note", "series", "new")  # in the order of the columns below


class Epoch(Func):
    """An instant in whole seconds since 1970: psycopg makes an int of it in a tenth of a datetime's time."""

    template = "extract(epoch FROM %(expressions)s)::bigint"
    output_field = BigIntegerField()

    def get_db_converters(self, connection: Any) -> list:
        return []  # psycopg's int is one already


class LocalTimes(dict[int, str]):
    """Epoch seconds as local times "2026-11-23T08:00": a week has many appointments and few different times."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone

    def __missing__(self, second: int) -> str:
        text = self[second] = datetime.fromtimestamp(second, self.zone).isoformat()[:16]
        return text

    def of(self, instant: datetime) -> str:
        return self[int(instant.timestamp())]


class Changeable(dict[int, bool]):
    """Whether the reader may change appointments of a calendar."""

    def __init__(self, rights: Rights) -> None:
        self.rights = rights

    def __missing__(self, calendar: int) -> bool:
        may = self[calendar] = self.rights.on(calendar) >= Level.INSIDE
        return may


def raw_rows(queryset: QuerySet) -> list[tuple]:
    """The rows of ``values_list`` as the database gives them: Django's own way takes twice as long for thousands."""
    try:
        sql, params = queryset.query.sql_with_params()
    except EmptyResultSet:  # no calendars: Django knows without asking
        return []
    with connections[queryset.db].cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


# Written by hand and prepared: for a week of twenty calendars, Django's compiler, PostgreSQL's planner and values as
# text cost a fifth of the time. Parts of a visit are counted for the few that are part of one.
EVENTS = f"""
SELECT a.id::text, a.calendar_id, a.reason_id, extract(epoch FROM a.starts_at)::bigint,
       extract(epoch FROM a.ends_at)::bigint, a.status, a.origin, uuid_send(a.patient_id), p.name_sealed, a.version,
       a.is_outside, a.is_overbooked, a.has_note, a.series_id IS NOT NULL,
       NOT EXISTS (
           SELECT FROM appointments_appointment e
           WHERE e.patient_id = a.patient_id AND e.starts_at < a.starts_at AND e.status <> '{CANCELLED}'
       ),
       CASE WHEN a.chain_id IS NOT NULL AND a.status <> '{CANCELLED}' THEN (
           SELECT ARRAY[count(*) FILTER (WHERE c.starts_at <= a.starts_at), count(*)]
           FROM appointments_appointment c WHERE c.chain_id = a.chain_id AND c.status <> '{CANCELLED}'
       ) END
FROM appointments_appointment a JOIN patients_patient p ON p.id = a.patient_id
WHERE {{condition}}
ORDER BY a.starts_at, a.calendar_id, a.id"""
# Visits are at most a day long: the index is on their start.
IN_CALENDARS = EVENTS.format(
    condition="a.calendar_id = ANY ($1) AND a.starts_at > $2 AND a.starts_at < $4 AND a.ends_at > $3"
)
BY_ID = EVENTS.format(condition="a.id = ANY ($1)")


def appointments_in(calendar_ids: Sequence[int], span: "Span", *, rights: Rights) -> list[dict[str, Any]]:
    """The appointments of these calendars in the span, by time. Times are local; names are open. One query."""
    asked = [[Int8(calendar) for calendar in calendar_ids], span.begins - ONE_DAY, span.begins, span.ends]
    return list(_events(IN_CALENDARS, asked, span.zone, rights))


def appointments_by_id(ids: Sequence[UUID], zone: ZoneInfo, *, rights: Rights) -> list[dict[str, Any]]:
    """The same of appointments that are named, as the calendar shows them, without their rooms. One query."""
    return list(_events(BY_ID, [ids], zone, rights))


def _events(statement: str, asked: Sequence[Any], zone: ZoneInfo, rights: Rights) -> Iterator[dict[str, Any]]:
    rows = prepared.rows(statement, asked, using=require_scope("organisation").database, binary=True)
    names = open_names((row[7], row[8]) for row in rows)
    local, may = LocalTimes(zone), Changeable(rights)
    for id, calendar, reason, starts, ends, status, origin, patient, _sealed, version, *marks, part in rows:
        event = {
            "id": id,
            "calendar": calendar,
            "reason": reason,
            "start": local[starts],
            "end": local[ends],
            "status": status,
            "origin": origin,
            "name": (name := names[patient]).sorted,
            "born": name.birth_date,
            "version": version,
            "flags": list(compress(FLAGS, (origin == ONLINE, *marks))),
            "may": status != CANCELLED and may[calendar],
        }
        if part:
            event["part"] = _("Part %(number)s of %(total)s") % {"number": part[0], "total": part[1]}
        yield event
