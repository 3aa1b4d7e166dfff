"""Free times against the bare SQL that reads the same occupancy as arrays, in the same transaction, under the same
row-level security. p95 of interleaved rounds; ``ratio`` is p95 ÷ p95.

Usage: python -m benchmarks availability         (makes the databases of benchmarks.dataset that are not there)
"""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from functools import partial
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

import psycopg
from django.db import connections, transaction
from django.test import override_settings

from benchmarks import dataset

SIZES = ("10k", "100k", "1m")
WIDE = "wide"  # 1,000 calendars
ROUNDS = 40
WARM_UP = 6  # the sixth execution of a prepared statement is the first that may use a generic plan
BARE = """
SELECT resource_id, array_agg(extract(epoch FROM starts_at)::int), array_agg(extract(epoch FROM ends_at)::int)
FROM appointments_occupancy
WHERE organisation_id = %(organisation)s AND resource_id = ANY (%(resources)s::bigint[])
  AND starts_at >= %(from_at)s AND starts_at < %(to_at)s
GROUP BY resource_id
"""


@dataclass(frozen=True)
class Hospital:
    calendars: list[int]
    rooms: list[int]  # of reason ``with_room``
    plain: int
    with_room: int
    today: date


def run() -> Iterator[dict]:
    """20 calendars × 14 and × 90 days, with and without rooms; the next free time of 500; one start; three sizes."""
    fortnight = {}
    for size in SIZES:
        with _hospital(size) as hospital:
            line = _compared(f"free slots, 20 calendars × 14 days, {size}", hospital, 20, 14)
            fortnight[size] = line["p50"]
            yield line
            if size == SIZES[-1]:
                yield from _largest(hospital)
    yield from _wide()
    small, large = fortnight[SIZES[0]], fortnight[SIZES[-1]]
    name = f"free slots, 20 calendars × 14 days: {SIZES[-1]} / {SIZES[0]} (p50)"
    yield {"name": name, "value": large, "unit": "ms", "floor": small, "ratio": round(large / small, 2)}


def _wide() -> Iterator[dict]:
    """The first free time of 1,000 calendars, near and when the next ten days are full; the share of SQL in it."""
    from appointments.models import Absence

    with _hospital(WIDE) as hospital:
        count = len(hospital.calendars)
        yield _with_share(f"first free, {count} calendars × 14 days", hospital, count)
        first = datetime.combine(hospital.today, clock(), tzinfo=UTC)
        with transaction.atomic(using="pool"):
            Absence.objects.bulk_create(
                Absence(resource_id=each, starts_at=first, ends_at=first + timedelta(days=10))
                for each in hospital.calendars
            )
            yield _with_share(f"first free, {count} calendars × 14 days, ten days full", hospital, count)
            transaction.set_rollback(True, using="pool")


def _with_share(name: str, hospital: Hospital, count: int) -> dict:
    """As ``_compared``, and which part of the time the statements took."""
    from appointments.selectors.availability import next_free
    from doctolib import prepared

    spent, rows = [0.0], prepared.rows

    def timed(*arguments, **named):
        began = time.perf_counter()
        try:
            return rows(*arguments, **named)
        finally:
            spent[0] += time.perf_counter() - began

    line = _compared(name, hospital, count, 14, ask=next_free)
    with mock.patch.object(prepared, "rows", timed):
        began = time.perf_counter()
        for _ in range(10):
            next_free(**_question(hospital, count, 14, "plain"))
        whole = time.perf_counter() - began
    return {**line, "goal": 200, "sql_share": round(spent[0] / whole, 2)}


def _largest(hospital: Hospital) -> Iterator[dict]:
    from appointments.selectors.availability import fit_slot, free_slots, next_free

    yield _compared("free slots, 1 calendar × 14 days", hospital, 1, 14)
    yield _compared("free slots, 20 calendars × 90 days", hospital, 20, 90)
    yield _compared("free slots with room and device, 20 calendars × 14 days", hospital, 20, 14, reason="with_room")
    yield _compared("free slots with room and device, 20 calendars × 90 days", hospital, 20, 90, reason="with_room")
    yield _compared("next free, 500 calendars × 14 days", hospital, 500, 14, ask=next_free)
    for reason in ("plain", "with_room"):
        question = _question(hospital, 1, 14, reason)
        calendar_id = hospital.calendars[0]
        start = free_slots(**question)[calendar_id][-1]
        one = {"reason_id": question["reason_id"], "calendar_id": calendar_id, "now": question["now"]}
        yield _line(
            f"fit one start, {reason.replace('_', ' ')}",
            *_rounds(
                partial(fit_slot, starts_at=start, **one), partial(_bare, hospital, [calendar_id], start.date(), 1)
            ),
        )


def _compared(name: str, hospital: Hospital, calendars: int, days: int, *, reason: str = "plain", ask=None) -> dict:
    from appointments.selectors.availability import free_slots

    question = _question(hospital, calendars, days, reason)
    resources = hospital.calendars[:calendars] + (hospital.rooms if reason == "with_room" else [])
    found = (ask or free_slots)(**question)
    assert len(found) == calendars and all(found.values())
    return _line(
        name,
        *_rounds(
            lambda: (ask or free_slots)(**question),
            lambda: _bare(hospital, resources, question["first_day"], days),
        ),
    )


def _question(hospital: Hospital, calendars: int, days: int, reason: str) -> dict[str, Any]:
    """From tomorrow on, so that every day is whole."""
    first_day = hospital.today + timedelta(days=1)
    return {
        "reason_id": getattr(hospital, reason),
        "calendar_ids": hospital.calendars[:calendars],
        "first_day": first_day,
        "last_day": first_day + timedelta(days=days - 1),
        "now": datetime.combine(hospital.today, clock(12), tzinfo=UTC),
    }


def _bare(hospital: Hospital, resources: list[int], first_day: date, days: int) -> list:
    from_at = datetime.combine(first_day, clock(), tzinfo=ZoneInfo(dataset.ZONE))
    values = {"organisation": dataset.BENCH, "resources": resources, "from_at": from_at}
    values["to_at"] = from_at + timedelta(days=days)
    cursor = psycopg.Cursor(connections["pool"].connection)
    return cursor.execute(BARE, values, prepare=True, binary=True).fetchall()


def _rounds(work: Callable[[], Any], floor: Callable[[], Any]) -> tuple[list[float], list[float]]:
    """Milliseconds of both, in turns."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(WARM_UP + ROUNDS):
        for each, taken in zip((work, floor), times, strict=True):
            begin = time.perf_counter()
            each()
            if number >= WARM_UP:
                taken.append((time.perf_counter() - begin) * 1e3)
    return times


def _line(name: str, value: list[float], floor: list[float]) -> dict:
    p95, floor_p95 = _p95(value), _p95(floor)
    return {
        "name": f"{name} (p95)",
        "value": round(p95, 2),
        "unit": "ms",
        "floor": round(floor_p95, 2),
        "ratio": round(p95 / floor_p95, 2),
        "p50": round(statistics.median(value), 2),
        "ratio_p50": round(statistics.median(value) / statistics.median(floor), 2),
    }


def _p95(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.95)]


@contextmanager
def _hospital(size: str) -> Iterator[Hospital]:
    """The hospital of one size, in its scope."""
    from accounts.models import Organisation
    from appointments.models import Calendar, RequiredResource, VisitReason
    from doctolib.tenancy.scopes import organisation_scope

    dataset.make(size)
    with override_settings(DEBUG=False, KMS_ALLOW_LOCAL=True), dataset.pointed_at(dataset.name_of(size)):
        with organisation_scope(Organisation.objects.get(pk=dataset.BENCH)):
            yield Hospital(
                calendars=list(Calendar.objects.order_by("pk").values_list("pk", flat=True)),
                rooms=list(RequiredResource.objects.values_list("resource_id", flat=True)),
                plain=VisitReason.objects.get(name_de="Sprechstunde").pk,
                with_room=VisitReason.objects.get(name_de="Untersuchung").pk,
                today=date.today(),
            )
