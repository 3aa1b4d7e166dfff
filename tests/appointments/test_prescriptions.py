"""Prescriptions: what is used and left, and that nobody books beyond them."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from appointments.models import Appointment, Prescription
from appointments.selectors.prescriptions import prescriptions_of, usage_of
from appointments.services import prescriptions
from appointments.services.prescriptions import Prescribed
from appointments.services.refusals_together import AfterPrescription, DatesRefused, OtherPatient, PrescriptionUsedUp
from doctolib.audit.models import AuditEvent
from tests import factories

from .desk_series import MONDAY, at, place

pytestmark = pytest.mark.django_db
WRITTEN = Prescribed("Manuelle Therapie", 6, 2, date(2026, 11, 20), date(2027, 2, 20))


@pytest.fixture
def where(db):
    return place()


@pytest.fixture
def prescription(where):
    with where.scope():
        return prescriptions.record_prescription(patient=where.patient, prescribed=WRITTEN)


def appointment(where, prescription, number: int, status: str) -> Appointment:
    at_nine = at("09:00", MONDAY) + timedelta(hours=number)
    fields = {"cancelled_at": at_nine} if status == "cancelled" else {}
    with where.scope():
        return factories.appointment(
            where.calendar, where.reason, where.patient, at_nine, status=status, prescription=prescription, **fields
        )


STATUSES = ["booked", "arrived", "in_treatment", "done", "no_show", "cancelled"]


@pytest.mark.parametrize(("counts_no_shows", "expected"), [(False, (1, 3, 2)), (True, (2, 3, 1))])
def test_done_is_used_missed_by_choice_cancelled_never(where, prescription, counts_no_shows, expected):
    with where.scope():
        Prescription.objects.update(counts_no_shows=counts_no_shows)
    for number, status in enumerate(STATUSES):
        appointment(where, prescription, number, status)

    with where.scope():
        current = Prescription.objects.get()
        usage = usage_of([current])[current.pk]
    assert (usage.used, usage.booked, usage.left) == expected


def test_what_is_prescribed_is_sealed_and_recording_leaves_a_trail(where, prescription):
    with where.scope():
        (sealed,) = Prescription.objects.values_list("what", flat=True)
    assert b"Manuelle" not in bytes(sealed)
    with where.scope():
        assert Prescription.objects.get().what == "Manuelle Therapie"
        assert list(AuditEvent.objects.values_list("action", flat=True)) == ["prescription.recorded"]


def test_a_list_costs_as_many_queries_for_three_as_for_one(where, prescription):
    def queries() -> int:
        with where.scope(), CaptureQueriesContext(connections["pool"]) as found:
            assert [each.prescription.what for each in prescriptions_of(where.patient.pk, today=MONDAY)]
        return len(found)

    one = queries()
    for _ in range(2):
        with where.scope():
            prescriptions.record_prescription(patient=where.patient, prescribed=WRITTEN)
    assert queries() == one


def test_a_series_takes_sessions_and_not_more_than_are_left(where, prescription):
    where.book(where.slots(4), prescription_id=prescription.pk)

    with pytest.raises(PrescriptionUsedUp) as refused:
        where.book(where.slots(3, clock="11:00"), prescription_id=prescription.pk)

    assert len(where.times()) == 4
    assert "2" in str(refused.value.message) and "3" in str(refused.value.message)
    where.book(where.slots(2, clock="11:00"), prescription_id=prescription.pk)
    assert len(where.times()) == 6


def test_the_appointment_that_a_series_begins_with_takes_a_session_once(where, prescription):
    with where.scope():
        first = factories.appointment(where.calendar, where.reason, where.patient, at("09:00"))
    with pytest.raises(PrescriptionUsedUp):
        where.book(where.slots(7)[1:], first=first, prescription_id=prescription.pk)

    where.book(where.slots(6)[1:], first=first, prescription_id=prescription.pk)

    with where.scope():
        assert usage_of([prescription])[prescription.pk].left == 0


def test_a_date_after_its_last_day_is_refused(where, prescription):
    with where.scope():
        Prescription.objects.update(valid_until=MONDAY + timedelta(days=7))

    with pytest.raises(DatesRefused) as refused:
        where.book(where.slots(3), prescription_id=prescription.pk)

    assert [each.state for each in refused.value.dates] == ["expired"]


def test_another_patients_prescription_is_refused(where):
    with where.scope():
        foreign = factories.prescription(factories.patient())
    with pytest.raises(OtherPatient):
        where.book(prescription_id=foreign.pk)


def tie(where, found, prescription_id):
    with where.scope():
        prescriptions.tie_appointment(
            appointment=found, prescription_id=prescription_id, zone=ZoneInfo("Europe/Berlin")
        )


def test_one_appointment_is_tied_and_untied(where, prescription):
    found = appointment(where, None, 0, "booked")
    tie(where, found, prescription.pk)
    tie(where, found, prescription.pk)  # twice is once
    with where.scope():
        assert usage_of([prescription])[prescription.pk].booked == 1

    tie(where, found, None)

    with where.scope():
        assert usage_of([prescription])[prescription.pk].booked == 0


def test_an_appointment_is_not_tied_beyond_it_or_after_it(where):
    with where.scope():
        small = factories.prescription(where.patient, sessions=1)
        old = factories.prescription(where.patient, valid_until=date(2020, 1, 1))
    appointment(where, small, 0, "done")
    found = appointment(where, None, 1, "booked")

    with pytest.raises(PrescriptionUsedUp):
        tie(where, found, small.pk)
    with pytest.raises(AfterPrescription):
        tie(where, found, old.pk)


def test_a_correction_cannot_leave_fewer_sessions_than_are_booked(where, prescription):
    where.book(where.slots(4), prescription_id=prescription.pk)
    fewer = Prescribed("Manuelle Therapie", 3, 2, WRITTEN.issued_on, WRITTEN.valid_until)

    with pytest.raises(PrescriptionUsedUp), where.scope():
        prescriptions.change_prescription(prescription=prescription, prescribed=fewer)
    with where.scope():
        assert Prescription.objects.get().sessions == 6
