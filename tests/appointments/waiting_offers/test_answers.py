"""An offer is accepted, refused, or passes silently to the next one."""

from datetime import datetime, timedelta

import pytest

from appointments.models import (
    Appointment,
    Calendar,
    Hold,
    Occupancy,
    OpeningHours,
    WaitingEntry,
    WaitingOffer,
)
from appointments.services import offers, waiting
from appointments.services.refusals import (
    OfferEnded,
    OfferLost,
    OnlyByPhone,
)
from doctolib.audit.models import AuditEvent
from doctolib.outbox.models import OutboxMessage
from doctolib.tenancy.scopes import organisation_scope, patient_scope
from patients.models import Patient
from tests import factories
from tests.appointments.bookings import NINE, NOW
from tests.appointments.waiters import (
    accept,
    cancel,
    entry,
    freed,
    join,
    later,
    made,
    offer_id,
    refuse,
    status,
    sweep,
    times,
    wish,
)

from .tools import TEN, queued

pytestmark = pytest.mark.django_db
WEDNESDAY = NINE + timedelta(days=1)


# Accept


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


# Refuse, or say nothing


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
