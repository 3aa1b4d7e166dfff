"""Free times to which appointments that an absence strikes could move."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from .availability import MAX_DAYS, free_slots
from .struck import Struck
from .times import time_value

DAYS = 28  # after the last of the appointments
OFFERED = 6  # times in the same calendar, and in others


@dataclass(frozen=True, slots=True)
class Place:
    """A free time in a calendar."""

    calendar_id: int
    calendar: str
    starts_at: datetime

    @property
    def value(self) -> str:
        return time_value(self.calendar_id, self.starts_at)


@dataclass(frozen=True, slots=True)
class Places:
    """Where one appointment could go, by time, and which of them are left when those before it have chosen."""

    same: tuple[Place, ...] = ()
    others: tuple[Place, ...] = ()
    next_same: Place | None = None
    next_any: Place | None = None


def places_for(
    struck: Sequence[Struck], calendars: Mapping[int, str], *, now: datetime, zone: ZoneInfo
) -> dict[UUID, Places]:
    """For each appointment the free times for its reason that come next after it. ``calendars``: ids and names of those
    it may go to. One statement a reason, for any number of appointments."""
    if not struck:
        return {}
    today = now.astimezone(zone).date()
    first = max(today, min(each.starts_at for each in struck).astimezone(zone).date())
    last = max(each.starts_at for each in struck).astimezone(zone).date() + timedelta(days=DAYS)
    last = min(last, first + timedelta(days=MAX_DAYS - 1))
    free = {
        reason_id: free_slots(
            reason_id=reason_id, calendar_ids=list(calendars), first_day=first, last_day=last, now=now, online=False
        )
        for reason_id in sorted({each.reason_id for each in struck})
    }
    found, own, anywhere = {}, Chosen(), Chosen()
    for each in sorted(struck, key=lambda each: (each.starts_at, each.id)):
        later = {
            calendar_id: [
                Place(calendar_id, calendars[calendar_id], start) for start in starts if start > each.starts_at
            ]
            for calendar_id, starts in free[each.reason_id].items()
        }
        same = later.pop(each.calendar_id, [])
        others = sorted((place for places in later.values() for place in places), key=_by_time)
        length = each.ends_at - each.starts_at
        next_same = own.take(same, length)
        next_any = anywhere.take(sorted([*same, *others], key=_by_time), length)
        found[each.id] = Places(_first(same, next_same, next_any), _first(others, next_any), next_same, next_any)
    return found


def _by_time(place: Place) -> datetime:
    return place.starts_at


def _first(places: Sequence[Place], *chosen: Place | None) -> tuple[Place, ...]:
    """The first ones, and those chosen, once each."""
    wanted = {*places[:OFFERED], *(place for place in chosen if place in places)}
    return tuple(place for place in places if place in wanted)


class Chosen:
    """Times that appointments before have chosen."""

    def __init__(self) -> None:
        self.taken: dict[int, list[tuple[datetime, datetime]]] = {}

    def take(self, places: Iterable[Place], length: timedelta) -> Place | None:
        """The first that is left, which is taken with that."""
        for place in places:
            begins, ends = place.starts_at, place.starts_at + length
            taken = self.taken.setdefault(place.calendar_id, [])
            if all(end <= begins or ends <= begin for begin, end in taken):
                taken.append((begins, ends))
                return place
        return None
