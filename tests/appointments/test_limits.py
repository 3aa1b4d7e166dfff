"""How much one person may book: per reason, per day, at one time; alone, in parallel, and who may ask for visits."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from appointments.models import Appointment
from appointments.selectors.slots import Slot
from appointments.selectors.visits import limits_and_visits
from appointments.services import booking, eligibility, holds, refusals
from doctolib import queues
from doctolib.tenancy.scopes import booking_scope, organisation_scope, patient_scope, visitor_scope
from patients.models import Patient
from patients.services import records
from tests import factories
from tests.appointments.bookings import NINE, NOW, booker, clinic
from tests.concurrency.test_booking_races import in_threads

DAY = timedelta(days=1)
TEN = NINE + timedelta(hours=1)
TWENTY = timedelta(minutes=20)


@pytest.fixture
def place(db):
    return clinic(calendars=2)


@pytest.fixture
def erika():
    return booker()


def move(place, person, appointment_id, starts_at, *, calendar=0, now=NOW):
    with patient_scope(place.organisation, person.person_id, actor=person.actor):
        return booking.move_appointment(
            appointment=Appointment.objects.get(pk=appointment_id),
            calendar_id=place.calendar_ids[calendar],
            starts_at=starts_at,
            now=now,
        )


def starts(place) -> list[datetime]:
    with organisation_scope(place.organisation):
        live = Appointment.objects.exclude(status="cancelled")
        return list(live.order_by("starts_at").values_list("starts_at", flat=True))


def refusal_of(error) -> str:
    with override("de"):
        return str(error.value.message)


# Coming appointments for a reason ------------------------------------------------------------------------------------


def test_a_person_has_so_many_coming_appointments_for_a_reason(place, erika):
    place.change_reason(most_live=2)
    first = place.book(erika, NINE)
    place.book(erika, NINE + DAY)

    with override("de"), pytest.raises(refusals.EnoughOfThese) as refused:
        place.book(erika, TEN)
    assert refusal_of(refused) == "Für diesen Grund kann eine Person nur 2 kommende Termine haben."

    with patient_scope(place.organisation, erika.person_id):
        booking.cancel_appointment(appointment=Appointment.objects.get(pk=first), now=NOW)
    place.book(erika, TEN + TWENTY)  # a cancelled one makes room


def test_someone_else_has_a_limit_of_their_own(place, erika):
    place.change_reason(most_live=1)
    place.book(erika, NINE)
    place.book(booker(first_name="Max"), TEN)


def test_past_visits_and_other_reasons_do_not_count(place, erika):
    place.change_reason(most_live=1)
    record = place.record(erika)
    place.visit(record, NOW - DAY)
    with organisation_scope(place.organisation):
        other = factories.reason()
    place.visit(record, NINE + DAY, reason=other)

    place.book(erika, NINE)


def test_moving_is_not_one_more(place, erika):
    place.change_reason(most_live=1)
    place.limit(most_a_day=1)
    booked = place.book(erika, NINE)

    move(place, erika, booked, NINE + TWENTY)
    move(place, erika, booked, NINE)

    assert starts(place) == [NINE]


# One day -------------------------------------------------------------------------------------------------------------


def test_a_person_has_so_many_visits_on_one_day(place, erika):
    place.limit(most_a_day=1)
    place.book(erika, NINE)

    with override("de"), pytest.raises(refusals.EnoughThatDay) as refused:
        place.book(erika, TEN)

    assert refusal_of(refused) == (
        "Online kann eine Person an einem Tag nur 1 Termin in dieser Klinik buchen. Wählen Sie einen anderen Tag."
    )
    other_day = place.book(erika, NINE + DAY)
    with pytest.raises(refusals.EnoughThatDay):
        move(place, erika, other_day, TEN + TWENTY)
    assert starts(place) == [NINE, NINE + DAY]


@pytest.mark.parametrize("status", ["cancelled", "no_show"])
def test_what_did_not_happen_takes_no_place_on_its_day(place, erika, status):
    place.limit(most_a_day=1)
    place.visit(place.record(erika), TEN, status=status)

    place.book(erika, NINE)


def test_the_day_is_the_clinic_s(db, erika):
    """0:30 in Berlin is the evening before in UTC."""
    place = clinic()
    place.limit(most_a_day=1)
    record = place.record(erika)
    place.visit(record, datetime(2026, 11, 24, 23, 30, tzinfo=UTC))  # 0:30 on Wednesday
    place.visit(record, datetime(2026, 11, 23, 22, 30, tzinfo=UTC))  # 23:30 on Monday

    place.book(erika, NINE)
    with pytest.raises(refusals.EnoughThatDay):
        place.book(erika, NINE + DAY)


# One time ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("offset", "allowed"), [(-20, True), (-19, False), (0, False), (19, False), (20, True)])
def test_nobody_is_at_two_places_at_one_time(place, erika, offset, allowed):
    place.visit(place.record(erika), NINE + timedelta(minutes=offset))  # in the other calendar

    if allowed:
        place.book(erika, NINE)
        return
    with override("de"), pytest.raises(refusals.AtTheSameTime) as refused:
        place.book(erika, NINE)
    assert refusal_of(refused) == (
        "Für diese Person gibt es zu dieser Zeit schon einen anderen Termin. Wählen Sie eine andere Zeit."
    )


def test_nobody_is_moved_to_where_they_already_are(place, erika):
    place.visit(place.record(erika), NINE)
    booked = place.book(erika, TEN)

    with pytest.raises(refusals.AtTheSameTime):
        move(place, erika, booked, NINE)

    assert starts(place) == [NINE, TEN]
    with organisation_scope(place.organisation), pytest.raises(refusals.AtTheSameTime):
        booking.move_appointment(
            appointment=Appointment.objects.get(pk=booked),
            calendar_id=place.calendar_ids[0],
            starts_at=NINE,
            now=NOW,
            online=False,
        )


def test_staff_does_not_send_a_patient_to_two_places(place, erika):
    record = place.record(erika)
    place.visit(record, NINE)
    first, then = (Slot(place.calendar_ids[0], place.reason_id, at) for at in (NINE, NINE + TWENTY))

    with organisation_scope(place.organisation):
        with pytest.raises(refusals.AtTheSameTime):
            factories.booked_by_staff(record, first, now=NOW)
        factories.booked_by_staff(record, then, now=NOW)


def test_limits_are_for_bookings_online(place, erika):
    place.change_reason(most_live=1, audience="new", age_from=99, insurances=["self"], only_as_follow_up=True)
    place.limit(most_a_day=1, no_shows=1)
    record = place.record(erika, is_blocked_online=True)
    place.visit(record, NOW - DAY, status="no_show")
    place.visit(record, NINE)

    with organisation_scope(place.organisation):
        factories.booked_by_staff(record, Slot(place.calendar_ids[0], place.reason_id, TEN), now=NOW)
    assert starts(place)[1:] == [NINE, TEN]


# In parallel ---------------------------------------------------------------------------------------------------------


def tabs(place, person, *times) -> list[str]:
    """Hold a time in each tab, then confirm all at once."""
    tokens = [place.hold(starts_at, calendar=number % 2) for number, starts_at in enumerate(times)]
    outcomes = in_threads([lambda t=token: place.confirm(t, person) for token in tokens], workers=len(tokens))
    return sorted(type(outcome).__name__ for outcome in outcomes)


def race(known: bool, **limit) -> list[tuple[int, set[str]]]:
    """What comes of eight tabs, five times; a person each, with a record at the clinic or without."""
    found = []
    for number in range(5):
        place, person = clinic(calendars=2), booker(first_name=f"Erika {number}")
        place.change_reason(most_live=limit.get("most_live"))
        if "most_a_day" in limit:
            place.limit(most_a_day=limit["most_a_day"])
        if known:
            place.record(person)
        at_once = limit.get("at_once", False)
        times = [NINE, NINE] if at_once else [NINE + n * TWENTY for n in range(8)]
        outcomes = tabs(place, person, *times)
        with organisation_scope(place.organisation):
            assert Patient.objects.count() == 1
        found.append((outcomes.count("UUID"), {*outcomes} - {"UUID"}))
    return found


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("known", [True, False], ids=["known", "new"])
@pytest.mark.parametrize(
    ("limit", "refusal"),
    [
        ({"most_live": 1}, "EnoughOfThese"),
        ({"most_a_day": 1}, "EnoughThatDay"),
        ({"at_once": True}, "AtTheSameTime"),
    ],
    ids=["reason", "day", "time"],
)
def test_two_tabs_do_not_get_past_a_limit(known, limit, refusal):
    assert race(known, **limit) == [(1, {refusal})] * 5


@pytest.mark.django_db(transaction=True)
def test_without_the_queue_they_do(monkeypatch):
    """Each takes its time between looking and writing: the queue keeps them right, without it they all get through."""
    look, lock = eligibility.limits_and_visits, queues.LOCK

    def look_slowly(*arguments, **named):
        found = look(*arguments, **named)
        time.sleep(0.2)
        return found

    monkeypatch.setattr(eligibility, "limits_and_visits", look_slowly)
    booked = {}
    for statement in (lock, "{}::text"):
        for module, name, whom in ((holds, "OWN_QUEUED", "$2"), (records, "LINKED", "this.id::text")):
            changed = getattr(module, name).replace(lock.format(whom), statement.format(whom))
            monkeypatch.setattr(module, name, changed)
        place, person = clinic(calendars=2), booker()
        place.record(person)
        place.change_reason(most_live=1)
        booked[statement] = tabs(place, person, *[NINE + n * TWENTY for n in range(4)]).count("UUID")

    assert booked[lock] == 1
    assert booked["{}::text"] > 1


@pytest.mark.django_db(transaction=True)
def test_staff_and_patient_do_not_book_one_time_twice():
    for _ in range(5):
        place, person = clinic(calendars=2), booker()
        record = place.record(person)
        token = place.hold(NINE)

        def by_staff(place=place, record=record):
            slot = Slot(place.calendar_ids[1], place.reason_id, NINE)
            with organisation_scope(place.organisation):
                return factories.booked_by_staff(record, slot, now=NOW).pk

        def online(place=place, person=person, token=token):
            return place.confirm(token, person)

        outcomes = in_threads([by_staff, online], workers=2)

        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AtTheSameTime", "UUID"]


# Who may ask ---------------------------------------------------------------------------------------------------------


def test_visits_are_told_without_what_is_private(place, erika):
    record = place.record(erika)
    past = place.visit(record, NOW - DAY, status="done")
    place.visit(record, NINE, status="cancelled")
    place.visit(place.record(booker()), TEN)

    for scope in (
        booking_scope(place.organisation, past.pk),
        organisation_scope(place.organisation),
        patient_scope(place.organisation, erika.person_id),
    ):
        with scope:
            found = [(v.starts_at, v.ends_at, v.status, v.reason_id) for v in limits_and_visits(record.pk)[1]]
            assert found == [
                (NOW - DAY, NOW - DAY + TWENTY, "done", place.reason_id),
                (NINE, NINE + TWENTY, "cancelled", place.reason_id),
            ]
            assert [v.starts_at for v in limits_and_visits(record.pk, besides=past.pk)[1]] == [NINE]


def test_a_patient_is_told_about_their_own_record_alone(place, erika):
    record = place.record(erika)
    place.visit(record, NINE)

    with patient_scope(place.organisation, booker().person_id):
        assert limits_and_visits(record.pk)[1] == []


def test_another_clinic_is_told_nothing(place, erika):
    record = place.record(erika)
    visit = place.visit(record, NINE)
    other = clinic()

    for scope in (organisation_scope(other.organisation), booking_scope(other.organisation, visit.pk)):
        with scope:
            assert limits_and_visits(record.pk)[1] == []


def test_a_visitor_may_not_ask(place, erika):
    record = place.record(erika)
    place.visit(record, NINE)

    with visitor_scope(place.organisation) as scope, transaction.atomic(using=scope.database):
        with pytest.raises(DatabaseError, match="permission denied for function visits_of"):
            limits_and_visits(record.pk)
        transaction.set_rollback(True, using=scope.database)


def test_a_booking_still_reads_no_appointment_but_its_own(place, erika):
    visit = place.visit(place.record(erika), NINE)

    with booking_scope(place.organisation, booker().person_id):
        assert not Appointment.objects.filter(pk=visit.pk).exists()


def test_many_visits_need_as_many_queries_as_one(place, erika):
    place.limit(most_a_day=9, no_shows=9)
    place.change_reason(most_live=9, seen_within=12)
    record = place.record(erika)
    place.visit(record, NOW - DAY)

    def confirm(starts_at) -> int:
        token = place.hold(starts_at)
        with CaptureQueriesContext(connections["pool"]) as captured:
            place.confirm(token, erika)
        return len(captured)

    confirm(NINE)
    one = confirm(NINE + TWENTY)
    for days in range(2, 12):
        place.visit(record, NOW - days * DAY)

    assert confirm(NINE + 2 * TWENTY) == one
