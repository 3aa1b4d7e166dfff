"""What undo brings back, whom it tells, and what stands against a change by staff."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import translation

from appointments.messages import confirmed, moved
from appointments.models import Appointment, AppointmentChange, Occupancy, Resource
from appointments.selectors.slots import Slot
from appointments.services import booking as patients_booking
from appointments.services.refusals import AtTheSameTime
from appointments.services.staff import booking, moving, undoing, visits
from appointments.services.staff.places import OUTSIDE, OVERBOOK
from appointments.services.staff.refusals import (
    Absent,
    IsCancelled,
    NothingToUndo,
    NotOfferedHere,
    OutsideHours,
    StaleEdit,
    TimeOver,
    TimeTaken,
)
from doctolib.audit.models import AuditEvent
from doctolib.outbox.models import OutboxMessage
from doctolib.tenancy.scopes import organisation_scope
from tests import factories
from tests.appointments.bookings import NINE, NOW, TUESDAY, booker, clinic

pytestmark = pytest.mark.django_db
TEN = NINE + timedelta(hours=1)
EVENING = TUESDAY + timedelta(hours=18)
USER = uuid4()


@pytest.fixture
def place():
    place = clinic(calendars=2, rooms=1)
    with organisation_scope(place.organisation, actor="professional:1"):
        yield place


@pytest.fixture
def ada(place):
    return factories.patient()


@pytest.fixture
def grace(place):
    return factories.patient()


def slot(place, starts_at=NINE, minutes=None, calendar=0) -> Slot:
    return Slot(place.calendar_ids[calendar], place.reason_id, starts_at, minutes)


def book(place, patient, starts_at=NINE, *, minutes=None, calendar=0, **options):
    return booking.book(
        slot=slot(place, starts_at, minutes, calendar), patient=patient, user_id=USER, now=NOW, **options
    )


def move(place, visit, starts_at=TEN, *, minutes=None, calendar=0, **options):
    options = {"version": visit.version, "user_id": USER, "now": NOW, **options}
    return moving.move(appointment=visit, slot=slot(place, starts_at, minutes, calendar), **options)


def undo(change_id=None, *, now=NOW):
    return undoing.undo(change=undoing.own_change(user_id=USER, change_id=change_id), now=now)


def waiting() -> list[str]:
    """The kinds of messages that may still leave."""
    return list(OutboxMessage.objects.filter(status="waiting").order_by("created_at").values_list("kind", flat=True))


def leave() -> None:
    """Everything that waits has been sent."""
    OutboxMessage.objects.filter(status="waiting").update(status="sent")


def taken() -> list[tuple]:
    return list(Occupancy.objects.order_by("starts_at", "resource_id", "lane").values_list("starts_at", "lane"))


# Booking --------------------------------------------------------------------------------------------------------------


def test_a_time_off_the_grid_with_a_length_of_its_own(place, ada):
    visit, _change = book(place, ada, NINE + timedelta(minutes=5), minutes=35)

    times = (visit.starts_at, visit.ends_at)
    assert times == (NINE + timedelta(minutes=5), NINE + timedelta(minutes=40))
    assert [row[:2] for row in Occupancy.objects.values_list("starts_at", "ends_at")] == [times, times]  # and the room


@pytest.mark.parametrize(
    ("starts_at", "refusal"),
    [(EVENING, OutsideHours), (NINE, TimeTaken), (TEN, Absent), (NOW - timedelta(hours=1), TimeOver)],
)
def test_what_stands_against_a_time(place, ada, grace, starts_at, refusal):
    book(place, grace)
    factories.absence(Resource.objects.get(pk=place.calendar_ids[0]), TEN, TEN + timedelta(hours=1))

    with pytest.raises(refusal) as refused:
        book(place, ada, starts_at)

    assert len(refused.value.nearest) == 3


def test_the_only_room_is_taken_by_the_other_calendar(place, ada, grace):
    book(place, grace, calendar=1)

    with translation.override("en"), pytest.raises(TimeTaken) as refused:
        book(place, ada)

    assert refused.value.message == "The rooms or devices that are needed are taken at this time."
    visit, _change = book(place, ada, allow=[OVERBOOK])
    assert (visit.is_overbooked, [lane for _at, lane in taken()]) == (
        True,
        [1, 0, 0, 1],
    )  # her calendar, the other one, the room twice


def test_a_reason_that_the_calendar_does_not_offer(place, ada):
    other = factories.reason()

    with pytest.raises(NotOfferedHere):
        booking.book(slot=Slot(place.calendar_ids[0], other.pk, NINE), patient=ada, user_id=USER, now=NOW)


def test_nobody_is_sent_to_two_places_at_one_time(place, ada):
    book(place, ada)

    with pytest.raises(AtTheSameTime):
        book(place, ada, calendar=1, allow=[OVERBOOK])


def test_to_allow_it_does_not_mark_what_is_free_anyhow(place, ada):
    visit, _change = book(place, ada, allow=[OUTSIDE, OVERBOOK])

    assert (visit.is_outside, visit.is_overbooked) == (False, False)


def test_overbooking_is_in_the_trail(place, ada, grace):
    book(place, grace)
    visit, _change = book(place, ada, allow=[OVERBOOK])

    subject = f"appointment:{visit.pk}"
    assert list(AuditEvent.objects.filter(subject=subject).order_by("at").values_list("action", flat=True)) == [
        "appointment.booked",
        "appointment.overbooked",
    ]


# Moving ---------------------------------------------------------------------------------------------------------------


def test_a_move_that_is_refused_changes_nothing(place, ada, grace):
    visit, _change = book(place, ada)
    book(place, grace, TEN)
    before = taken()

    with pytest.raises(TimeTaken):
        move(place, visit, TEN)

    visit.refresh_from_db()
    assert (visit.starts_at, visit.version, taken()) == (NINE, 1, before)


def test_another_length_is_no_move_and_tells_nobody(place, ada):
    visit, _change = book(place, ada)
    leave()

    longer, change = move(place, visit, NINE, minutes=45)

    assert (change.kind, longer.ends_at, longer.moves, waiting()) == ("resized", NINE + timedelta(minutes=45), 0, [])


def test_whoever_has_seen_an_older_version_is_told_what_it_is_now(place, ada):
    visit, _change = book(place, ada)
    move(place, visit, TEN)

    with pytest.raises(StaleEdit) as refused:
        move(place, visit, NINE + timedelta(hours=2), version=1)

    assert (refused.value.current.starts_at, refused.value.current.version) == (TEN, 2)


def test_a_patients_own_move_counts_as_a_version(place):
    erika = booker()
    number = place.book(erika)
    visit = Appointment.objects.get(pk=number)
    patients_booking.move_appointment(
        appointment=visit, calendar_id=visit.calendar_id, starts_at=TEN, now=NOW, online=False
    )

    with pytest.raises(StaleEdit):
        move(place, visit, NINE)


def test_what_is_cancelled_is_not_moved(place, ada):
    visit, _change = book(place, ada)
    visits.cancel(appointment=visit, version=1, user_id=USER, now=NOW)

    with pytest.raises(IsCancelled):
        move(place, visit, TEN, version=2)


# Undo -----------------------------------------------------------------------------------------------------------------


def test_undo_of_a_booking_cancels_it_and_nobody_was_told(place, ada):
    visit, change = book(place, ada)

    undo(change.pk)

    visit.refresh_from_db()
    assert (visit.status, taken(), waiting()) == ("cancelled", [], [])


def test_undo_of_a_booking_that_was_told_tells_that_it_is_cancelled(place, ada):
    _visit, change = book(place, ada)
    leave()

    undo(change.pk)

    assert waiting() == ["appointment.cancelled"]


def test_undo_of_a_move_brings_back_time_marks_and_count(place, ada):
    visit, _change = book(place, ada, EVENING, allow=[OUTSIDE])
    _moved, change = move(place, visit, TEN)
    leave_first = waiting()

    current = undo(change.pk)

    assert (current.starts_at, current.is_outside, current.moves) == (EVENING, True, 0)
    assert (leave_first, waiting()) == (["appointment.confirmed", "appointment.moved"], ["appointment.confirmed"])


def test_a_confirmation_that_gave_way_to_a_move_comes_when_the_move_is_undone(place, ada):
    visit, _change = book(place, ada)
    _moved, change = move(place, visit, TEN)
    OutboxMessage.objects.filter(kind="appointment.confirmed").update(status="dropped")

    undo(change.pk)

    assert waiting() == ["appointment.confirmed"]
    assert len(confirmed(str(visit.pk), {"again": True})) == 2


def test_of_two_moves_the_first_is_still_told_when_the_second_is_undone(place, ada):
    visit, _change = book(place, ada)
    leave()
    visit, _change = move(place, visit, TEN)
    _moved, change = move(place, visit, TEN + timedelta(hours=1))

    undo(change.pk)

    assert waiting() == ["appointment.moved"]


def test_a_move_of_what_was_never_confirmed_and_its_undo_tell_nobody(place, ada):
    visit = place.visit(ada, NINE)
    with organisation_scope(place.organisation, actor="professional:1"):
        _moved, change = move(place, visit, TEN, calendar=1)
        undo(change.pk)

    assert waiting() == []


def test_undo_of_a_move_that_was_told_tells_the_old_time(place, ada):
    visit, _change = book(place, ada)
    _moved, change = move(place, visit, TEN)
    leave()

    undo(change.pk)

    assert waiting() == ["appointment.moved"]
    assert len(moved(str(visit.pk), None)) == 2


def test_undo_of_a_cancellation_books_it_again(place, ada):
    visit, _change = book(place, ada)
    leave()
    _cancelled, change = visits.cancel(appointment=visit, version=1, user_id=USER, now=NOW, reason="Krank")

    current = undo(change.pk)

    current.refresh_from_db()
    assert (current.status, current.cancelled_at, current.cancelled_by, current.details) == ("booked", None, "", None)
    assert ([at for at, _lane in taken()], waiting()) == ([NINE, NINE], [])


def test_undo_of_a_cancellation_is_refused_when_the_time_is_taken(place, ada, grace):
    visit, _change = book(place, ada)
    _cancelled, change = visits.cancel(appointment=visit, version=1, user_id=USER, now=NOW)
    book(place, grace)

    with pytest.raises(TimeTaken):
        undo(change.pk)

    visit.refresh_from_db()
    assert (visit.status, AppointmentChange.objects.get(pk=change.pk).undone_at) == ("cancelled", None)


def test_what_somebody_else_changed_since_is_not_undone(place, ada):
    visit, change = book(place, ada)
    moving.move(appointment=visit, slot=slot(place, TEN), version=1, user_id=uuid4(), now=NOW)

    with pytest.raises(StaleEdit):
        undo(change.pk)


def test_the_last_change_first_and_each_once(place, ada):
    visit, _change = book(place, ada)
    today = NINE + timedelta(minutes=1)
    visits.set_status(appointment=visit, status="arrived", version=1, user_id=USER, now=today)
    visits.set_status(appointment=visit, status="in_treatment", version=2, user_id=USER, now=today)

    states = [(undo(now=today).status, Appointment.objects.get().arrived_at) for _ in range(2)]

    assert states == [("arrived", today), ("booked", None)]
    assert undo(now=today).status == "cancelled"
    with pytest.raises(NothingToUndo):
        undo(now=today)


def test_a_visit_that_has_begun_tells_nobody(place, ada):
    book(place, ada, NOW - timedelta(minutes=5))

    assert waiting() == []


def test_a_change_keeps_nothing_about_the_patient(place, ada):
    _visit, change = book(place, ada, note="Angst")

    assert sorted(change.after) == [
        "arrived_at",
        "calendar_id",
        "ends_at",
        "is_outside",
        "is_overbooked",
        "moves",
        "started_at",
        "starts_at",
        "status",
    ]
