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
from django.db.models import (
    BigIntegerField,
    BooleanField,
    Case,
    Count,
    Exists,
    ExpressionWrapper,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    When,
)
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from accounts.enums import Level
from accounts.rights import Rights
from appointments.enums import AppointmentStatus, Origin
from appointments.models import Appointment
from patients.selectors import open_names

if TYPE_CHECKING:
    from .calendar import Span

ONE_DAY = timedelta(days=1)
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


def raw_rows(queryset: QuerySet) -> list[tuple]:
    """The rows of ``values_list`` as the database gives them: Django's own way takes twice as long for thousands."""
    try:
        sql, params = queryset.query.sql_with_params()
    except EmptyResultSet:  # no calendars: Django knows without asking
        return []
    with connections[queryset.db].cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def appointments_in(calendar_ids: Sequence[int], span: "Span", *, rights: Rights) -> list[dict[str, Any]]:
    """The appointments of these calendars in the span, by time. Times are local; names are open. One query."""
    found = Appointment.objects.filter(
        calendar_id__in=calendar_ids,
        # At most a day long: the index is on the start.
        starts_at__gt=span.begins - ONE_DAY,
        starts_at__lt=span.ends,
        ends_at__gt=span.begins,
    )
    return list(events_of(found.order_by("starts_at", "calendar_id", "id"), span.zone, rights))


def event_of(appointment_id: UUID, zone: ZoneInfo, *, rights: Rights) -> dict[str, Any]:
    """One appointment as the calendar shows it, without its rooms. One query."""
    return next(events_of(Appointment.objects.filter(pk=appointment_id), zone, rights))


def _live_parts(**more: Any) -> Subquery:
    """How many parts of the row's visit are not cancelled."""
    parts = Appointment.objects.filter(chain_id=OuterRef("chain_id"), **more).exclude(
        status=AppointmentStatus.CANCELLED
    )
    return Subquery(parts.order_by().values("chain_id").annotate(count=Count("pk")).values("count"))


def _of_chain(found: Subquery) -> Case:
    """Looked up for the few that are part of a visit only."""
    return Case(When(chain__isnull=False, then=found), output_field=IntegerField())


def events_of(appointments: QuerySet[Appointment], zone: ZoneInfo, rights: Rights) -> Iterator[dict[str, Any]]:
    """Each appointment as the calendar shows it, without its rooms. One query."""
    earlier = Appointment.objects.filter(patient_id=OuterRef("patient_id"), starts_at__lt=OuterRef("starts_at"))
    rows = raw_rows(
        appointments.values_list(
            Cast("id", TextField()),
            "calendar_id",
            "reason_id",
            Epoch("starts_at"),
            Epoch("ends_at"),
            "status",
            "origin",
            "patient_id",
            "patient__name",
            "version",
            "is_outside",
            "is_overbooked",
            "has_note",
            ExpressionWrapper(Q(series__isnull=False), BooleanField()),
            ~Exists(earlier.exclude(status=AppointmentStatus.CANCELLED)),
            _of_chain(_live_parts(starts_at__lte=OuterRef("starts_at"))),
            _of_chain(_live_parts()),
        )
    )
    names = open_names((row[7], row[8]) for row in rows)
    local = LocalTimes(zone)
    for id, calendar, reason, starts, ends, status, origin, patient, _sealed, version, *marks, part, parts in rows:
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
            "flags": list(compress(FLAGS, (origin == Origin.ONLINE, *marks))),
            "may": status != AppointmentStatus.CANCELLED and rights.on(calendar) >= Level.INSIDE,
        }
        if part and status != AppointmentStatus.CANCELLED:
            event["part"] = _("Part %(number)s of %(total)s") % {"number": part, "total": parts}
        yield event
