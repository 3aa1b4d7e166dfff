"""Hold, confirm, move, cancel: what happens, what is refused, and that nothing is left half-done."""

from datetime import timedelta

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from appointments.enums import AppointmentStatus, OccupancyStatus
from appointments.models import Appointment, Hold, Occupancy
from appointments.services import booking
from doctolib.audit.models import AuditEvent
from doctolib.outbox.models import OutboxMessage
from doctolib.tenancy.scopes import organisation_scope, patient_scope, support_scope
from patients.models import Patient
from patients.services.records import create_patient
from tests.appointments.bookings import NINE, NOW, booker, clinic

LATER = NOW + timedelta(minutes=11)
TWENTY = timedelta(minutes=20)


@pytest.fixture
def open_clinic(db):
    return clinic(calendars=2)


@pytest.fixture
def ada():
    return booker(first_name="Ada", last_name="Lovelace")


@pytest.fixture
def grace():
    return booker(first_name="Grace", last_name="Hopper", phone="+4915228817380", email="grace@example.org")


def occupancy(place) -> list[tuple]:
    with organisation_scope(place.organisation):
        return list(
            Occupancy.objects.order_by("resource_id", "starts_at").values_list("resource_id", "starts_at", "status")
        )


def appointments(place) -> list[Appointment]:
    with organisation_scope(place.organisation):
        return list(Appointment.objects.order_by("created_at"))


def test_a_hold_becomes_an_appointment_with_audit_and_message(open_clinic, ada):
    token = open_clinic.hold()
    assert occupancy(open_clinic) == [(open_clinic.calendar_ids[0], NINE, OccupancyStatus.HELD)]

    appointment_id = open_clinic.confirm(token, ada)

    assert occupancy(open_clinic) == [(open_clinic.calendar_ids[0], NINE, OccupancyStatus.BOOKED)]
    with organisation_scope(open_clinic.organisation):
        appointment = Appointment.objects.select_related("patient").get()
        assert (appointment.pk, appointment.person_id) == (appointment_id, ada.person_id)
        assert appointment.patient.name["last_name"] == "Lovelace"
        assert list(AuditEvent.objects.order_by("at").values_list("actor", "action")) == [
            (ada.actor, "patient.created"),
            (ada.actor, "appointment.booked"),
        ]
        assert list(OutboxMessage.objects.values_list("kind", "about")) == [
            ("appointment.confirmed", str(appointment_id))
        ]
        assert not Hold.objects.exists()


def test_confirming_twice_is_one_appointment(open_clinic, ada):
    token = open_clinic.hold()
    assert open_clinic.confirm(token, ada) == open_clinic.confirm(token, ada)
    assert len(appointments(open_clinic)) == 1


def test_someone_else_s_token_confirms_nothing(open_clinic, ada, grace):
    token = open_clinic.hold()
    open_clinic.confirm(token, ada)
    with pytest.raises(booking.HoldExpired):
        open_clinic.confirm(token, grace)
    for broken in ("", "x", "not-a-uuid.secret", f"{token}x", token.split(".")[0]):
        with pytest.raises(booking.HoldExpired):
            open_clinic.confirm(broken, grace)


def test_a_held_time_is_refused_with_the_nearest_free_times(open_clinic):
    open_clinic.hold()
    with pytest.raises(booking.SlotTaken) as refusal:
        open_clinic.hold()
    starts = [slot.starts_at for slot in refusal.value.nearest]
    assert NINE not in starts and {NINE - TWENTY, NINE + TWENTY} <= set(starts) and len(starts) == 6


@pytest.mark.parametrize(
    "starts_at",
    [NINE + timedelta(minutes=7), NINE - timedelta(days=2), NINE - timedelta(days=3), NINE + timedelta(days=400)],
    ids=["off the grid", "Sunday", "past", "past the horizon"],
)
def test_a_time_that_is_not_offered_is_refused(open_clinic, starts_at):
    with pytest.raises(booking.NotOffered):
        open_clinic.hold(starts_at)
    assert occupancy(open_clinic) == []


def test_an_expired_hold_gives_way_to_the_next_booker(open_clinic, ada, grace):
    late = open_clinic.hold()
    token = open_clinic.hold(now=LATER)
    open_clinic.confirm(token, grace, now=LATER)

    with pytest.raises(booking.HoldExpired) as refusal:
        open_clinic.confirm(late, ada, now=LATER)
    assert not refusal.value.still_free and refusal.value.nearest
    assert [a.person_id for a in appointments(open_clinic)] == [grace.person_id]


def test_an_expired_hold_whose_time_is_free_says_so(open_clinic, ada):
    token = open_clinic.hold()
    with pytest.raises(booking.HoldExpired) as refusal:
        open_clinic.confirm(token, ada, now=LATER)
    assert refusal.value.still_free
    again = open_clinic.hold(now=LATER, token=token)
    open_clinic.confirm(again, ada, now=LATER)
    assert len(appointments(open_clinic)) == 1


def test_a_visitor_has_one_live_hold(open_clinic):
    first = open_clinic.hold()
    open_clinic.hold(NINE + TWENTY, token=first)
    assert [row[1] for row in occupancy(open_clinic)] == [NINE + TWENTY]


def test_another_time_in_a_hold_waits_for_the_disk_a_new_hold_does_not(open_clinic):
    """After a crash the old time would be back in the row, and confirmed by who has seen the new one."""
    waits, token = [], ""
    for starts_at in (NINE, NINE + TWENTY):
        with CaptureQueriesContext(connections["pool"]) as sent:
            token = open_clinic.hold(starts_at, token=token)
        waits.append(sum("synchronous_commit TO DEFAULT" in query["sql"] for query in sent))

    assert waits == [0, 1]


def test_who_loses_a_race_keeps_the_hold_they_had(open_clinic):
    mine = open_clinic.hold()
    open_clinic.hold(NINE + TWENTY)
    with pytest.raises(booking.SlotTaken):
        open_clinic.hold(NINE + TWENTY, token=mine)
    assert [row[1] for row in occupancy(open_clinic)] == [NINE, NINE + TWENTY]


def test_a_network_holds_a_bounded_number_of_times(open_clinic, settings):
    settings.HOLDS_PER_NETWORK = 2
    open_clinic.hold(NINE, network="home")
    open_clinic.hold(NINE + TWENTY, network="home")
    with pytest.raises(booking.TooManyHolds):
        open_clinic.hold(NINE + 2 * TWENTY, network="home")
    open_clinic.hold(NINE + 2 * TWENTY, network="elsewhere")


def test_a_hold_is_extended_twice_without_and_ten_times_with_an_account(open_clinic):
    token, moment = open_clinic.hold(), NOW
    for signed_in, times in ((False, 2), (True, 8)):
        for _ in range(times):
            moment += timedelta(minutes=9)
            until = booking.extend_hold(
                organisation=open_clinic.organisation, token=token, now=moment, signed_in=signed_in
            )
            assert until == moment + timedelta(minutes=10)
        with pytest.raises(booking.NoMoreExtensions):
            booking.extend_hold(organisation=open_clinic.organisation, token=token, now=moment, signed_in=signed_in)
    with pytest.raises(booking.SlotTaken):
        open_clinic.hold(now=moment + timedelta(minutes=9))


def test_a_released_hold_frees_its_time(open_clinic):
    token = open_clinic.hold()
    booking.release_hold(organisation=open_clinic.organisation, token=f"{token}x")  # a wrong secret releases nothing
    assert occupancy(open_clinic)
    booking.release_hold(organisation=open_clinic.organisation, token=token)
    assert occupancy(open_clinic) == []


def test_doctor_and_room_are_taken_together(db, ada):
    place = clinic(calendars=3, rooms=2)
    tokens = [place.hold(calendar=number) for number in (0, 1)]
    taken = {row[0] for row in occupancy(place)}
    assert taken == {*place.calendar_ids[:2], *place.room_ids}
    with pytest.raises(booking.SlotTaken):
        place.hold(calendar=2)
    place.confirm(tokens[0], ada)
    booking.release_hold(organisation=place.organisation, token=tokens[1])
    place.hold(calendar=2)


def test_without_an_agreement_nothing_is_booked(db):
    place = clinic(agreement=False)
    with pytest.raises(booking.NoAgreement):
        place.hold()
    assert occupancy(place) == []


def test_an_agreement_that_ended_while_the_form_was_filled_in_stops_the_booking(open_clinic, ada):
    from retention.models import ProcessingAgreement

    token = open_clinic.hold()
    with support_scope(open_clinic.organisation):
        ProcessingAgreement.objects.update(valid_until=NOW - timedelta(days=1))
    with pytest.raises(booking.NoAgreement):
        open_clinic.confirm(token, ada)
    assert appointments(open_clinic) == []


def test_a_move_frees_the_old_time_only_when_the_new_is_taken(open_clinic, ada):
    appointment_id = open_clinic.confirm(open_clinic.hold(), ada)
    open_clinic.hold(NINE + TWENTY)

    def move(starts_at):
        with patient_scope(open_clinic.organisation, ada.person_id, actor=ada.actor):
            booking.move_appointment(
                appointment=Appointment.objects.get(pk=appointment_id),
                calendar_id=open_clinic.calendar_ids[0],
                starts_at=starts_at,
                now=NOW,
            )

    with pytest.raises(booking.SlotTaken):
        move(NINE + TWENTY)
    assert NINE in [row[1] for row in occupancy(open_clinic)]
    move(NINE - TWENTY)
    assert [row[1] for row in occupancy(open_clinic)] == [NINE - TWENTY, NINE + TWENTY]
    (moved,) = appointments(open_clinic)
    assert (moved.starts_at, moved.moves) == (NINE - TWENTY, 1)
    with organisation_scope(open_clinic.organisation):
        assert "appointment.moved" in OutboxMessage.objects.values_list("kind", flat=True)


def test_a_cancelled_time_is_free_at_once(open_clinic, ada, grace):
    appointment_id = open_clinic.confirm(open_clinic.hold(), ada)

    def cancel():
        with patient_scope(open_clinic.organisation, ada.person_id, actor=ada.actor):
            appointment = Appointment.objects.get(pk=appointment_id)
            booking.cancel_appointment(appointment=appointment, now=NOW, reason="Bin verreist")

    cancel()
    with pytest.raises(booking.AlreadyCancelled):
        cancel()
    open_clinic.confirm(open_clinic.hold(), grace)
    with organisation_scope(open_clinic.organisation):
        cancelled = Appointment.objects.get(pk=appointment_id)
        assert (cancelled.status, cancelled.details) == (AppointmentStatus.CANCELLED, {"cancel_reason": "Bin verreist"})


def test_what_has_begun_is_not_changed_by_the_patient(open_clinic, ada):
    appointment_id = open_clinic.confirm(open_clinic.hold(), ada)
    with patient_scope(open_clinic.organisation, ada.person_id), pytest.raises(booking.TooLate):
        booking.cancel_appointment(appointment=Appointment.objects.get(pk=appointment_id), now=NINE)
    with organisation_scope(open_clinic.organisation):
        booking.cancel_appointment(appointment=Appointment.objects.get(pk=appointment_id), now=NINE)


def test_the_same_person_books_with_the_same_record(open_clinic, ada):
    open_clinic.confirm(open_clinic.hold(), ada)
    open_clinic.confirm(open_clinic.hold(NINE + TWENTY), ada)
    with organisation_scope(open_clinic.organisation):
        assert Patient.objects.count() == 1


@pytest.mark.parametrize(
    ("phone", "linked"), [("0152 28817386", True), ("0152 28817399", False), ("", False)], ids=["same", "other", "none"]
)
def test_a_record_is_linked_only_when_its_phone_was_verified(open_clinic, phone, linked):
    erika = booker()
    with organisation_scope(open_clinic.organisation):
        known = create_patient(
            first_name="Erika", last_name="Mustermann", birth_date=erika.birth_date, phone=phone, email=erika.email
        )
    open_clinic.confirm(open_clinic.hold(), erika)
    with organisation_scope(open_clinic.organisation):
        record = Appointment.objects.get().patient
        assert (record.pk == known.pk) is linked
        assert record.person_id == erika.person_id
        assert record.possible_duplicate_of == (None if linked else known.pk)
