"""One action on several appointments is undone as one: series, visits; all of them or none."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from appointments.models import Appointment, AppointmentChange, Prescription, Series
from appointments.selectors.prescriptions import usage_of
from appointments.selectors.slots import Slot
from appointments.services import chains, series
from appointments.services.refusals_together import PrescriptionUsedUp
from appointments.services.staff import booking, moving, undoing
from appointments.services.staff.refusals import NotAll, NothingToUndo, StaleEdit
from appointments.services.staff.undoing_together import changes_of, undo_action
from doctolib.outbox.models import OutboxMessage
from tests import factories

from .desk_series import NOW, USER, place

pytestmark = pytest.mark.django_db
SOON, LATER = NOW + timedelta(seconds=5), NOW + timedelta(minutes=5)
FOUR = ["Mon 23.11. 09:00", "Mon 30.11. 09:00", "Mon 07.12. 09:00", "Mon 14.12. 09:00"]


@pytest.fixture
def where(db):
    return place()


def undo(where, *, now=SOON, user=USER) -> int:
    """The last action; how many appointments it was about."""
    with where.scope():
        return len(undo_action(changes=changes_of(undoing.own_change(user_id=user, change_id=None)), now=now))


def send(where) -> None:
    """What waits has left."""
    with where.scope():
        OutboxMessage.objects.filter(status="waiting").update(status="sent", payload=None)


def told(where) -> list[tuple[str, str]]:
    with where.scope():
        return list(OutboxMessage.objects.order_by("created_at").values_list("kind", "status"))


def ids(where, made: Series) -> list[UUID]:
    with where.scope():
        return list(Appointment.objects.filter(series=made).order_by("starts_at").values_list("pk", flat=True))


def move(where, made: Series, days: int) -> None:
    """Every date by so many days."""
    with where.scope():
        rows = Appointment.objects.filter(series=made).order_by("starts_at")
        new = {
            each.pk: Slot(each.calendar_id, each.reason_id, each.starts_at + timedelta(days=days), 20) for each in rows
        }
        series.move_series(series=made, new=new, user_id=USER, now=NOW)


def test_a_series_that_was_just_booked_is_gone_and_nobody_hears_of_it(where):
    where.book()

    assert undo(where) == 4

    assert (where.times(), told(where)) == ([], [("appointment.series_booked", "dropped")])


def test_later_the_patient_gets_one_message(where):
    where.book()
    send(where)

    undo(where, now=LATER)

    assert told(where) == [("appointment.series_booked", "sent"), ("appointment.series_cancelled", "waiting")]


def test_what_became_a_part_of_the_series_is_a_single_appointment_again(where):
    with where.scope():
        first = factories.appointment(where.calendar, where.reason, where.patient, where.slots(1)[0].starts_at)
    where.book(where.slots()[1:], first=first)

    undo(where)

    with where.scope():
        assert Appointment.objects.get(pk=first.pk).series_id is None
    assert where.times() == FOUR[:1]


@pytest.mark.parametrize("days", [7, -1, 1])
def test_a_moved_series_is_back_though_each_date_was_in_the_way_of_another(where, days):
    move(where, made := where.book(where.slots(first=date(2026, 11, 24))), days)
    before = where.times()

    assert undo(where) == 4

    assert (where.times() == before, where.times()[0]) == (False, "Tue 24.11. 09:00")
    with where.scope():
        assert set(Appointment.objects.filter(series=made).values_list("moves", "version")) == {(0, 3)}
    assert told(where)[1:] == [("appointment.series_moved", "dropped")]


def test_a_cancelled_series_is_booked_again(where):
    made = where.book()
    with where.scope():
        series.cancel_series(series=made, ids=ids(where, made)[1:], user_id=USER, now=NOW, reason="Umzug")
    assert where.times() == FOUR[:1]

    assert undo(where) == 3

    assert where.times() == FOUR
    with where.scope():
        assert {each.cancelled_at for each in Appointment.objects.filter(series=made)} == {None}
        assert [each.details for each in Appointment.objects.filter(series=made)] == [None] * 4


def test_one_that_was_changed_since_keeps_all_as_they_are(where):
    made = where.book()
    with where.scope():
        one = Appointment.objects.get(pk=ids(where, made)[2])
        slot = Slot(one.calendar_id, one.reason_id, one.starts_at + timedelta(hours=1), None)
        moving.move(appointment=one, slot=slot, version=1, user_id=UUID(int=8), now=NOW)
    before = where.times()

    with pytest.raises(StaleEdit) as refused:
        undo(where)

    assert (refused.value.current.pk, where.times()) == (one.pk, before)


def test_one_whose_time_is_taken_keeps_all_cancelled_and_is_named(where):
    made = where.book()
    with where.scope():
        series.cancel_series(series=made, ids=ids(where, made), user_id=USER, now=NOW)
        booking.book(slot=where.slots()[2], patient=factories.patient(), user_id=UUID(int=8), now=NOW)

    with pytest.raises(NotAll) as refused:
        undo(where)

    assert where.times() == []
    assert str(refused.value.message).startswith("Es wurde nichts geändert. Montag, 7. Dezember 2026")


def test_a_second_click_finds_nothing_to_undo(where):
    where.book()
    with where.scope():
        changes = changes_of(undoing.own_change(user_id=USER, change_id=None))
        undo_action(changes=changes, now=SOON)

        with pytest.raises(NothingToUndo):
            undo_action(changes=changes, now=SOON)


def test_step_by_step_back_to_before_the_series(where):
    move(where, where.book(), 1)

    assert (undo(where), where.times()) == (4, FOUR)
    assert (undo(where), where.times()) == (4, [])


def test_sessions_that_somebody_else_has_used_meanwhile_cannot_come_back(where):
    with where.scope():
        sessions = factories.prescription(where.patient, sessions=4)
    made = where.book(prescription_id=sessions.pk)
    with where.scope():
        series.cancel_series(series=made, ids=ids(where, made), user_id=USER, now=NOW)
    where.book(where.slots(2, clock="11:00"), prescription_id=sessions.pk, user_id=UUID(int=8))

    with pytest.raises(NotAll) as refused:
        undo(where)

    assert isinstance(refused.value.__cause__, PrescriptionUsedUp)
    with where.scope():
        assert usage_of([Prescription.objects.get()])[sessions.pk].taken == 2


def test_a_visit_of_several_parts_is_undone_whole(where):
    with where.scope():
        other = factories.calendar()
        factories.hours(other)
        factories.offer(other, where.reason)
        start = where.slots(1)[0].starts_at
        slots = [
            Slot(where.calendar.pk, where.reason.pk, start),
            Slot(other.pk, where.reason.pk, start + timedelta(minutes=20)),
        ]
        made = chains.book_chain(patient=where.patient, slots=slots, gap=timedelta(), user_id=USER, now=NOW)
        parts = Appointment.objects.filter(chain=made).order_by("starts_at")
        later = {
            each.pk: Slot(each.calendar_id, each.reason_id, each.starts_at + timedelta(minutes=20)) for each in parts
        }
        chains.move_chain(chain=made, new=later, user_id=USER, now=NOW)

    assert (undo(where), where.times()) == (2, ["Mon 23.11. 09:00", "Mon 23.11. 09:20"])
    assert (undo(where), where.times()) == (2, [])
    assert told(where) == [("appointment.chain_booked", "dropped"), ("appointment.chain_moved", "dropped")]


def test_each_of_many_costs_a_bounded_number_of_queries(where):
    where.book([slot for clock in ("08:00", "09:00", "10:00", "11:00", "13:00") for slot in where.slots(clock=clock)])

    with CaptureQueriesContext(connections["pool"]) as queries:
        assert undo(where) == 20

    assert len(queries) <= 20 * 6 + 20
    with where.scope():
        assert AppointmentChange.objects.filter(undone_at=None).count() == 0
