"""Rooms and devices as columns of the calendar: which visits are in them, and what else takes their time.

Rights are on calendars. A visit in a calendar that the reader may not see takes its room all the same: it is shown as
an occupied time, without anything that leads to it.
"""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import TextField
from django.db.models.functions import Cast

from accounts.enums import Level
from accounts.rights import Rights
from appointments.models import Occupancy

from .calendar_events import ONE_DAY, Epoch, LocalTimes, appointments_by_id, raw_rows

if TYPE_CHECKING:
    from .calendar import Span

OCCUPIED = "occupied"  # the status of a time of which the reader may know no more


def in_rooms(
    room_ids: Sequence[int], span: "Span", *, rights: Rights, besides: Collection[int]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Appointments in these rooms and devices that are not in the calendars ``besides`` already, and times that are
    occupied by those that the reader may not see. Two queries, none without rooms."""
    if not room_ids:
        return [], []
    local = LocalTimes(span.zone)
    seen: set[str] = set()
    occupied = []
    for row, room, starts, ends, appointment, calendar, is_active in _visits(room_ids, span):
        if is_active and rights.on(calendar) >= Level.READ:
            if calendar not in besides:
                seen.add(appointment)
        else:
            times = {"start": local[starts], "end": local[ends], "until": ""}
            occupied.append({"id": f"occupied-{row}", "calendar": room, "status": OCCUPIED, **times})
    return appointments_by_id([UUID(id) for id in sorted(seen)], span.zone, rights=rights), occupied


def _visits(room_ids: Sequence[int], span: "Span") -> list[tuple]:
    rows = Occupancy.objects.filter(
        resource_id__in=room_ids,
        appointment__isnull=False,
        starts_at__gt=span.begins - ONE_DAY,
        starts_at__lt=span.ends,
        ends_at__gt=span.begins,
    ).order_by("starts_at", "id")
    return raw_rows(
        rows.values_list(
            "id",
            "resource_id",
            Epoch("starts_at"),
            Epoch("ends_at"),
            Cast("appointment_id", TextField()),
            "appointment__calendar_id",
            "appointment__calendar__is_active",
        )
    )
