"""Series: what each date's state is, what is suggested, booking all or none, moving and cancelling."""

from datetime import UTC, date, timedelta
from unittest import mock

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from appointments.models import Appointment, Occupancy, Resource, Series
from appointments.selectors.availability import fit_slot, free_slots
from appointments.selectors.many_starts import at_starts, fit_starts
from appointments.selectors.slots import Slot
from appointments.services import series, together
from appointments.services.booking import BookingRefused
from appointments.services.refusals import AlreadyCancelled, NoAgreement
from appointments.services.refusals_together import DatesRefused, NothingChosen, NotInSeries, TooManyChosen
from doctolib.audit.models import AuditEvent
from tests import factories

from .desk_series import MONDAY, NOW, USER, at, local, place, taken, weekly

pytestmark = pytest.mark.django_db
DAY, WEEK = timedelta(days=1), timedelta(days=7)


@pytest.fixture
def where(db):
    return place()


def states(dates) -> list[tuple[str, str]]:
    return [(local(each.starts_at), each.state) for each in dates]


def suggested(planned) -> list[str]:
    return [local(start) for start in planned.suggestions]


def test_every_date_says_what_stands_against_it(where):
    first = date(2026, 12, 4)  # Fridays: 4, 11, 18 and 25 December, 1 and 8 January
    with where.scope():
        factories.absence(where.calendar, at("00:00", first), at("00:00", first + timedelta(days=1)))
        other = factories.calendar()
        factories.appointment(other, where.reason, where.patient, at("09:10", first + 2 * WEEK))
    taken(where, "09:00", first + WEEK)

    dates = where.plan(where.slots(6, first=first))

    assert states(dates) == [
        ("Fri 04.12. 09:00", "absent"),
        ("Fri 11.12. 09:00", "taken"),
        ("Fri 18.12. 09:00", "own"),
        ("Fri 25.12. 09:00", "holiday"),
        ("Fri 01.01. 09:00", "holiday"),
        ("Fri 08.01. 09:00", "free"),
    ]


def test_outside_opening_hours_over_and_after_a_prescription(where):
    assert states(where.plan(where.slots(1, clock="17:00"))) == [("Mon 23.11. 17:00", "outside")]
    assert states(where.plan(where.slots(1), now=NOW + WEEK)) == [("Mon 23.11. 09:00", "past")]
    assert states(where.plan(where.slots(2), last_day=MONDAY)) == [
        ("Mon 23.11. 09:00", "free"),
        ("Mon 30.11. 09:00", "expired"),
    ]


def test_a_date_that_is_taken_gets_two_near_times_and_the_nearest_other_day(where):
    taken(where, "08:40", minutes=60)

    (first, second) = where.plan(where.slots(2))

    assert suggested(first) == ["Mon 23.11. 08:20", "Mon 23.11. 09:40", "Tue 24.11. 09:00"]
    assert suggested(second) == []


def test_a_holiday_gets_other_days_at_the_same_time(where):
    (christmas,) = where.plan(where.slots(1, first=date(2026, 12, 25)))
    assert suggested(christmas) == ["Thu 24.12. 09:00", "Wed 23.12. 09:00", "Tue 22.12. 09:00"]


def test_nothing_is_suggested_twice_and_nothing_that_another_date_takes(where):
    tuesday = MONDAY + timedelta(days=1)
    for day in (MONDAY, tuesday + timedelta(days=1)):
        taken(where, "08:00", day, minutes=480)
    slots = [*where.slots(1), *where.slots(1, first=tuesday), *where.slots(1, first=tuesday + timedelta(days=1))]

    monday, free, wednesday = where.plan(slots)

    assert (monday.state, free.state, wednesday.state) == ("taken", "free", "taken")
    offered = [*suggested(monday), *suggested(wednesday)]
    assert len(offered) == len(set(offered))
    assert "Tue 24.11. 09:00" not in offered


def test_a_time_beside_the_grid_is_free_within_opening_hours_and_as_long_as_asked(where):
    taken(where, "09:30")
    slots = [*where.slots(1, clock="09:10"), *where.slots(1, clock="09:10", minutes=40), *where.slots(1, clock="15:50")]

    assert states(where.plan(slots, suggest=False)) == [
        ("Mon 23.11. 09:10", "free"),
        ("Mon 23.11. 09:10", "taken"),
        ("Mon 23.11. 15:50", "outside"),
    ]
    where.book(where.slots(2, clock="14:10", minutes=45))
    with where.scope():
        found = Appointment.objects.values_list("starts_at", "ends_at")
        assert {ends - starts for starts, ends in found} == {timedelta(minutes=45)}


def test_many_starts_at_once_are_what_one_at_a_time_is(db):
    """On the grid of two weeks with rooms, holidays, absences, buffers and taken times."""
    where = place(rooms=2)
    first, last = date(2026, 12, 21), date(2027, 1, 3)
    with where.scope():
        type(where.reason).objects.update(buffer_after=10)
        rooms = list(Resource.objects.filter(kind="room"))
        factories.busy(rooms[0], at("09:00", first), at("12:00", first))
        factories.busy(rooms[1], at("11:00", first), at("13:00", first))
        factories.busy(where.calendar, at("14:00", first), at("14:15", first))
        factories.absence(where.calendar, at("10:00", last - 4 * DAY), at("12:30", last - 4 * DAY))
        question = {"reason_id": where.reason.pk, "now": NOW}
        times = [(day, minute) for day in range(14) for minute in range(8 * 60, 16 * 60, 20)]
        starts = [(at("00:00", first + day * DAY) + timedelta(minutes=minute)).astimezone(UTC) for day, minute in times]
        one_by_one = {
            start: fit_slot(calendar_id=where.calendar.pk, starts_at=start, online=False, **question)
            for start in starts
        }
        found = fit_starts(calendar_id=where.calendar.pk, starts=starts, **question)
        at_once = at_starts(calendar_id=where.calendar.pk, starts=starts, **question)
        listed = free_slots(calendar_ids=[where.calendar.pk], first_day=first, last_day=last, online=False, **question)[
            where.calendar.pk
        ]

    assert found == {start: fit for start, fit in one_by_one.items() if fit}
    assert at_once.free == set(found) == set(listed)
    assert 0 < len(found) < len(starts)


def test_rooms_and_lengths_count(db):
    where = place(rooms=1)
    with where.scope():
        room = Resource.objects.get(kind="room")
        factories.busy(room, at("09:00"), at("09:20"))

    assert states(where.plan()) == [
        ("Mon 23.11. 09:00", "taken"),
        *[(local(at("09:00", MONDAY + WEEK * n)), "free") for n in (1, 2, 3)],
    ]


def test_a_plan_costs_as_many_queries_for_thirty_dates_as_for_one(where):
    taken(where, "09:00")

    def queries(count: int) -> int:
        with where.scope(), CaptureQueriesContext(connections["pool"]) as found:
            together.plan_dates(where.organisation, where.slots(count), patient_id=where.patient.pk, now=NOW)
        return len(found)

    assert (queries(1), queries(30)) == (queries(1), queries(1))
    assert queries(1) <= 5


def test_a_series_is_booked_with_one_message_and_a_trail(where):
    made = where.book()

    assert where.times() == ["Mon 23.11. 09:00", "Mon 30.11. 09:00", "Mon 07.12. 09:00", "Mon 14.12. 09:00"]
    assert where.told() == ["appointment.series_booked"]
    with where.scope():
        assert Appointment.objects.filter(series=made, origin="staff").count() == 4
        assert Occupancy.objects.filter(appointment__series=made, resource_id=where.calendar.pk).count() == 4
        actions = list(AuditEvent.objects.order_by("action").values_list("action", flat=True))
    assert actions == [*["appointment.booked"] * 4, "series.booked"]
    assert (made.every, made.unit, made.weekdays, made.count, str(made.clock)) == (1, "weeks", [1], 4, "09:00:00")


def test_an_appointment_that_is_there_becomes_the_first_of_the_series(where):
    with where.scope():
        first = factories.appointment(where.calendar, where.reason, where.patient, at("09:00"))

    made = where.book(where.slots()[1:], first=first)

    with where.scope():
        assert (
            list(Appointment.objects.filter(series=made).values_list("pk", flat=True).order_by("starts_at"))[0]
            == first.pk
        )
    assert len(where.times()) == 4


def test_one_date_that_is_lost_refuses_all_and_says_which(where):
    taken(where, "09:00", MONDAY + WEEK)

    with pytest.raises(DatesRefused) as refused:
        where.book()

    assert states(refused.value.dates) == [("Mon 30.11. 09:00", "taken")]
    assert "30.11.2026, 09:00" in str(refused.value.message)
    assert (where.times(), where.told()) == ([], [])
    with where.scope():
        assert (Series.objects.count(), Occupancy.objects.filter(status="booked").count()) == (0, 0)


def test_a_kis_that_does_not_lock_refuses_all_and_says_which(where):
    """It takes the time after the look; only the database's constraint is left."""
    real = together.write_all

    def late(*args, **options):
        taken(where, "09:00", MONDAY + WEEK)
        return real(*args, **options)

    with mock.patch("appointments.services.series.write_all", late), pytest.raises(DatesRefused) as refused:
        where.book()

    # The test's own row went with the savepoint, so that every date is free again by now.
    assert (states(refused.value.dates), where.times()) == ([], [])


def test_chosen_dates_that_meet_each_other_are_refused(where):
    slots = where.slots(1)
    with where.scope():
        long = factories.reason(calendars=[where.calendar], duration=40, step=20)
    overlapping = [*slots, Slot(where.calendar.pk, long.pk, at("08:40").astimezone(UTC))]

    with pytest.raises(DatesRefused) as refused:
        where.book(overlapping)

    assert states(refused.value.dates) == [("Mon 23.11. 09:00", "own")]


def test_two_dates_whose_buffers_meet_are_refused(where):
    with where.scope():
        type(where.reason).objects.filter(pk=where.reason.pk).update(buffer_after=15)
    slots = [*where.slots(1, clock="09:00"), *where.slots(1, clock="09:20")]

    with pytest.raises(DatesRefused) as refused:
        where.book(slots)

    assert states(refused.value.dates) == [("Mon 23.11. 09:20", "taken")]


def test_no_date_and_too_many_dates_are_refused(where):
    with pytest.raises(NothingChosen):
        where.book([])
    with pytest.raises(TooManyChosen):
        where.book(where.slots(1) * 105)


def test_without_an_agreement_nothing_is_booked(where):
    where.end_agreement()
    with pytest.raises(NoAgreement):
        where.book()


def moved(made, where, **shift):
    from appointments.selectors.recurrence import shifted

    with where.scope():
        rows = list(Appointment.objects.filter(series=made).order_by("starts_at"))
    return {
        each.pk: Slot(each.calendar_id, each.reason_id, shifted(each.starts_at, zone=where.organisation.zone, **shift))
        for each in rows
    }


def test_all_dates_move_by_the_same_shift_with_one_message(where):
    made = where.book()

    with where.scope():
        series.move_series(series=made, new=moved(made, where, days=1, minutes=20), user_id=USER, now=NOW)

    assert where.times() == ["Tue 24.11. 09:20", "Tue 01.12. 09:20", "Tue 08.12. 09:20", "Tue 15.12. 09:20"]
    assert where.told() == ["appointment.series_booked", "appointment.series_moved"]
    with where.scope():
        assert set(Appointment.objects.values_list("moves", flat=True)) == {1}
        assert Occupancy.objects.filter(appointment__series=made).count() == 4


def test_a_short_shift_is_not_in_its_own_way(db):
    """A visit of an hour, moved by 20 minutes, meets the old one."""
    where = place()
    with where.scope():
        type(where.reason).objects.filter(pk=where.reason.pk).update(duration=60)
    made = where.book()

    with where.scope():
        series.move_series(series=made, new=moved(made, where, days=0, minutes=20), user_id=USER, now=NOW)

    assert where.times()[0] == "Mon 23.11. 09:20"


def test_a_move_that_one_date_cannot_follow_changes_nothing(where):
    made = where.book()
    taken(where, "09:00", MONDAY + timedelta(days=8))

    with pytest.raises(DatesRefused) as refused, where.scope():
        series.move_series(series=made, new=moved(made, where, days=1, minutes=0), user_id=USER, now=NOW)

    assert states(refused.value.dates) == [("Tue 01.12. 09:00", "taken")]
    assert where.times()[0] == "Mon 23.11. 09:00"


def ids(made, where, first: int = 0):
    with where.scope():
        return list(Appointment.objects.filter(series=made).order_by("starts_at").values_list("pk", flat=True))[first:]


def test_the_following_are_cancelled_with_one_message_and_their_times_are_free(where):
    made = where.book()
    rest = ids(made, where, 2)

    with where.scope():
        count = series.cancel_series(series=made, ids=rest, user_id=USER, now=NOW, reason="Umzug")

    assert count == 2
    assert where.times() == ["Mon 23.11. 09:00", "Mon 30.11. 09:00"]
    assert where.told() == ["appointment.series_booked", "appointment.series_cancelled"]
    with where.scope():
        assert Occupancy.objects.count() == 2
        assert [each.details for each in Appointment.objects.filter(pk__in=rest)] == [{"cancel_reason": "Umzug"}] * 2


def test_what_was_cancelled_or_belongs_elsewhere_is_not_changed(where):
    made, other = where.book(), where.book(where.slots(clock="11:00"))
    with where.scope():
        series.cancel_series(series=made, ids=ids(made, where)[:1], user_id=USER, now=NOW)

    for chosen, refusal in (
        (ids(made, where), AlreadyCancelled),
        (ids(other, where), NotInSeries),
        ([], NothingChosen),
    ):
        with pytest.raises(refusal), where.scope():
            series.cancel_series(series=made, ids=chosen, user_id=USER, now=NOW)
    assert issubclass(DatesRefused, BookingRefused)
    assert len(where.times()) == 7


def test_booking_costs_as_many_queries_for_thirty_dates_as_for_three(where):
    def queries(count: int, clock: str) -> int:
        with CaptureQueriesContext(connections["pool"]) as found:
            where.book(where.slots(count, clock=clock, first=MONDAY + timedelta(days=1)), rule=weekly(count))
        return len(found)

    queries(2, "08:00")  # keys and plans
    assert queries(3, "09:00") == queries(30, "10:00")
