"""The statistics of a year over all appointments, against a bare count of the same rows under the same policies.

Usage: python -m benchmarks statistics         (makes the databases of benchmarks.dataset that are not there)

Medians of interleaved rounds: all figures by calendar, unit and reason with twelve steps, then the page as it is sent
(session, rights, figures, charts, tables). The goal for a year of 1,000,000 appointments is a second.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta

from django.db import connections, transaction
from django.test import override_settings

from benchmarks import dataset

SIZES = ("10k", "1m")
ROUNDS = 7
GOAL = 1000  # ms
BARE = "SELECT count(*) FROM appointments_appointment WHERE starts_at >= %s AND starts_at < %s"


def run(sizes: tuple[str, ...] = SIZES) -> Iterator[dict]:
    for size in sizes:
        dataset.make(size)
        with override_settings(DEBUG=False, KMS_ALLOW_LOCAL=True), dataset.pointed_at(dataset.name_of(size)):
            yield from _measured(size)


def _measured(size: str) -> Iterator[dict]:
    from accounts.enums import UserKind
    from accounts.models import Organisation
    from appointments.enums import Breakdown, Step
    from appointments.models import Calendar
    from appointments.selectors import statistics as selectors
    from appointments.selectors.periods import Period
    from doctolib.tenancy.scopes import organisation_scope
    from tests import pro

    hospital = Organisation.objects.get(pk=dataset.BENCH)
    first = date.today() - timedelta(days=180)
    period = Period(first, first + timedelta(days=364))
    until = [datetime.combine(day, datetime.min.time(), UTC) for day in (period.first, period.last + timedelta(days=1))]

    def bare() -> None:
        with connections["pool"].cursor() as cursor:
            cursor.execute(BARE, until)
            assert cursor.fetchone()[0] >= dataset.SIZES[size].appointments

    with organisation_scope(hospital):
        calendars = list(Calendar.objects.values_list("pk", flat=True))
        for by in Breakdown:
            asked = selectors.Question(hospital, period, Step.MONTH, by, calendars, datetime.now(UTC))
            found = selectors.statistics(asked)
            assert found.now.booked >= dataset.SIZES[size].appointments and found.now.utilisation
            yield _line(f"statistics of a year by {by}, {size}", lambda asked=asked: selectors.statistics(asked), bare)
    with ExitStack() as rolled_back:
        for alias in ("default", "pool"):
            rolled_back.enter_context(transaction.atomic(using=alias))
            rolled_back.callback(transaction.set_rollback, True, using=alias)
        client = pro.client_of(pro.user(UserKind.PROFESSIONAL, organisation=hospital, is_organisation_admin=True))
        address = f"/statistics/?first={period.first}&last={period.last}&step=month"

        def page() -> None:
            answer = client.get(address)
            assert answer.status_code == 200 and b"chart-bookings" in answer.content, answer.content[:200]

        def counted() -> None:
            with organisation_scope(hospital):
                bare()

        yield _line(f"page of the statistics of a year, {size}", page, counted)


def _line(name: str, work: Callable[[], object], floor: Callable[[], object]) -> dict:
    work(), floor()
    pairs = [(_milliseconds(work), _milliseconds(floor)) for _ in range(ROUNDS)]
    value, below = (statistics.median(each) for each in zip(*pairs, strict=True))
    line = {"name": name, "value": round(value, 1), "unit": "ms", "floor": round(below, 1)}
    return {**line, "ratio": round(value / below, 2), "goal": GOAL}


def _milliseconds(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return (time.perf_counter() - begin) * 1e3
