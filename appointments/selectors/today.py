"""The day's patients as the front desk works through them: who waits, who is in treatment, who is still to come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.functional import Promise
from django.utils.translation import ngettext, npgettext, pgettext_lazy

from accounts.rights import Rights
from appointments.enums import AppointmentStatus, Origin
from appointments.models import Appointment, Calendar

from .calendar import Span, appointments_in, reasons, rooms_of_appointments

GROUPS: tuple[tuple[str, Promise | str, tuple[str, ...]], ...] = (
    ("waiting", pgettext_lazy("patients of today", "Waiting"), (AppointmentStatus.ARRIVED,)),
    ("treated", pgettext_lazy("patients of today", "In treatment"), (AppointmentStatus.IN_TREATMENT,)),
    ("expected", pgettext_lazy("patients of today", "Expected"), (AppointmentStatus.BOOKED,)),
    (
        "finished",
        pgettext_lazy("patients of today", "Finished"),
        (AppointmentStatus.DONE, AppointmentStatus.NO_SHOW, AppointmentStatus.CANCELLED),
    ),
)
# What a press leads to first, and what else may be chosen.
NEXT = {
    AppointmentStatus.BOOKED: AppointmentStatus.ARRIVED,
    AppointmentStatus.ARRIVED: AppointmentStatus.IN_TREATMENT,
    AppointmentStatus.IN_TREATMENT: AppointmentStatus.DONE,
}
SETTABLE = tuple(status for status in AppointmentStatus if status != AppointmentStatus.CANCELLED)


@dataclass(frozen=True, slots=True, repr=False)  # a traceback shows no name
class Visit:
    """One appointment of the day."""

    id: str
    version: int
    starts: datetime  # local
    name: str
    birth_date: date | None
    reason: str
    calendar: Calendar
    practitioner: str
    rooms: str
    status: str
    waiting: int | None  # whole minutes since they arrived
    online: bool
    may_change: bool
    late: bool  # expected, and the time is over

    @property
    def said(self) -> str:
        """All of it in one line: as long as this stays, the row stays."""
        parts = (self.id, self.version, self.starts, self.name, self.birth_date, self.reason, self.practitioner)
        return repr((*parts, self.rooms, self.status, self.waiting, self.online, self.may_change, self.late))

    @property
    def next_status(self) -> str:
        return NEXT.get(AppointmentStatus(self.status), "") if self.may_change else ""

    @property
    def other_statuses(self) -> list[str]:
        if not self.may_change or self.status == AppointmentStatus.CANCELLED:
            return []
        return [status for status in SETTABLE if status not in (self.status, self.next_status)]


@dataclass(frozen=True, slots=True)
class Group:
    key: str
    title: Promise | str
    visits: list[Visit]


@dataclass(frozen=True, slots=True)
class Today:
    groups: list[Group]  # those with anybody in them

    @property
    def count(self) -> int:
        return sum(len(group.visits) for group in self.groups)

    @property
    def longest(self) -> int | None:
        """Minutes that whoever waits longest has waited."""
        waits = [visit.waiting for group in self.groups for visit in group.visits if group.key == "waiting"]
        return max((wait for wait in waits if wait is not None), default=None)

    @property
    def sums(self) -> list[str]:
        """``3 warten``, ``1 in Behandlung``, …"""
        numbers = {group.key: len(group.visits) for group in self.groups}
        texts = {
            "waiting": lambda n: npgettext("patients of today", "%d is waiting", "%d are waiting", n),
            "treated": lambda n: npgettext("patients of today", "%d in treatment", "%d in treatment", n),
            "expected": lambda n: npgettext("patients of today", "%d expected", "%d expected", n),
            "finished": lambda n: npgettext("patients of today", "%d finished", "%d finished", n),
        }
        found = [texts[key](number) % number for key, number in numbers.items()]
        if self.longest is not None:
            text = ngettext("longest wait: %d minute", "longest wait: %d minutes", self.longest)
            found.append(text % self.longest)
        return found


def today_of(*, rights: Rights, calendars: Sequence[Calendar], span: Span, now: datetime) -> Today:
    """The visits of the day in these calendars, by group; who waits longest first. Four queries."""
    by_id = {calendar.pk: calendar for calendar in calendars}
    taken, room_names = rooms_of_appointments(span)
    names = reasons()
    arrivals = _arrivals(list(by_id), span)
    visits = []
    for event in appointments_in(list(by_id), span, rights=rights):
        calendar, arrived_at = by_id[event["calendar"]], arrivals.get(event["id"])
        starts = datetime.fromisoformat(event["start"])
        visits.append(
            Visit(
                id=event["id"],
                version=event["version"],
                starts=starts,
                name=event["name"],
                birth_date=_day(event["born"]),
                reason=names.get(event["reason"], {}).get("name", ""),
                calendar=calendar,
                practitioner=str(calendar.practitioner or calendar.name),
                rooms=", ".join(room_names[room] for room in taken.get(event["id"], ())),
                status=event["status"],
                waiting=max(0, int((now - arrived_at).total_seconds() // 60)) if arrived_at else None,
                online=event["origin"] == Origin.ONLINE,
                may_change=event["may"],
                late=event["status"] == AppointmentStatus.BOOKED and starts.replace(tzinfo=span.zone) < now,
            )
        )
    groups = [Group(key, title, _sorted(key, visits, statuses)) for key, title, statuses in GROUPS]
    return Today([group for group in groups if group.visits])


def _sorted(key: str, visits: list[Visit], statuses: tuple[str, ...]) -> list[Visit]:
    found = [visit for visit in visits if visit.status in statuses]
    return sorted(found, key=lambda visit: -(visit.waiting or 0)) if key == "waiting" else found


def _arrivals(calendar_ids: Sequence[int], span: Span) -> dict[str, datetime]:
    """When those arrived who wait, by appointment. One query."""
    rows = Appointment.objects.filter(
        calendar_id__in=calendar_ids,
        starts_at__lt=span.ends,
        ends_at__gt=span.begins,
        status=AppointmentStatus.ARRIVED,
        arrived_at__isnull=False,
    ).values_list("id", "arrived_at")
    return {str(pk): arrived_at for pk, arrived_at in rows}


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:  # imported as it was
        return None
