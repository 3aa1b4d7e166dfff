"""Who may see calendars, appointments and records: querysets that stay empty for everybody else."""

import pytest

from accounts.enums import UserKind
from appointments.enums import AppointmentStatus
from appointments.rules import may_cancel, may_see_calendars
from appointments.selectors.visible import visible_appointments, visible_calendars
from patients.rules import may_open_patients
from patients.selectors import visible_patients
from tests import pro

pytestmark = pytest.mark.django_db


def counts(clinic, user):
    with clinic.scope():
        return [visible(user).count() for visible in (visible_calendars, visible_appointments, visible_patients)]


def test_a_professional_sees_what_is_the_clinics():
    clinic = pro.clinic()
    clinic.book()

    assert counts(clinic, clinic.professional) == [1, 1, 1]


def test_another_clinics_professional_sees_nothing_even_in_this_clinics_scope():
    clinic, stranger = pro.clinic(), pro.clinic()
    clinic.book()

    assert counts(clinic, stranger.professional) == [0, 0, 0]


@pytest.mark.parametrize("kind", [UserKind.PATIENT, UserKind.PLATFORM])
def test_other_kinds_of_accounts_see_nothing(kind):
    clinic = pro.clinic()
    clinic.book()

    assert counts(clinic, pro.user(kind)) == [0, 0, 0]


def test_a_locked_account_sees_nothing():
    clinic = pro.clinic()
    clinic.professional.is_active = False

    assert not may_see_calendars(clinic.professional, clinic.organisation.id)
    assert not may_open_patients(clinic.professional, clinic.organisation.id)


def test_only_what_is_still_booked_may_be_cancelled_and_only_by_the_clinics_own():
    clinic, stranger = pro.clinic(), pro.clinic()
    appointment = clinic.book()
    allowed = []
    for status in AppointmentStatus:
        appointment.status = status
        if may_cancel(clinic.professional, appointment):
            allowed.append(status)
        assert not may_cancel(stranger.professional, appointment)

    assert allowed == [AppointmentStatus.BOOKED]
