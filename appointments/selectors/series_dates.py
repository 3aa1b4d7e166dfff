"""Whether each of many dates can be booked, what stands against it, and what could be had instead."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from accounts.models import Organisation
from appointments.enums import DateState
from appointments.models import Appointment, CalendarReason

from .availability import question_on, starts_of
from .local_days import is_holiday
from .many_starts import AtStarts, at_starts
from .slots import Kind, Slot
from .visits import DID_NOT_HAPPEN

SUGGESTIONS = 3
SAME_DAY = 2  # of them, where there are other days, too
NEAR_DAYS = 3


@dataclass(frozen=True, slots=True)
class PlannedDate:
    """One date of a plan. ``suggestions``: free starts (UTC) of the same calendar, best first; none where it is
    free."""

    slot: Slot
    ends_at: datetime
    state: DateState
    suggestions: tuple[datetime, ...] = ()

    @property
    def starts_at(self) -> datetime:
        return self.slot.starts_at

    @property
    def is_free(self) -> bool:
        return self.state == DateState.FREE


class Timed(Protocol):
    @property
    def starts_at(self) -> datetime: ...
    @property
    def ends_at(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Times:
    starts_at: datetime
    ends_at: datetime


def own_times(patient_id: UUID, *, besides: Collection[UUID] = ()) -> list[Times]:
    """When the patient is here already, whatever calendar it is in; without these appointments. One query."""
    rows = Appointment.objects.filter(patient_id=patient_id).exclude(status__in=DID_NOT_HAPPEN)
    return [Times(*row) for row in rows.exclude(pk__in=besides).values_list("starts_at", "ends_at")]


def minutes_of(visit: Timed) -> int:
    """Its own length, which need not be the usual one."""
    return (visit.ends_at - visit.starts_at) // timedelta(minutes=1)


def overlap(one: Timed, other: Timed) -> bool:
    """Visits may touch."""
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at


def durations_of(slots: Iterable[Slot]) -> dict[tuple[int, int], timedelta]:
    """How long a visit takes, by calendar and reason; nothing for a calendar without the reason. One query."""
    pairs = {(slot.calendar_id, slot.reason_id) for slot in slots}
    rows = CalendarReason.objects.filter(calendar_id__in={c for c, _ in pairs}, reason_id__in={r for _, r in pairs})
    found = rows.values_list("calendar_id", "reason_id", "duration", "reason__duration")
    return {(calendar, reason): timedelta(minutes=own or usual) for calendar, reason, own, usual in found}


@dataclass
class _Look:
    """What is known while dates are planned: one look at the database for all of them."""

    organisation: Organisation
    now: datetime
    last_day: date | None
    own: list[Times]
    durations: dict[tuple[int, int], timedelta]
    at: dict[Kind, AtStarts]
    zone: ZoneInfo = field(init=False)

    def __post_init__(self) -> None:
        self.zone = self.organisation.zone

    def planned(self, slot: Slot) -> PlannedDate:
        usual = self.durations.get((slot.calendar_id, slot.reason_id), timedelta(minutes=1))
        ends_at = slot.starts_at + (timedelta(minutes=slot.minutes) if slot.minutes else usual)
        return PlannedDate(slot, ends_at, self._state(slot, ends_at))

    def _state(self, slot: Slot, ends_at: datetime) -> DateState:
        day = slot.starts_at.astimezone(self.zone).date()
        at = self.at[slot.kind]
        if slot.starts_at < self.now:
            return DateState.PAST
        if self.last_day is not None and day > self.last_day:
            return DateState.EXPIRED
        if slot.starts_at not in at.open:
            closed = self.organisation.closed_on_holidays and is_holiday(self.organisation.federal_state, day)
            return DateState.HOLIDAY if closed else DateState.OUTSIDE
        if slot.starts_at not in at.present:
            return DateState.ABSENT
        if slot.starts_at not in at.free:
            return DateState.TAKEN
        clash = any(overlap(Times(slot.starts_at, ends_at), own) for own in self.own)
        return DateState.OWN if clash else DateState.FREE


def plan_dates(
    organisation: Organisation,
    slots: Sequence[Slot],
    *,
    patient_id: UUID,
    now: datetime,
    besides: Collection[UUID] = (),
    last_day: date | None = None,
    suggest: bool = True,
) -> list[PlannedDate]:
    """The dates in the order asked for, as staff may book them. Inside an organisation scope.

    ``besides``: appointments of the patient that do not count, because they are moved. ``last_day``: nothing later.
    One statement for each pair of calendar and reason (and length), another one where something is to be suggested.
    """
    groups: dict[Kind, list[datetime]] = defaultdict(list)
    for slot in slots:
        groups[slot.kind].append(slot.starts_at)
    look = _Look(
        organisation,
        now,
        last_day,
        own_times(patient_id, besides=besides),
        durations_of(slots),
        {
            (calendar, reason, minutes): at_starts(
                reason_id=reason, calendar_id=calendar, starts=starts, now=now, minutes=minutes
            )
            for (calendar, reason, minutes), starts in groups.items()
        },
    )
    dates = [look.planned(slot) for slot in slots]
    return _with_suggestions(look, dates) if suggest else dates


def _with_suggestions(look: _Look, dates: list[PlannedDate]) -> list[PlannedDate]:
    free = _free_around(look, [planned for planned in dates if not planned.is_free])
    kept: list[Timed] = [*look.own, *(planned for planned in dates if planned.is_free)]
    found = []
    for planned in dates:
        if not planned.is_free:
            slot = planned.slot
            starts = free.get(slot.kind, [])
            planned = replace(planned, suggestions=_suggested(look, planned, starts, kept))
            length = planned.ends_at - planned.starts_at
            kept += [Times(start, start + length) for start in planned.suggestions]  # suggested once
        found.append(planned)
    return found


def _free_around(look: _Look, conflicts: list[PlannedDate]) -> dict[Kind, list[datetime]]:
    """What is free near these dates, by kind."""
    days: dict[Kind, set[date]] = defaultdict(set)
    for planned in conflicts:
        day = planned.starts_at.astimezone(look.zone).date()
        days[planned.slot.kind].update(day + timedelta(days=n) for n in range(-NEAR_DAYS, NEAR_DAYS + 1))
    return {kind: _free_on(kind, asked, look.now) for kind, asked in days.items()}


def _free_on(kind: Kind, days: set[date], now: datetime) -> list[datetime]:
    calendar, reason, minutes = kind
    return starts_of([calendar], question_on(reason, [calendar], days, now, online=False, minutes=minutes))[calendar]


def _suggested(look: _Look, planned: PlannedDate, free: list[datetime], kept: list[Timed]) -> tuple[datetime, ...]:
    """Near times of the same day first, then the nearest other days at about the same time."""
    length, wanted = planned.ends_at - planned.starts_at, planned.starts_at.astimezone(look.zone)
    by_day: dict[date, list[datetime]] = defaultdict(list)
    for start in free:
        day = start.astimezone(look.zone).date()
        near = abs((day - wanted.date()).days) <= NEAR_DAYS and (look.last_day is None or day <= look.last_day)
        if near and not any(overlap(Times(start, start + length), each) for each in kept):
            by_day[day].append(start)

    def by_clock(start: datetime) -> timedelta:
        return abs(start.astimezone(look.zone).replace(tzinfo=None, year=2000, month=1, day=1)
                   - wanted.replace(tzinfo=None, year=2000, month=1, day=1))  # fmt: skip

    same = sorted(by_day.pop(wanted.date(), []), key=by_clock)
    others = [min(by_day[day], key=by_clock) for day in sorted(by_day, key=lambda day: abs(day - wanted.date()))]
    first = same[: SAME_DAY if others else SUGGESTIONS]
    return tuple([*first, *others][:SUGGESTIONS])
