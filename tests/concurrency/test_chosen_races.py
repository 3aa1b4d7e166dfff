"""Several chosen appointments that two people move or undo at once, over real connections: nobody waits for ever."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import OperationalError

from appointments.models import Appointment, AppointmentChange, Occupancy
from appointments.selectors.series_dates import minutes_of
from appointments.selectors.slots import Slot
from appointments.services import eligibility, together
from appointments.services.staff import booking
from appointments.services.staff.chosen import move_chosen
from appointments.services.staff.refusals import NothingToUndo
from appointments.services.staff.undoing_together import changes_of, undo_action
from doctolib.tenancy.scopes import organisation_scope
from tests import factories
from tests.appointments.bookings import NINE, NOW, Clinic, clinic

from .test_booking_races import in_threads

pytestmark = pytest.mark.django_db(transaction=True)
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)


@pytest.fixture
def place() -> Clinic:
    """Two patients with a visit each in two calendars: on the first day in one order, on the second in the other."""
    place = clinic(calendars=2)
    with organisation_scope(place.organisation, actor="professional:1"):
        patients = [factories.patient(), factories.patient()]
        for day, (calendar, order) in enumerate(zip(place.calendar_ids, (patients, patients[::-1]), strict=True)):
            for hour, patient in enumerate(order):
                slot = Slot(calendar, place.reason_id, NINE + day * DAY + hour * HOUR)
                booking.book(slot=slot, patient=patient, user_id=uuid4(), now=NOW)
    return place


@pytest.fixture
def both_have_the_first(monkeypatch):
    """Whoever has locked the first patient waits for the other to have locked theirs, for a second at most."""
    barrier, mine, lock = threading.Barrier(2), threading.local(), eligibility.queue_for

    def queue_for(id):
        lock(id)
        if not hasattr(mine, "waited"):
            mine.waited = True
            try:
                barrier.wait(timeout=1)
            except threading.BrokenBarrierError:
                pass  # the other one waits before the first: as it should be

    monkeypatch.setattr(eligibility, "queue_for", queue_for)


def move(place: Clinic, calendar: int) -> tuple[list[Appointment], AppointmentChange]:
    """By a week."""
    with organisation_scope(place.organisation, actor="professional:1"):
        rows = Appointment.objects.filter(calendar_id=calendar)
        new = {each.pk: Slot(calendar, each.reason_id, each.starts_at + WEEK, minutes_of(each)) for each in rows}
        return move_chosen(new=new, versions=dict.fromkeys(new, 1), user_id=uuid4(), now=NOW)


def moved_by_a_week(place: Clinic, calendar: int) -> int:
    return len(move(place, calendar)[0])


def undone(place: Clinic, change: AppointmentChange) -> int | str:
    """How many came back, or why none did."""
    with organisation_scope(place.organisation, actor="professional:1"):
        changes = changes_of(change)
    try:
        with organisation_scope(place.organisation, actor="professional:1"):
            return len(undo_action(changes=changes, now=NOW))
    except NothingToUndo:
        return "nothing"


def starts(place: Clinic) -> list:
    with organisation_scope(place.organisation):
        return list(Occupancy.objects.order_by("starts_at").values_list("starts_at", flat=True))


def both(place: Clinic) -> list:
    return in_threads([lambda pk=pk: moved_by_a_week(place, pk) for pk in place.calendar_ids], workers=2)


def test_two_who_move_appointments_of_the_same_patients_do_not_wait_for_each_other(place, both_have_the_first):
    assert both(place) == [2, 2]


def test_without_one_order_for_patients_they_do(place, both_have_the_first, monkeypatch):
    monkeypatch.setattr(together, "queue_for_all", lambda ids: None)

    with pytest.raises(OperationalError, match="deadlock"):
        both(place)


def test_a_change_of_several_is_undone_once_by_six_clicks(place):
    before = starts(place)
    _moved, change = move(place, place.calendar_ids[0])

    outcomes = in_threads([lambda: undone(place, change)] * 6, workers=6)

    assert sorted(outcomes, key=str) == [2, *["nothing"] * 5]
    assert starts(place) == before


def test_two_who_undo_changes_of_the_same_patients_do_not_wait_for_each_other(place, both_have_the_first):
    before = starts(place)
    changes = [move(place, calendar)[1] for calendar in place.calendar_ids]

    assert in_threads([lambda each=each: undone(place, each) for each in changes], workers=2) == [2, 2]
    assert starts(place) == before
