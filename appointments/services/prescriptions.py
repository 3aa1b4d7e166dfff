"""Prescriptions of a number of sessions: record them, tie appointments to them, never more than there are."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import transaction

from appointments.models import Appointment, Prescription
from appointments.selectors.prescriptions import usage_of
from doctolib import audit
from doctolib.tenancy.scopes import require_scope
from patients.models import Patient

from .refusals_together import AfterPrescription, OtherPatient, PrescriptionUsedUp


@dataclass(frozen=True, slots=True)
class Prescribed:
    """What is written on a prescription, and whether a session that was missed is used up."""

    what: str
    sessions: int
    a_week: int
    issued_on: date
    valid_until: date
    counts_no_shows: bool = False


def record_prescription(*, patient: Patient, prescribed: Prescribed) -> Prescription:
    """Inside an organisation scope."""
    made = Prescription(patient=patient, **_columns(prescribed))
    made.save(force_insert=True)
    audit.record("prescription.recorded", made, about=patient)
    return made


def change_prescription(*, prescription: Prescription, prescribed: Prescribed) -> Prescription:
    """Correct it. Raises PrescriptionUsedUp where more sessions are booked already than it would have."""
    with transaction.atomic(using=require_scope("organisation").database):
        current = _locked(prescription.pk)
        for name, value in _columns(prescribed).items():
            setattr(current, name, value)
        usage = usage_of([current])[current.pk]
        if usage.taken > current.sessions:
            raise PrescriptionUsedUp(current.sessions, usage.taken)
        current.save()
        audit.record("prescription.changed", current, about=current.patient)
    return current


def use_sessions(prescription_id: UUID | None, *, patient: Patient, wanted: int) -> date | None:
    """Before ``wanted`` appointments are tied to it: until the end of the transaction nobody else ties any. Returns its
    last day. Raises PrescriptionUsedUp, OtherPatient.

    For the order of locks see doctolib/queues.py.
    """
    if prescription_id is None:
        return None
    prescription = _locked(prescription_id)
    if prescription.patient_id != patient.pk:
        raise OtherPatient
    left = usage_of([prescription])[prescription.pk].left
    if wanted > left:
        raise PrescriptionUsedUp(left, wanted)
    return prescription.valid_until


def queue_for_sessions(ids: Iterable[UUID | None]) -> None:
    """Lock these prescriptions in one order for everybody, before ``use_sessions`` is asked for one after the other."""
    wanted = {number for number in ids if number is not None}
    if wanted:
        list(Prescription.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("pk").only("pk"))


def tie_appointment(*, appointment: Appointment, prescription_id: UUID | None, zone) -> None:
    """Let an appointment count for a prescription, or for none. Raises PrescriptionUsedUp, OtherPatient,
    AfterPrescription."""
    with transaction.atomic(using=require_scope("organisation").database):
        current = Appointment.objects.select_for_update(of=("self",), no_key=True).get(pk=appointment.pk)
        if current.prescription_id == prescription_id:
            return
        last_day = use_sessions(prescription_id, patient=current.patient, wanted=1)
        if last_day and current.starts_at.astimezone(zone).date() > last_day:
            raise AfterPrescription(last_day)
        current.prescription_id = prescription_id
        current.save(update_fields=["prescription"])
        audit.record("appointment.tied", current, about=current.patient)


def _locked(prescription_id: UUID) -> Prescription:
    rows = Prescription.objects.select_for_update(of=("self",), no_key=True).select_related("patient")
    return rows.get(pk=prescription_id)


def _columns(prescribed: Prescribed) -> dict:
    return {name: getattr(prescribed, name) for name in Prescribed.__slots__}
