"""Several services in one visit: times at which one follows the other, perhaps in different calendars."""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from appointments.models import VisitReason
from appointments.selectors.slots import Slot

from .availability import free_slots
from .series_dates import Timed, Times, durations_of, overlap

FEWEST_PARTS, MOST_PARTS = 2, 5
MOST_GAP = timedelta(minutes=60)
MOST_DAYS = 31
MOST_CHAINS = 60


@dataclass(frozen=True, slots=True)
class Step:
    """One service, in whichever of these calendars."""

    reason_id: int
    calendar_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Part:
    slot: Slot
    ends_at: datetime

    @property
    def starts_at(self) -> datetime:
        return self.slot.starts_at


Chain = tuple[Part, ...]


def chains(
    *,
    steps: Sequence[Step],
    first_day: date,
    last_day: date,
    gap: timedelta,
    now: datetime,
    own: Collection[Timed] = (),
    most: int = MOST_CHAINS,
) -> list[Chain]:
    """The visits that staff could book, in order of their beginning: for each beginning the one that ends first.

    At most ``gap`` passes between two parts. ``own``: when the patient is here anyway. One statement a reason. Rooms
    and devices are looked at for each part by itself; booking looks at all of them together. Raises ValueError beyond
    MOST_DAYS days, MOST_GAP, or with a number of steps that is none of a visit.
    """
    if not FEWEST_PARTS <= len(steps) <= MOST_PARTS or gap > MOST_GAP or (last_day - first_day).days >= MOST_DAYS:
        raise ValueError("Too many parts, days or minutes between two parts.")
    search = _Search(_free(steps, first_day, last_day, now), gap, tuple(own), _buffers(steps))
    return search.found(most)


def _free(steps: Sequence[Step], first_day: date, last_day: date, now: datetime) -> list[list[Part]]:
    """What is free for each step, by time."""
    wanted: dict[int, set[int]] = {}
    for step in steps:
        wanted.setdefault(step.reason_id, set()).update(step.calendar_ids)
    starts = {
        reason: free_slots(
            reason_id=reason, calendar_ids=sorted(ids), first_day=first_day, last_day=last_day, now=now, online=False
        )
        for reason, ids in wanted.items()
    }
    lengths = durations_of(Slot(pk, reason, now) for reason, ids in wanted.items() for pk in ids)
    return [
        sorted(
            (
                Part(Slot(pk, step.reason_id, start), start + lengths[pk, step.reason_id])
                for pk in step.calendar_ids
                for start in starts[step.reason_id][pk]
            ),
            key=lambda part: (part.starts_at, part.ends_at),
        )
        for step in steps
    ]


def _buffers(steps: Iterable[Step]) -> dict[int, tuple[timedelta, timedelta]]:
    rows = VisitReason.objects.filter(pk__in={step.reason_id for step in steps})
    found = rows.values_list("pk", "buffer_before", "buffer_after")
    return {pk: (timedelta(minutes=before), timedelta(minutes=after)) for pk, before, after in found}


@dataclass
class _Search:
    """From the last step back: the earliest end that can be reached from each free time is found once."""

    free: list[list[Part]]
    gap: timedelta
    own: tuple[Timed, ...]
    buffers: dict[int, tuple[timedelta, timedelta]]

    @cached_property
    def starts(self) -> list[list[datetime]]:
        return [[part.starts_at for part in parts] for parts in self.free]

    @cached_property
    def tails(self) -> list[dict[Slot, Chain]]:
        """For each step: a part, and what follows it."""
        known: list[dict[Slot, Chain]] = []
        for step in reversed(range(len(self.free))):
            after = known[0] if known else None
            tails = {}
            for part in self.free[step]:
                if any(overlap(Times(part.starts_at, part.ends_at), each) for each in self.own):
                    continue
                rest = () if after is None else self._next(step, part, after)
                if rest is not None:
                    tails[part.slot] = (part, *rest)
            known.insert(0, tails)
        return known

    def _next(self, step: int, part: Part, after: dict[Slot, Chain]) -> Chain | None:
        starts, options = self.starts[step + 1], self.free[step + 1]
        first, last = bisect_left(starts, part.ends_at), bisect_right(starts, part.ends_at + self.gap)
        tails = (after[option.slot] for option in options[first:last] if option.slot in after)
        return min((tail for tail in tails if self._fits(part, tail)), key=lambda tail: tail[-1].ends_at, default=None)

    def _fits(self, part: Part, tail: Chain) -> bool:
        """Buffers count within one calendar."""
        return all(
            later.slot.calendar_id != part.slot.calendar_id
            or part.ends_at + self.buffers[part.slot.reason_id][1]
            <= later.starts_at - self.buffers[later.slot.reason_id][0]
            for later in tail
        )

    def found(self, most: int) -> list[Chain]:
        best: dict[datetime, Chain] = {}
        for chain in self.tails[0].values():
            start = chain[0].starts_at
            if start not in best or chain[-1].ends_at < best[start][-1].ends_at:
                best[start] = chain
        return [best[start] for start in sorted(best)[:most]]
