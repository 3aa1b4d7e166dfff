"""Races over real connections: threads here, processes in writers.py. docs/testing.md: how each was seen to fail."""

import json
import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from appointments.models import Appointment
from appointments.services import booking
from doctolib.tenancy.scopes import organisation_scope
from tests.appointments.bookings import booker, clinic

OVERLAPS = """
SELECT count(*) FROM appointments_occupancy a JOIN appointments_occupancy b
    ON a.resource_id = b.resource_id AND a.lane = b.lane AND a.id < b.id
    AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at
"""


def overlaps() -> int:
    with connections["owner"].cursor() as cursor:
        cursor.execute(OVERLAPS)
        return cursor.fetchone()[0]


def in_threads(jobs: list, *, workers: int) -> list:
    """Run the jobs, the first ``workers`` of them released together, each thread on connections of its own."""
    barrier = threading.Barrier(min(workers, len(jobs)))
    fresh = threading.local()

    def run(job):
        if not hasattr(fresh, "started"):
            fresh.started = True
            barrier.wait()
        try:
            return job()
        except booking.BookingRefused as refusal:
            return refusal
        finally:
            connections.close_all()

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(run, jobs))


@pytest.mark.django_db(transaction=True)
def test_two_hundred_bookings_of_one_slot_are_one_appointment():
    place = clinic()

    def book():
        return place.confirm(place.hold(), booker())

    outcomes = in_threads([book] * 200, workers=20)

    assert Counter(type(outcome).__name__ for outcome in outcomes) == {"UUID": 1, "SlotTaken": 199}
    assert all(len(refusal.nearest) == 6 for refusal in outcomes if isinstance(refusal, booking.SlotTaken))
    with organisation_scope(place.organisation):
        assert Appointment.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_hundred_clicks_on_confirm_are_one_appointment():
    place, erika = clinic(), booker()
    token = place.hold()

    outcomes = in_threads([lambda: place.confirm(token, erika)] * 200, workers=20)

    assert len(set(outcomes)) == 1
    with organisation_scope(place.organisation):
        assert Appointment.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_last_room_is_given_once():
    """Four doctors, one room: the calendars differ, the room is what they race for."""
    place = clinic(calendars=4, rooms=1)

    outcomes = in_threads([lambda n=n: place.hold(calendar=n % 4) for n in range(40)], workers=20)

    assert Counter(type(outcome).__name__ for outcome in outcomes) == {"str": 1, "SlotTaken": 39}


@pytest.mark.django_db(transaction=True)
def test_writers_with_random_overlapping_times_never_overlap(process_environment):
    """32 writers (8 processes of 4 threads) for 60 s on 20 calendars and 6 rooms: hold, confirm, move, cancel."""
    place = clinic(calendars=20, rooms=6, duration=20)
    arguments = json.dumps(
        {
            "organisation": str(place.organisation.pk),
            "calendars": place.calendar_ids,
            "reason": place.reason_id,
            "seconds": 60,
            "processes": 8,
            "threads": 4,
        }
    )
    command = [sys.executable, "-m", "tests.concurrency.writers", arguments]
    outcomes: Counter[str] = Counter()
    for _ in range(4):  # a slow machine needs more than one minute to meet often enough
        done = subprocess.run(command, env=process_environment, stdout=subprocess.PIPE, text=True, timeout=240)
        assert done.returncode == 0
        outcomes += Counter(json.loads(done.stdout))
        if outcomes["booked"] > 100 and outcomes["SlotTaken"] > 100:
            break

    assert overlaps() == 0
    refusals = {"SlotTaken", "NotOffered", "HoldExpired", "TooLate", "AlreadyCancelled"}
    assert set(outcomes) - refusals == {"booked", "held", "moved", "cancelled"}, outcomes
    assert outcomes["booked"] > 100 and outcomes["SlotTaken"] > 100, outcomes
