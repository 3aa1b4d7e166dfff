"""Tasks that remind at the same time, over real connections: an appointment is reminded of once."""

from datetime import timedelta

import pytest
from django.db import connections

from appointments.services import reminders
from appointments.services.notices import queue_notices, set_notices
from appointments.services.reminders import queue_recalls
from doctolib.tenancy.scopes import organisation_scope
from tests import factories
from tests.appointments.bookings import NOW, clinic
from tests.appointments.reminded import NINE_IN_A_WEEK as VISIT
from tests.appointments.reminded import queue, queued, visit

from .test_booking_races import in_threads

pytestmark = pytest.mark.django_db(transaction=True)
DAY = VISIT - timedelta(days=1)
VISITS = 12


def remind(place) -> int:
    return queue(place, now=DAY + timedelta(hours=3))


def many(place) -> None:
    for number in range(VISITS):
        visit(
            place,
            VISIT + timedelta(minutes=10 * number),
            channels=["sms"],
            ends_at=VISIT + timedelta(minutes=10 * number + 10),
        )


def test_many_tasks_at_once_queue_each_reminder_once():
    place = clinic()
    many(place)

    outcomes = in_threads([lambda: remind(place)] * 6, workers=6)

    assert sum(outcomes) == len(queued(place)) == VISITS


def test_many_tasks_at_once_queue_a_recall_once():
    place = clinic()
    place.change_reason(recall_after=12)
    with organisation_scope(place.organisation):
        patient = factories.patient()
        factories.consent(patient, "recall")
    place.visit(patient, NOW - timedelta(days=366), status="done")

    outcomes = in_threads([lambda: queue_recalls(place.organisation, now=NOW)] * 6, workers=6)

    assert sorted(outcomes) == [0, 0, 0, 0, 0, 1]
    assert len(queued(place, "appointment.recall")) == 1


def test_many_tasks_at_once_queue_a_notice_once():
    place = clinic()
    with organisation_scope(place.organisation):
        set_notices(days={}, check_in_minutes=30, desk_de="Anmeldung")
    many(place)
    now = VISIT - timedelta(minutes=30)

    outcomes = in_threads([lambda: queue_notices(place.organisation, now=now)] * 6, workers=6)

    assert sum(outcomes) == len(queued(place, "appointment.check_in")) == 1


def test_without_the_constraint_reminders_are_queued_twice():
    """The guard taken away: each of the tasks has looked before one of them has written."""
    place, most = clinic(), 0
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE appointments_reminder DROP CONSTRAINT reminder_once")
    try:
        many(place)
        in_threads([lambda: remind(place)] * 6, workers=6)
        most = len(queued(place))
    finally:
        with connections["owner"].cursor() as cursor:
            cursor.execute("TRUNCATE appointments_reminder")
            cursor.execute(
                "ALTER TABLE appointments_reminder ADD CONSTRAINT reminder_once"
                " UNIQUE (organisation_id, appointment_id, starts_at, amount, unit, channel)"
            )
    assert most > VISITS


def test_a_row_that_cannot_be_written_stops_no_other(monkeypatch):
    place = clinic()
    monkeypatch.setattr(reminders, "AT_ONCE", 2)
    first = visit(place, channels=["sms"])
    visit(place, VISIT + timedelta(minutes=20), channels=["sms"])
    visit(place, VISIT + timedelta(minutes=40), channels=["sms"])
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            f"ALTER TABLE appointments_reminder ADD CONSTRAINT broken CHECK (appointment_id <> '{first.pk}')"
        )
    try:
        assert remind(place) == 2
        assert remind(place) == 0
    finally:
        with connections["owner"].cursor() as cursor:
            cursor.execute("ALTER TABLE appointments_reminder DROP CONSTRAINT broken")
    assert remind(place) == 1  # what failed is found again
