"""Two people set the hours of one calendar at the same time: their blocks never overlap."""

from datetime import time

import pytest

from appointments.models import Calendar, OpeningHours
from appointments.services import hours
from doctolib.tenancy.scopes import organisation_scope
from tests.appointments.bookings import NOW, clinic

from .test_booking_races import in_threads

pytestmark = pytest.mark.django_db(transaction=True)
SATURDAY = 6


def add(place) -> str:
    with organisation_scope(place.organisation):
        calendar = Calendar.objects.get(pk=place.calendar_ids[0])
    try:
        with organisation_scope(place.organisation):
            hours.add_blocks(
                calendar=calendar,
                weekdays=[SATURDAY],
                terms=hours.Terms(time(9), time(12)),
                valid_from=NOW.date(),
                valid_until=None,
            )
    except hours.Meeting:
        return "refused"
    return "added"


def most_at_once(place) -> int:
    """The most blocks of one Saturday, of ten that two and more add at once."""
    most = 0
    for _round in range(10):
        in_threads([lambda: add(place)] * 4, workers=4)
        with organisation_scope(place.organisation):
            blocks = OpeningHours.objects.filter(weekday=SATURDAY)
            most = max(most, blocks.count())
            blocks.delete()
    return most


def test_of_two_who_add_the_same_hours_one_is_refused():
    assert most_at_once(clinic()) == 1


def test_without_the_queue_both_are_there(monkeypatch):
    monkeypatch.setattr(hours, "claim_exactly", lambda resource_ids: None)

    assert most_at_once(clinic()) > 1
