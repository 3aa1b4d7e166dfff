"""Absences of calendars, rooms and devices: enter, change, delete; and what becomes of the appointments they strike.

An absence is written only when everything that it strikes was on the list that somebody looked at: it queues behind
the bookings of its resources, as they do behind each other. A time that is held at that moment ends, so that whoever
is still typing reads that it is gone and what is near; confirming and this wait for each other at the hold's row.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from appointments.enums import AbsenceReach
from appointments.models import Absence, Occupancy, Resource
from appointments.selectors.rebooking import Places, places_for
from appointments.selectors.struck import Away, Struck, appointments_struck, holds_struck
from doctolib import audit
from doctolib.tenancy.scopes import require_scope

from .taking import claim_exactly

MOST = 104  # times a week: two years
WEEK = timedelta(weeks=1)


class StrikesAppointments(Exception):
    """Appointments lie in these times that were not on the list looked at; nothing was written.

    ``struck``: all of them. ``places``: where each could go, with the absence in place.
    """

    def __init__(self, struck: list[Struck], places: dict[UUID, Places]) -> None:
        super().__init__(type(self).__name__)
        self.struck, self.places = struck, places


class ChangedMeanwhile(Exception):
    """Somebody else has deleted it."""


@dataclass(frozen=True, slots=True)
class Span:
    """Local times without their zone."""

    starts: datetime
    ends: datetime

    def instants(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Of a time that the clocks leave out, as long as it would be on another day."""
        starts, ends = self.starts.replace(tzinfo=zone), self.ends.replace(tzinfo=zone)
        if ends.timestamp() <= starts.timestamp():
            ends = datetime.fromtimestamp(starts.timestamp(), zone) + (self.ends - self.starts)
        return starts, ends

    def later(self, by: timedelta) -> "Span":
        return Span(self.starts + by, self.ends + by)


def every_week(first: Span, until: date | None) -> list[Span]:
    """The span and its repetitions at the same local time; the last begins on ``until`` at the latest."""
    if until is None:
        return [first]
    count = (until - first.starts.date()) // WEEK + 1
    return [first.later(number * WEEK) for number in range(max(count, 1))]


def enter_absences(
    *,
    key: UUID,
    resources: Collection[Resource],
    spans: Sequence[Span],
    zone: ZoneInfo,
    note: str,
    now: datetime,
    calendars: Mapping[int, str],
    seen: Collection[UUID] = (),
) -> list[UUID]:
    """One row a resource and span, returned by their ids. Entering it again with the same ``key`` changes nothing.

    ``seen``: the appointments that were looked at; ``calendars``: ids and names of those they could move to. Raises
    StrikesAppointments.
    """
    rows = [
        Absence(
            id=uuid5(key, f"{resource.pk} {starts_at.isoformat()} {ends_at.isoformat()}"),
            resource_id=resource.pk,
            starts_at=starts_at,
            ends_at=ends_at,
            note=note or None,
            series_id=key if len(spans) * len(resources) > 1 else None,
        )
        for resource in resources
        for starts_at, ends_at in (span.instants(zone) for span in spans)
    ]
    with transaction.atomic(using=require_scope("organisation").database):
        claim_exactly(resource.pk for resource in resources)
        there = set(Absence.objects.filter(pk__in=[row.pk for row in rows]).values_list("pk", flat=True))
        if fresh := [row for row in rows if row.pk not in there]:  # none: a second click, whose first was done
            Absence.objects.bulk_create(fresh)
            _look(fresh, now=now, seen=seen, calendars=calendars, zone=zone)
            for resource, own in _by_resource(fresh):
                _note("absence.entered", resource, own)
    return [row.pk for row in rows]


def reached(absence: Absence, reach: AbsenceReach) -> list[Absence]:
    """The rows that a change of this one is about, in order of time: of its series those of other resources, too."""
    rows = Absence.objects.filter(pk=absence.pk)
    if absence.series_id and reach != AbsenceReach.ONE:
        rows = Absence.objects.filter(series_id=absence.series_id)
        if reach == AbsenceReach.FOLLOWING:
            rows = rows.filter(starts_at__gte=absence.starts_at)
    return list(rows.order_by("starts_at", "resource_id"))


def change_absences(
    *,
    absence: Absence,
    rows: Sequence[Absence],
    to: Span,
    zone: ZoneInfo,
    note: str,
    now: datetime,
    calendars: Mapping[int, str],
    seen: Collection[UUID] = (),
) -> None:
    """Give this absence and the others of ``rows`` new times and a new note; the others move by as many days, at the
    same local time. Raises StrikesAppointments, ChangedMeanwhile."""
    by = to.starts.date() - absence.starts_at.astimezone(zone).date()
    with transaction.atomic(using=require_scope("organisation").database):
        claim_exactly({row.resource_id for row in rows})
        current = _locked(rows)
        for row in current:
            day = row.starts_at.astimezone(zone).date() + by
            row.starts_at, row.ends_at = to.later(day - to.starts.date()).instants(zone)
            row.note = note or None
            row.save(update_fields=["starts_at", "ends_at", "note"])
        _look(current, now=now, seen=seen, calendars=calendars, zone=zone)
        for resource, own in _by_resource(current):
            _note("absence.changed", resource, own)


def delete_absences(*, rows: Sequence[Absence]) -> int:
    """There again. Appointments that were moved or cancelled stay so. Returns how many were left to delete."""
    with transaction.atomic(using=require_scope("organisation").database):
        current = list(Absence.objects.filter(pk__in=[row.pk for row in rows]))
        for resource, own in _by_resource(current):
            _note("absence.deleted", resource, own)
        Absence.objects.filter(pk__in=[row.pk for row in current]).delete()
    return len(current)


def away_of(rows: Sequence[Absence]) -> list[Away]:
    return [Away(row.resource_id, row.starts_at, row.ends_at) for row in rows]


def _look(
    rows: Sequence[Absence], *, now: datetime, seen: Collection[UUID], calendars: Mapping[int, str], zone: ZoneInfo
) -> None:
    """End what is held, wait for who confirms at this moment, then see every appointment there is."""
    away = away_of(rows)
    held = list(holds_struck(away, now=now).select_for_update(of=("self",)).order_by("pk"))
    ended = now - settings.HOLD_LIFETIME  # by the clock of a request that began before this one, too
    for hold in held:
        hold.expires_at = ended
        hold.save(update_fields=["expires_at"])
    Occupancy.objects.filter(hold__in=held).update(expires_at=ended)
    struck = appointments_struck(away, now=now)
    if not {appointment.id for appointment in struck} <= set(seen):
        raise StrikesAppointments(struck, places_for(struck, calendars, now=now, zone=zone))


def _locked(rows: Sequence[Absence]) -> list[Absence]:
    ids = [row.pk for row in rows]
    current = list(Absence.objects.filter(pk__in=ids).select_for_update(of=("self",)).order_by("pk"))
    if len(current) != len(ids):
        raise ChangedMeanwhile
    return current


def _by_resource(rows: Sequence[Absence]) -> list[tuple[Resource, list[Absence]]]:
    resources = Resource.objects.filter(pk__in={row.resource_id for row in rows}).order_by("pk")
    return [(resource, [row for row in rows if row.resource_id == resource.pk]) for resource in resources]


def _note(action: str, resource: Resource, rows: Sequence[Absence]) -> None:
    """One row in the trail a resource: when, never why (the note is sealed)."""
    details: dict[str, Any] = {
        "absences": len(rows),
        "from": min(row.starts_at for row in rows).isoformat(),
        "to": max(row.ends_at for row in rows).isoformat(),
    }
    audit.record(action, resource, about=resource, details=details)


def last_day(midnight: date) -> date:
    """The last day of an absence that ends with this day's beginning."""
    return midnight - timedelta(days=1)
