"""When one patient has been and will be here: what the limits, "known patients" and follow-ups ask for."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from appointments.enums import AppointmentStatus
from appointments.models import Appointment, BookingRules, VisitReason
from doctolib import prepared
from doctolib.tenancy.scopes import require_scope

# At most one row of rules; with no visit, one row without times.
LIMITS_AND_VISITS = """
SELECT rules.most_a_day, rules.no_shows, visit.starts_at, visit.ends_at, visit.status, visit.reason_id
FROM (SELECT) AS one
LEFT JOIN appointments_bookingrules AS rules ON true
LEFT JOIN sec.visits_of($1, $2) AS visit ON true"""
DID_NOT_HAPPEN = frozenset({AppointmentStatus.CANCELLED, AppointmentStatus.NO_SHOW})
HAPPENED = frozenset({AppointmentStatus.DONE})


class Visited(Protocol):
    """An appointment, or what is known of one."""

    @property
    def starts_at(self) -> datetime: ...
    @property
    def ends_at(self) -> datetime: ...
    @property
    def status(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Visit:
    """One appointment of a record: no id, no name, no calendar."""

    starts_at: datetime
    ends_at: datetime
    status: str
    reason_id: int


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Another visit may be booked after this one, on the clinic's local days ``first_day`` to ``last_day``."""

    reason_id: int
    first_day: date
    last_day: date


def limits_and_visits(patient_id: UUID, *, besides: UUID | None = None) -> tuple[BookingRules, list[Visit]]:
    """The clinic's limits, and all appointments of a record without the one ``besides``. One query.

    In a booking, patient or organisation scope; a patient's scope is told about its own record only.
    """
    found = prepared.rows(LIMITS_AND_VISITS, [patient_id, besides], using=require_scope().database)
    most_a_day, no_shows = found[0][:2]
    visits = [Visit(*row[2:]) for row in found if row[2] is not None]
    return BookingRules(most_a_day=most_a_day, no_shows=no_shows), visits


def counts(visit: Visited) -> bool:
    """Neither cancelled nor missed: it makes a patient known, and takes its place on its day."""
    return visit.status not in DID_NOT_HAPPEN


def is_coming(visit: Visited, now: datetime) -> bool:
    return counts(visit) and visit.status not in HAPPENED and visit.ends_at > now


def took_place(visit: Visited, now: datetime) -> bool:
    """Staff said so, or its end has passed and nobody said otherwise."""
    return visit.status in HAPPENED or (counts(visit) and visit.ends_at <= now)


def window_after(visit: Visited, reason: VisitReason, zone: ZoneInfo) -> FollowUp:
    """What a visit for this reason, which has a follow-up, opens."""
    assert reason.follow_up_id is not None and reason.follow_up_from is not None and reason.follow_up_until is not None
    day = visit.starts_at.astimezone(zone).date()
    last_day = day + timedelta(days=reason.follow_up_until)
    return FollowUp(reason.follow_up_id, day + timedelta(days=reason.follow_up_from), last_day)


def follow_ups_after(
    visits: Iterable[Visit], leading: Iterable[VisitReason], zone: ZoneInfo, now: datetime
) -> list[FollowUp]:
    """What these visits, as far as they took place, open. ``leading``: reasons that have a follow-up."""
    by_id = {reason.pk: reason for reason in leading}
    took = (visit for visit in visits if visit.reason_id in by_id and took_place(visit, now))
    return [window_after(visit, by_id[visit.reason_id], zone) for visit in took]


def follow_up_window(appointment: Appointment, *, zone: ZoneInfo, now: datetime) -> FollowUp | None:
    """What may be booked after this appointment, and when; None before it took place, without a follow-up, or when the
    window has closed. Reads the appointment's reason: select them together."""
    if appointment.reason.follow_up_id is None or not took_place(appointment, now):
        return None
    window = window_after(appointment, appointment.reason, zone)
    return window if window.last_day >= now.astimezone(zone).date() else None
