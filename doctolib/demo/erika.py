"""The demo patient: a child she books for, what she has behind her at the hospital, and what is ahead."""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.utils import timezone

from accounts.models import Organisation
from accounts.services.persons import add_relative, link_clinic
from appointments.enums import AppointmentStatus
from appointments.models import Appointment, Occupancy
from doctolib.tenancy.scopes import organisation_scope
from patients.enums import Insurance
from patients.models import Patient, PatientToken
from patients.services.records import tokens_of

BIRTH_DATE = date(1964, 8, 12)
NAME = {"first_name": "Erika", "last_name": "Mustermann"}
SURGERY, CHECK_UP = "HAND", "HERZ"  # codes of reasons in clinics.HOSPITAL; the first leads to a follow-up


def settle(hospital: Organisation, *, account_id: UUID, person_id: UUID, email: str, phone: str) -> None:
    """Give her a record at the hospital, an operation that asks for a check, and a visit next week; and a daughter."""
    link_clinic(account_id, person_id, hospital.pk)
    add_relative(account_id, first_name="Mia", last_name="Mustermann", birth_date=date(2017, 5, 4), sex="female")
    now = timezone.now()
    with organisation_scope(hospital, actor="demo"):
        patient = Patient.objects.create(
            person_id=person_id,
            name={**NAME, "birth_date": BIRTH_DATE.isoformat(), "sex": "female", "title": ""},
            contact={
                "phone": phone,
                "email": email,
                "street": "Heidestraße 17",
                "postal_code": "35037",
                "city": "Marburg",
            },
            insurance={"kind": Insurance.STATUTORY, "insurer": "AOK Hessen", "number": "X123456789"},
        )
        tokens = tokens_of(**NAME, birth_date=BIRTH_DATE, phone=phone, email=email)
        PatientToken.objects.bulk_create(
            PatientToken(patient=patient, kind=kind, token=token) for kind, token in tokens.items()
        )
        _becomes_hers(patient, SURGERY, now - timedelta(days=12), status=AppointmentStatus.DONE)
        _becomes_hers(patient, CHECK_UP, now + timedelta(days=6), status=AppointmentStatus.BOOKED)


def _becomes_hers(patient: Patient, code: str, after: datetime, **fields: str) -> None:
    """The first invented visit of this kind from a moment on is hers: its time is taken already."""
    alone = Appointment.objects.filter(series=None, chain=None)
    visit = alone.filter(reason__code=code, starts_at__gte=after).order_by("starts_at", "pk").first()
    if visit is None:
        return
    Appointment.objects.filter(pk=visit.pk).update(patient=patient, person_id=patient.person_id, **fields)
    Occupancy.objects.filter(appointment=visit).update(person_id=patient.person_id)
