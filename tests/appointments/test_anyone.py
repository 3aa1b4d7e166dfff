"""A time with anyone: equal calendars fill equally, and a lost race only means somebody else of them."""

from collections import Counter
from datetime import timedelta
from random import Random

import pytest

from appointments.models import Occupancy
from appointments.services import anyone, booking
from appointments.services.anyone import hold_with_anyone
from doctolib.tenancy.scopes import organisation_scope
from tests import factories
from tests.appointments.bookings import NINE, NOW, clinic
from tests.appointments.pages import TOMORROW_AT_NINE, at_nine, text, visitor
from tests.appointments.pages import clinic as page_clinic

__all__ = ["at_nine", "page_clinic"]
pytestmark = pytest.mark.django_db
TWENTY = timedelta(minutes=20)


def hold(place, starts_at=NINE, **arguments):
    values = {"calendar_ids": place.calendar_ids, "network": str(Random().random()), **arguments}
    held, _token = hold_with_anyone(
        organisation=place.organisation, reason_id=place.reason_id, starts_at=starts_at, now=NOW, **values
    )
    return held.calendar_id


def weekdays(count: int) -> list:
    """Every time of the first weekdays from tomorrow on."""
    days = [NINE + timedelta(days=day) for day in range(40) if (NINE + timedelta(days=day)).weekday() < 5]
    return [day - timedelta(hours=1) + TWENTY * number for day in days[:count] for number in range(24)]


@pytest.mark.parametrize("wishes", ["all over", "one after the other"])
def test_300_bookings_over_three_equal_calendars_differ_by_one_at_most(wishes):
    place = clinic(calendars=3)
    if wishes == "all over":
        starts = Random(7).sample(weekdays(13), 300)
    else:
        starts = [start for start in weekdays(5)[:100] for _calendar in range(3)]

    counted = Counter(hold(place, starts_at) for starts_at in starts)

    assert sum(counted.values()) == 300
    assert max(counted.values()) - min(counted.values()) <= 1


def test_whoever_is_busy_elsewhere_is_not_asked():
    place = clinic(calendars=2)
    with organisation_scope(place.organisation):
        busy, _free = (factories.calendar().__class__.objects.get(pk=pk) for pk in place.calendar_ids)
        factories.absence(busy, NINE, NINE + TWENTY)

    assert hold(place) == place.calendar_ids[1]


def test_a_lost_race_ends_with_the_next_one(monkeypatch):
    place, plain = clinic(calendars=2), anyone.hold_slot

    def slower(**slot):
        """Somebody takes the first calendar after it was seen to be free."""
        monkeypatch.setattr(anyone, "hold_slot", plain)
        place.hold(calendar=place.calendar_ids.index(slot["calendar_id"]))
        return plain(**slot)

    monkeypatch.setattr(anyone, "hold_slot", slower)

    assert hold(place) == place.calendar_ids[1]


def test_when_all_are_taken_the_nearest_times_are_everyone_s():
    place = clinic(calendars=2)
    for number in (0, 1):
        place.hold(calendar=number)
    place.hold(NINE + TWENTY, calendar=0)

    with pytest.raises(booking.SlotTaken) as refused:
        hold(place)

    assert (place.calendar_ids[1], NINE + TWENTY) in [
        (near.calendar_id, near.starts_at) for near in refused.value.nearest
    ]


def test_a_time_that_nobody_offers_is_not_offered():
    place = clinic(calendars=2)

    with pytest.raises(booking.NotOffered):
        hold(place, NINE + timedelta(hours=12))
    with pytest.raises(booking.NotOffered):
        hold(place, calendar_ids=[])


def test_the_button_for_anyone_holds_with_somebody(page_clinic):
    with organisation_scope(page_clinic.organisation):
        other = factories.calendar(practitioner=factories.practitioner(first_name="Noor", last_name="Arslan"))
        factories.offer(other, page_clinic.reason)
        factories.hours(other)
    browser = visitor()
    chosen = {"reason": page_clinic.reason.pk, "time": f"any@{TOMORROW_AT_NINE.isoformat()}"}

    answer = browser.post(page_clinic.url("book/hold/"), chosen)

    assert answer["Location"] == page_clinic.url("book/who/")
    assert "Dr. Selin Kaya" in text(browser.get(page_clinic.url("book/who/")))
    with organisation_scope(page_clinic.organisation):
        assert list(Occupancy.objects.values_list("resource_id", flat=True)) == [page_clinic.calendar.pk]
