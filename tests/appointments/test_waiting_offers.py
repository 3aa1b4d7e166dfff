"""A freed time is offered in turn, kept, accepted, refused, or passes to the next one."""

from datetime import datetime, timedelta

import pytest

from accounts import links
from appointments import tasks
from appointments.models import (
    Absence,
    Appointment,
    Calendar,
    FreedTime,
    Hold,
    Occupancy,
    OpeningHours,
    WaitingEntry,
    WaitingOffer,
)
from appointments.services import booking, offers, waiting
from appointments.services.refusals import (
    NotOffered,
    NotWaiting,
    OfferEnded,
    OfferLost,
    OnlyByPhone,
    SlotTaken,
    TooNear,
)
from doctolib.audit.models import AuditEvent
from doctolib.outbox.models import OutboxMessage
from doctolib.tenancy.scopes import organisation_scope, patient_scope
from patients.models import Patient
from tests import factories
from tests.appointments.bookings import NINE, NOW, clinic
from tests.appointments.waiters import (
    accept,
    cancel,
    entry,
    freed,
    join,
    later,
    made,
    noted,
    offer_id,
    refuse,
    someone,
    status,
    sweep,
    times,
    wish,
)

pytestmark = pytest.mark.django_db
TEN, ELEVEN = NINE + timedelta(hours=1), NINE + timedelta(hours=2)
WEDNESDAY = NINE + timedelta(days=1)


@pytest.fixture
def place():
    return clinic()


@pytest.fixture
def ada():
    return someone(1)


@pytest.fixture
def grace():
    return someone(2)


def queued(place) -> list[str]:
    with organisation_scope(place.organisation):
        return list(OutboxMessage.objects.filter(kind__startswith="waiting").values_list("kind", flat=True))


# In turn ------------------------------------------------------------------------------------------


def test_a_freed_time_is_offered_to_whoever_joined_first(place, ada, grace):
    first, _second = join(place, ada), join(place, grace, now=later(minutes=1))
    freed(place)

    assert sweep(place, now=later(minutes=2)) == 1

    assert made(place) == [(first, NINE, "open")]
    assert queued(place) == ["waiting.offered"]


def test_staff_may_put_someone_before_others(place, ada, grace):
    _first, second = join(place, ada), join(place, grace, now=later(minutes=1))
    with organisation_scope(place.organisation):
        waiting.prioritise(entry_id=second, by=1)
    freed(place)

    sweep(place, now=later(minutes=2))

    assert made(place) == [(second, NINE, "open")]


def test_the_time_is_kept_and_nobody_else_gets_it(place, ada):
    join(place, ada)
    freed(place)
    sweep(place)

    with pytest.raises(SlotTaken):
        place.hold()

    with organisation_scope(place.organisation):
        (hold,) = Hold.objects.filter(starts_at=NINE)
        assert hold.expires_at == later(hours=2)
        assert Occupancy.objects.get(hold=hold).expires_at == later(hours=2)


def test_each_freed_time_finds_someone_and_one_entry_gets_one_offer(place, ada, grace):
    first, second = join(place, ada), join(place, grace, now=later(minutes=1))
    for starts_at in (NINE, TEN, ELEVEN):
        freed(place, starts_at)

    assert sweep(place, now=later(minutes=2)) == 2

    assert sorted(made(place)) == sorted([(first, NINE, "open"), (second, TEN, "open")])


def test_a_time_waits_for_someone_who_has_not_answered_another_yet(place, ada):
    join(place, ada)
    freed(place, NINE), freed(place, TEN)
    sweep(place)
    assert noted(place) == [TEN]
    refuse(place, ada, offer_id(place, entry_of(place)))

    sweep(place, now=later(minutes=1))

    assert [starts_at for _entry, starts_at, _status in made(place)] == [NINE, TEN]


def entry_of(place):
    with organisation_scope(place.organisation):
        return WaitingEntry.objects.get().pk


def test_a_time_that_nobody_wants_is_forgotten(place, ada):
    join(place, ada, wish(half_days=(1,)))  # Monday afternoons
    freed(place)

    assert sweep(place) == 0
    assert noted(place) == []


def test_who_is_paused_or_gone_gets_nothing(place, ada, grace):
    first, second = join(place, ada), join(place, grace)
    with organisation_scope(place.organisation):
        waiting.pause(entry_id=first)
        waiting.leave(organisation=place.organisation, entry_id=second, now=NOW)
    freed(place)

    assert sweep(place) == 0


# What frees a time ------------------------------------------------------------------------------------------


def test_a_moved_appointment_frees_its_old_time(place, ada):
    join(place, ada)
    appointment = place.book(someone(3))
    with organisation_scope(place.organisation):
        moving = Appointment.objects.get(pk=appointment)
        booking.move_appointment(
            appointment=moving, calendar_id=place.calendar_ids[0], starts_at=ELEVEN, now=NOW, online=False
        )

    sweep(place)

    assert [starts_at for _entry, starts_at, _status in made(place)] == [NINE]


def test_new_opening_hours_and_an_absence_that_is_off_free_times(place, ada, grace):
    join(place, ada, wish(half_days=(10,)))  # Saturday mornings
    join(place, grace, wish(half_days=(2,)))  # Tuesday mornings
    with organisation_scope(place.organisation):
        calendar = place.calendar_ids[0]
        away = Absence.objects.create(resource_id=calendar, starts_at=NINE, ends_at=TEN)
        saturday = {"weekday": 6, "starts": "09:00", "ends": "10:00", "valid_from": "2026-11-01"}
        OpeningHours.objects.create(calendar_id=calendar, **saturday)
        away.delete()

    sweep(place)

    assert [starts_at for _entry, starts_at, _status in made(place)] == [NINE, NINE + timedelta(days=4)]


def test_a_room_that_gets_free_frees_the_time_of_whoever_needs_it(ada):
    place = clinic(rooms=1, calendars=2)
    join(place, ada)
    cancel(place, place.book(someone(3), calendar=0))
    with organisation_scope(place.organisation):
        FreedTime.objects.exclude(resource_id=place.room_ids[0]).delete()

    assert sweep(place) == 1


def test_a_visitor_s_hold_that_ends_frees_nothing(place, ada):
    join(place, ada)
    token = place.hold()
    booking.release_hold(organisation=place.organisation, token=token)

    assert noted(place) == []


def test_nothing_is_noted_while_nobody_waits(place):
    freed(place)

    assert noted(place) == []


# How long ------------------------------------------------------------------------------------------


def test_the_clinic_sets_how_long_a_time_is_kept(place, ada):
    join(place, ada)
    with organisation_scope(place.organisation):
        waiting.set_offer_minutes(30)
    freed(place)
    sweep(place)

    with organisation_scope(place.organisation):
        assert Hold.objects.get(starts_at=NINE).expires_at == later(minutes=30)


def test_an_offer_ends_before_the_minimum_notice_begins(place, ada):
    join(place, ada)
    freed(place)
    place.change_reason(minimum_notice=60)
    now = NINE - timedelta(minutes=100)

    sweep(place, now=now)

    with organisation_scope(place.organisation):
        assert Hold.objects.get(starts_at=NINE).expires_at == NINE - timedelta(minutes=60)


@pytest.mark.parametrize(("minutes", "offers_made"), [(15, 1), (14, 0)])
def test_who_would_have_no_time_to_answer_is_not_asked(place, ada, minutes, offers_made):
    join(place, ada)
    freed(place)
    place.change_reason(minimum_notice=60)

    assert sweep(place, now=NINE - timedelta(minutes=60 + minutes)) == offers_made


# Accept ------------------------------------------------------------------------------------------


def test_an_accepted_offer_is_an_appointment(place, ada):
    waits = join(place, ada)
    freed(place)
    sweep(place)

    appointment = accept(place, ada, offer_id(place, waits))

    assert times(place) == [(ada.person_id, NINE)]
    assert status(place, waits) == "booked"
    with organisation_scope(place.organisation):
        assert Appointment.objects.get(pk=appointment).origin == "online"
        assert Occupancy.objects.get(appointment_id=appointment).starts_at == NINE
        assert OutboxMessage.objects.filter(kind="appointment.confirmed", about=str(appointment)).count() == 1


def test_accepting_twice_is_accepting_once(place, ada):
    waits = join(place, ada)
    freed(place)
    sweep(place)
    offer = offer_id(place, waits)

    assert accept(place, ada, offer) == accept(place, ada, offer, now=later(hours=5))
    assert len(times(place)) == 1


def test_the_appointment_one_has_stays_until_the_offer_is_accepted_and_its_time_is_offered_on(place, ada, grace):
    late = place.book(ada, WEDNESDAY)
    waits = join(place, ada, appointment_id=late)
    next_one = join(place, grace, wish(from_day=WEDNESDAY.date()), now=later(minutes=1))
    freed(place)
    sweep(place, now=later(minutes=2))
    assert times(place) == [(ada.person_id, WEDNESDAY)]

    assert accept(place, ada, offer_id(place, waits), now=later(minutes=3)) == late
    sweep(place, now=later(minutes=4))

    assert times(place) == [(ada.person_id, NINE)]
    assert made(place) == [(waits, NINE, "accepted"), (next_one, WEDNESDAY, "open")]


def test_only_an_earlier_time_is_offered_to_who_has_one(place, ada):
    join(place, ada, appointment_id=place.book(ada, NINE))
    freed(place, NINE + timedelta(minutes=20)), freed(place, WEDNESDAY)

    assert sweep(place) == 0


def test_who_has_cancelled_the_appointment_meanwhile_still_waits_for_a_new_one(place, ada):
    late = place.book(ada, WEDNESDAY)
    waits = join(place, ada, appointment_id=late)
    cancel(place, late)
    sweep(place)

    assert accept(place, ada, offer_id(place, waits)) != late
    assert times(place) == [(ada.person_id, WEDNESDAY)]


def test_staff_accept_for_someone_who_calls(place, ada):
    waits = join(place, ada)
    freed(place)
    sweep(place)
    with organisation_scope(place.organisation, actor="professional:1"):
        offers.accept_offer(organisation=place.organisation, offer_id=offer_id(place, waits), now=NOW)

    assert times(place) == [(ada.person_id, NINE)]
    with organisation_scope(place.organisation):
        assert AuditEvent.objects.filter(actor="professional:1", action="waiting.accepted").count() == 1


def test_rules_who_may_book_are_asked_again(place, ada):
    waits = join(place, ada)
    freed(place)
    sweep(place)
    with organisation_scope(place.organisation):
        Patient.objects.filter(person_id=ada.person_id).update(is_blocked_online=True)

    with pytest.raises(OnlyByPhone):
        accept(place, ada, offer_id(place, waits))

    assert times(place) == []


def test_who_may_not_book_is_passed_over(place, ada, grace):
    join(place, ada)
    second = join(place, grace, now=later(minutes=1))
    with organisation_scope(place.organisation):
        Patient.objects.filter(person_id=ada.person_id).update(is_blocked_online=True)
    freed(place)

    sweep(place, now=later(minutes=2))

    assert made(place) == [(second, NINE, "open")]


def test_after_its_end_an_offer_names_the_nearest_free_times(place, ada):
    waits = join(place, ada)
    freed(place)
    sweep(place)

    with pytest.raises(OfferEnded) as refusal:
        accept(place, ada, offer_id(place, waits), now=later(hours=2))

    assert NINE in [near.starts_at for near in refusal.value.nearest]


def test_a_time_that_staff_need_themselves_is_lost(place, ada):
    waits = join(place, ada)
    freed(place)
    sweep(place)
    with organisation_scope(place.organisation):
        factories.absence(Calendar.objects.get(), NINE, TEN)

    with pytest.raises(OfferLost) as refusal:
        accept(place, ada, offer_id(place, waits))
    assert NINE not in [near.starts_at for near in refusal.value.nearest]

    sweep(place, now=later(minutes=1))
    assert made(place) == [(waits, NINE, "lost")]
    assert entry(place, waits).silences == 0


def test_a_hold_that_gave_way_is_a_lost_time(place, ada):
    waits = join(place, ada)
    freed(place)
    sweep(place)
    with organisation_scope(place.organisation):
        Hold.objects.filter(starts_at=NINE).delete()

    with pytest.raises(OfferLost):
        accept(place, ada, offer_id(place, waits))


def test_closed_hours_are_a_lost_time(place, ada):
    waits = join(place, ada)
    freed(place)
    sweep(place)
    with organisation_scope(place.organisation):
        OpeningHours.objects.all().delete()

    with pytest.raises(OfferLost):
        accept(place, ada, offer_id(place, waits))


def test_anothers_offer_cannot_be_accepted(place, ada, grace):
    waits = join(place, ada)
    join(place, grace)
    freed(place)
    sweep(place)

    with pytest.raises(WaitingOffer.DoesNotExist):
        accept(place, grace, offer_id(place, waits))


# Refuse, or say nothing ------------------------------------------------------------------------------------------


def test_a_refused_time_goes_to_the_next_one_and_does_not_come_back(place, ada, grace):
    first, second = join(place, ada), join(place, grace, now=later(minutes=1))
    freed(place)
    sweep(place, now=later(minutes=2))
    refuse(place, ada, offer_id(place, first))
    sweep(place, now=later(minutes=3))
    refuse(place, grace, offer_id(place, second))

    assert sweep(place, now=later(minutes=4)) == 0

    assert made(place) == [(first, NINE, "refused"), (second, NINE, "refused")]
    assert [status(place, each) for each in (first, second)] == ["waiting", "waiting"]


def test_who_says_nothing_makes_way_at_the_end_of_the_hold(place, ada, grace):
    first, second = join(place, ada), join(place, grace, now=later(minutes=1))
    freed(place)
    sweep(place, now=later(minutes=2))

    assert sweep(place, now=later(minutes=121)) == 0
    assert sweep(place, now=later(minutes=122)) == 1

    assert made(place) == [(first, NINE, "silent"), (second, NINE, "open")]


def silent_offers(place, count: int) -> datetime:
    """So many offers without an answer."""
    now = NOW
    for number in range(count):
        freed(place, NINE + timedelta(days=1, minutes=20 * number), now=now)
        assert sweep(place, now=now) == 1
        now += timedelta(hours=2)
        sweep(place, now=now)
    return now


def test_three_silences_pause_the_entry_and_say_so(place, ada):
    waits = join(place, ada)
    silent_offers(place, 2)
    assert status(place, waits) == "waiting"

    now = later(hours=4)
    freed(place, NINE + timedelta(days=2), now=now)
    sweep(place, now=now)
    sweep(place, now=now + timedelta(hours=2))

    assert status(place, waits) == "paused"
    assert queued(place).count("waiting.paused") == 1
    freed(place, NINE + timedelta(days=3), now=now)
    assert sweep(place, now=now + timedelta(hours=2)) == 0


def test_an_answer_ends_the_silence(place, ada):
    waits = join(place, ada)
    now = silent_offers(place, 2)
    freed(place, NINE + timedelta(days=2), now=now)
    sweep(place, now=now)
    refuse(place, ada, offer_id(place, waits), now=now)

    assert (entry(place, waits).silences, status(place, waits)) == (0, "waiting")


def test_who_was_paused_by_silence_goes_on_by_saying_so(place, ada):
    waits = join(place, ada)
    with organisation_scope(place.organisation):
        WaitingEntry.objects.filter(pk=waits).update(status="paused", silences=3)
        waiting.go_on(entry_id=waits)
        assert WaitingEntry.objects.values_list("status", "silences").get() == ("waiting", 0)
        waiting.pause(entry_id=waits)
        waiting.go_on(entry_id=waits)
        assert WaitingEntry.objects.get().status == "paused"  # staff's pause is staff's


def test_leaving_gives_the_offered_time_to_the_next_one(place, ada, grace):
    first, second = join(place, ada), join(place, grace, now=later(minutes=1))
    freed(place)
    sweep(place, now=later(minutes=2))
    with patient_scope(place.organisation, ada.person_id):
        waiting.leave(organisation=place.organisation, entry_id=first, now=NOW)
    sweep(place, now=later(minutes=3))

    assert made(place) == [(first, NINE, "refused"), (second, NINE, "open")]
    assert status(place, first) == "left"


# Staff offer ------------------------------------------------------------------------------------------


def test_staff_offer_a_time_that_nobody_gave_back(place, ada):
    waits = join(place, ada, wish(half_days=(1,)))
    with organisation_scope(place.organisation):
        slot = {"entry_id": waits, "calendar_id": place.calendar_ids[0], "now": NOW, "online": False}
        offers.offer_time(organisation=place.organisation, starts_at=NINE, **slot)

    assert made(place) == [(waits, NINE, "open")]


def test_a_second_offer_at_a_time_is_refused(place, ada):
    waits = join(place, ada)
    freed(place)
    sweep(place)

    with organisation_scope(place.organisation), pytest.raises(NotWaiting):
        offers.offer_time(
            organisation=place.organisation, entry_id=waits, calendar_id=place.calendar_ids[0],
            starts_at=ELEVEN, now=NOW, online=False,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("starts_at", "refusal"),
    [(NOW + timedelta(minutes=10), TooNear), (NINE - timedelta(hours=5), NotOffered)],
)
def test_staff_cannot_offer_what_nobody_could_take(place, ada, starts_at, refusal):
    waits = join(place, ada)

    with organisation_scope(place.organisation), pytest.raises(refusal):
        offers.offer_time(
            organisation=place.organisation, entry_id=waits, calendar_id=place.calendar_ids[0],
            starts_at=starts_at, now=NOW, online=False,
        )  # fmt: skip

    assert made(place) == []


# The task ------------------------------------------------------------------------------------------


def test_one_clinic_that_fails_does_not_stop_the_next(place, ada, monkeypatch):
    other = clinic()
    join(other, ada)
    freed(other)
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    whole = tasks.sweep

    def broken(organisation, **fields):
        if organisation == place.organisation:
            raise RuntimeError
        return whole(organisation, **fields)

    monkeypatch.setattr(tasks, "sweep", broken)
    tasks.serve_waiting_lists()

    assert [state for _entry, _starts_at, state in made(other)] == ["open"]


def test_an_account_that_is_deleted_takes_its_entry_along(place, ada):
    waits = join(place, ada)
    with organisation_scope(place.organisation):
        links.unlink(ada.person_id)

    assert (status(place, waits), entry(place, waits).person_id) == ("left", None)
