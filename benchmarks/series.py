"""A series of 30 dates: looking at all of them, and booking them, against 30 single bookings in the same run.

By the services, inside one scope, on 100,000 appointments; what is booked is rolled back.
"""

import random
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from uuid import UUID
from zoneinfo import ZoneInfo

from . import dataset, web
from .booking import figure

SIZE = "100k"
DATES = 30
ROUNDS = 15
USER = UUID(int=7)  # the professional who books
CLOCK = clock_time(8, 15)  # free in each calendar on each day (dataset)
ZONE = ZoneInfo(dataset.ZONE)


class _Undone(Exception):
    """Ends a scope without keeping what was written in it."""


def run() -> Iterator[dict]:
    from django.test import override_settings

    dataset.make(SIZE)
    with override_settings(DEBUG=False, KMS_ALLOW_LOCAL=True), dataset.pointed_at(dataset.name_of(SIZE)):
        yield from _measured()


def _measured() -> Iterator[dict]:
    """Rounds are paired: each books the same dates in the same calendar in both ways."""
    found: dict[str, list[float]] = {"look": [], "look one": [], "series": [], "single": []}
    for round_ in range(ROUNDS + 2):  # two to warm up
        for name, spent in _round().items():
            if round_ >= 2:
                found[name].append(spent)
    middle = {name: web.median(times) * 1e3 for name, times in found.items()}
    yield figure(f"series: look at {DATES} dates; floor: as many looks at one", middle["look"], "ms",
                 middle["look one"])  # fmt: skip
    yield figure(f"series: book {DATES} dates; floor: as many single bookings", middle["series"], "ms",
                 middle["single"])  # fmt: skip


def _round() -> dict[str, float]:
    from accounts.models import Organisation
    from appointments.enums import SeriesUnit
    from appointments.models import Calendar, VisitReason
    from appointments.selectors.recurrence import Rule, starts_of
    from appointments.selectors.series_dates import plan_dates
    from appointments.selectors.slots import Slot
    from appointments.services.series import book_series
    from appointments.services.staff.booking import book as book_one
    from patients.models import Patient
    from tests import factories

    organisation, now = Organisation.objects.get(pk=dataset.BENCH), datetime.now(UTC)
    rule = Rule(1, SeriesUnit.DAYS, date.today() + timedelta(days=2), count=DATES)

    def measured(do: Callable[[], object]) -> float:
        began = time.perf_counter()
        do()
        return time.perf_counter() - began

    def scoped(job: Callable[[list[Slot], Patient], float]) -> float:
        return _undone(organisation, lambda: job(slots(), factories.patient()))

    def slots() -> list[Slot]:
        reason = VisitReason.objects.get(name_de="Sprechstunde")
        return [Slot(calendar, reason.pk, start) for start in starts_of(rule, CLOCK, ZONE)]

    def look(wanted, patient) -> float:
        return measured(lambda: plan_dates(organisation, wanted, patient_id=patient.pk, now=now))

    def look_one(wanted, patient) -> float:
        return measured(lambda: [plan_dates(organisation, [slot], patient_id=patient.pk, now=now) for slot in wanted])

    def whole(wanted, patient) -> float:
        return measured(
            lambda: book_series(patient=patient, slots=wanted, rule=rule, clock=CLOCK, user_id=USER, now=now)
        )

    def single(wanted, patient) -> float:
        def book() -> None:
            for slot in wanted:
                book_one(slot=slot, patient=patient, user_id=USER, now=now)

        return measured(book)

    calendar = _undone(organisation, lambda: random.choice(list(Calendar.objects.values_list("pk", flat=True))))
    return {"look": scoped(look), "look one": scoped(look_one), "series": scoped(whole), "single": scoped(single)}


def _undone(organisation, job: Callable):
    """The job's answer, from a scope of which nothing is kept."""
    from doctolib.tenancy.scopes import organisation_scope

    answer = None
    try:
        with organisation_scope(organisation, actor="bench"):
            answer = job()
            raise _Undone
    except _Undone:
        return answer
