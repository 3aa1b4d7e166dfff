"""Many more clients than the application has hands: no booking is lost or made twice, and who is refused is told so.

64 clients book for 30 seconds, 8 clients before and after it as the yardstick, on the web server's production settings.
One in ten wants the time that another client has just chosen. Then the database is asked what became of each booking.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import psycopg

from . import booking, dataset, web

CLIENTS, SECONDS = 64, 30
FEW, FEW_SECONDS = 8, 10
CLEAN = (409, 429, 503)

# Visits that share a calendar and time; visits without exactly one occupancy that fits; rows that must be there beside.
DOUBLE = """
SELECT count(*) FROM appointments_occupancy a JOIN appointments_occupancy b
    ON b.organisation_id = a.organisation_id AND b.resource_id = a.resource_id AND b.id > a.id
   AND b.starts_at < a.ends_at AND b.starts_at >= a.starts_at
WHERE a.organisation_id = %s AND a.appointment_id = ANY (%s)"""
WHOLE = """
SELECT count(*) FROM appointments_appointment a
WHERE a.organisation_id = %s AND a.id = ANY (%s) AND a.status = 'booked'
  AND (SELECT count(*) FROM appointments_occupancy o WHERE o.appointment_id = a.id AND o.resource_id = a.calendar_id
       AND o.starts_at = a.starts_at AND o.ends_at = a.ends_at AND o.status = 'booked') = 1
  AND (SELECT count(*) FROM audit_auditevent e WHERE e.organisation_id = a.organisation_id
       AND e.subject = 'appointment:' || a.id AND e.action = 'appointment.booked') = 1
  AND (SELECT count(*) FROM outbox_outboxmessage m WHERE m.organisation_id = a.organisation_id
       AND m.about = a.id::text AND m.kind = 'appointment.confirmed') = 1"""
BOOKED_SINCE = """
SELECT count(*) FROM appointments_appointment
WHERE organisation_id = %s AND created_at >= %s AND origin = 'online'"""


@dataclass
class Tally:
    booked: list[UUID] = field(default_factory=list)  # what was promised
    in_time: int = 0
    answers: Counter = field(default_factory=Counter)
    slowest: float = 0.0


def run() -> Iterator[dict]:
    from crypto import keyring

    dataset.make(booking.SIZE)
    name = dataset.name_of(booking.SIZE)
    with dataset.pointed_at(name):
        keyring.create_keys(keyring.PLATFORM_OWNER)
        keyring.create_keys(dataset.BENCH)
        clinic, cookies = booking.clinic_of_dataset(), booking.signed_in_patients()
    began = datetime.now(UTC)
    with web.serving("doctolib.wsgi:application", booking.environment(name), config="deploy/gunicorn.py") as port:
        browsers = [web.Browser(port, host=web.HOSTS["www"], cookies=cookie) for cookie in cookies]
        _book(browsers[:FEW], clinic, seconds=3)  # connections, key caches, plans
        before = _book(browsers[:FEW], clinic, seconds=FEW_SECONDS)
        many = _book(browsers[FEW : FEW + CLIENTS], clinic, seconds=SECONDS)
        after = _book(browsers[:FEW], clinic, seconds=FEW_SECONDS)
    few_rate = (before.in_time + after.in_time) / (2 * FEW_SECONDS)
    yield booking.figure(f"overload: {CLIENTS} clients for {SECONDS} s, of the rate with {FEW}",
                         many.in_time / SECONDS, "bookings/s", few_rate, over=True)  # fmt: skip
    unclean = {str(kind): count for kind, count in many.answers.items() if kind not in (303, *CLEAN)}
    refused = sum(count for kind, count in many.answers.items() if kind in CLEAN)
    yield {"name": "overload: answers that are no clean refusal", "value": sum(unclean.values()), "unit": "answers",
           "floor": 0, "ratio": None, "which": unclean}  # fmt: skip
    yield {"name": "overload: clean refusals (409, 429, 503)", "value": refused, "unit": "answers",
           "floor": sum(many.answers.values()), "ratio": round(refused / sum(many.answers.values()), 4)}  # fmt: skip
    yield {"name": "overload: slowest answer", "value": round(many.slowest, 2), "unit": "s",
           "floor": round(before.slowest, 2), "ratio": round(many.slowest / before.slowest, 2)}  # fmt: skip
    promised = before.booked + many.booked + after.booked
    yield from _looked_up(name, promised, began)


def _book(browsers: list[web.Browser], clinic: booking.Clinic, *, seconds: float) -> Tally:
    """Each browser books one time after the other until the seconds are over."""
    tally, lock, end = Tally(), threading.Lock(), time.monotonic() + seconds
    chosen: list = []  # the last time that someone chose

    def work(browser: web.Browser) -> None:
        free = clinic.apart()
        while time.monotonic() < end:
            with lock:
                slot = chosen[-1] if chosen and random.random() < 0.1 else next(free)
                chosen[:] = [slot]
            for answer, taken, booked in _one(browser, clinic.reason_id, *slot):
                with lock:
                    tally.answers[answer] += 1
                    tally.slowest = max(tally.slowest, taken)
                    if booked:
                        tally.booked.append(booked)
                        tally.in_time += time.monotonic() < end

    threads = [threading.Thread(target=work, args=(browser,)) for browser in browsers]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    return tally


def _one(browser: web.Browser, reason: int, calendar: int, starts_at) -> Iterator[tuple[int | str, float, UUID | None]]:
    """Hold and confirm: each answer's status (or the error's name), its seconds, and the appointment it promises."""
    form = {"reason": str(reason), "calendar": str(calendar), "time": f"{calendar}@{starts_at.isoformat()}"}
    for path, sent in (("hold", form), ("check", {"insurance": "statutory"})):
        asked = time.perf_counter()
        try:
            status, _content, headers = browser.send("POST", f"/bench/book/{path}/", sent)
        except OSError as error:
            yield type(error).__name__, time.perf_counter() - asked, None
            return
        where = headers.get("location", "")
        kind: int | str = "503 without Retry-After" if status == 503 and "retry-after" not in headers else status
        booked = UUID(where.rstrip("/").rpartition("/")[2]) if status == 303 and "/done/" in where else None
        yield kind, time.perf_counter() - asked, booked
        if status != 303:
            return


def _looked_up(name: str, promised: list[UUID], began: datetime) -> Iterator[dict]:
    """What the database says of the bookings that were promised, and of those that were not."""
    from tests.databases import admin_url

    with psycopg.connect(dataset.url_of(admin_url(), name)) as admin:
        ask = [dataset.BENCH, promised]
        whole = admin.execute(WHOLE, ask).fetchone()[0]
        double = admin.execute(DOUBLE, ask).fetchone()[0]
        since = admin.execute(BOOKED_SINCE, [dataset.BENCH, began]).fetchone()[0]
    yield {"name": "overload: promised bookings that are lost or half-written", "value": len(set(promised)) - whole,
           "unit": "bookings", "floor": 0, "ratio": None, "promised": len(promised), "in database": since}  # fmt: skip
    yield {"name": "overload: double bookings", "value": double + len(promised) - len(set(promised)),
           "unit": "bookings", "floor": 0, "ratio": None}  # fmt: skip
