"""Processes of several threads that book, move and cancel at random. Prints how often what happened, as JSON.

Django is loaded once, before the processes part: eight of them loading it would take longer than a race needs.
"""

import json
import os
import random
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from multiprocessing import get_context
from uuid import UUID


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doctolib.settings")
    os.environ["KMS_ALLOW_LOCAL"] = "true"
    import django

    django.setup()
    from appointments.services import booking  # noqa: F401  # all that a writer needs, and no connection yet
    from tests.appointments import bookings  # noqa: F401

    plan = json.loads(sys.argv[1])
    with ProcessPoolExecutor(plan["processes"], mp_context=get_context("fork")) as pool:
        outcomes = sum(pool.map(run, [plan] * plan["processes"], range(plan["processes"])), Counter())
    print(json.dumps(outcomes))


def run(plan: dict, seed: int) -> Counter:
    """One process."""
    outcomes: Counter = Counter()
    threads = [
        threading.Thread(target=write, args=(plan, random.Random(seed * 100 + number), outcomes))
        for number in range(plan["threads"])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def write(plan: dict, randomness: random.Random, outcomes: Counter) -> None:
    from django.db import connections

    from accounts.models import Organisation
    from appointments.services import booking
    from tests.appointments.bookings import NOW, TUESDAY, Clinic

    place = Clinic(Organisation.objects.get(pk=UUID(plan["organisation"])), plan["calendars"], plan["reason"], [])
    begun = time.monotonic()  # a second of the test is a minute of its clock: holds expire and give way meanwhile
    while time.monotonic() < begun + plan["seconds"]:
        # One day of 24 times on 20 calendars with 6 rooms: most tries meet another writer's.
        starts_at = TUESDAY + timedelta(hours=7, minutes=20 * randomness.randrange(24))
        try:
            what = act(place, starts_at, randomness, now=NOW + timedelta(minutes=time.monotonic() - begun))
        except booking.BookingRefused as refusal:
            what = type(refusal).__name__
        except Exception as error:
            what = f"{type(error).__name__}: {str(error)[:80]}"
        outcomes[what] += 1
    connections.close_all()


def act(place, starts_at: datetime, randomness: random.Random, *, now: datetime) -> str:
    from appointments.models import Appointment
    from appointments.services import booking
    from doctolib.tenancy.scopes import organisation_scope
    from tests.appointments.bookings import booker

    number = randomness.randrange(len(place.calendar_ids))
    chance = randomness.random()
    if chance < 0.5:
        token = place.hold(starts_at, calendar=number, now=now)
        if randomness.random() < 0.2:
            return "held"  # left to expire, or taken over below
        place.confirm(token, booker(), now=now)
        return "booked"
    with organisation_scope(place.organisation, actor="writer"):
        appointments = Appointment.objects.filter(status="booked", calendar_id=place.calendar_ids[number])
        appointment = appointments.order_by("?").first()
        if appointment is None:
            return "NotOffered"
        if chance < 0.75:
            booking.move_appointment(
                appointment=appointment,
                calendar_id=randomness.choice(place.calendar_ids),
                starts_at=starts_at,
                now=now,
                online=False,
            )
            return "moved"
        booking.cancel_appointment(appointment=appointment, now=now)
    return "cancelled"


if __name__ == "__main__":
    main()
