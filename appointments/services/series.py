"""Series: book many dates at once, move or cancel one, the following or all."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, time
from uuid import UUID

from django.db import transaction

from appointments.enums import ChangeKind, Whole
from appointments.models import Appointment, Series
from appointments.selectors.recurrence import Rule
from appointments.selectors.slots import Slot
from doctolib import audit
from doctolib.tenancy.scopes import require_scope
from patients.models import Patient

from .prescriptions import use_sessions
from .refusals_together import NotInSeries
from .staff.changes import note_changes, states_of
from .staff.messages import queue_later
from .taking import claim_many, current_organisation
from .together import all_or_none, cancel_all, check_number, fits_of, free_all, locked, move_all, write_all


def book_series(
    *,
    patient: Patient,
    slots: Sequence[Slot],
    rule: Rule,
    clock: time,
    user_id: UUID,
    now: datetime,
    first: Appointment | None = None,
    prescription_id: UUID | None = None,
) -> Series:
    """Book all these dates as one series, or none. Inside an organisation scope; the caller has asked ``may_create``.

    ``rule`` and ``clock`` (local) say how it was planned; ``slots`` are what staff chose, so they may differ.
    ``first``: an appointment that is there already and becomes part of the series. Raises DatesRefused, NothingChosen,
    TooManyChosen, NoAgreement, PrescriptionUsedUp, OtherPatient, and AlreadyCancelled or TooLate for ``first``.
    """
    check_number(slots)
    organisation = current_organisation()
    with all_or_none(organisation, slots, patient_id=patient.pk, now=now):
        earlier = locked([first.pk], now=now) if first else []  # before the resources, as whoever moves it does
        claim_many(slots=slots, now=now)
        new = [each for each in earlier if each.prescription_id != prescription_id]
        last_day = use_sessions(prescription_id, patient=patient, wanted=len(slots) + len(new))
        fits = fits_of(organisation, slots, patient_id=patient.pk, now=now, last_day=last_day)
        series = _series(patient, rule, clock)
        made = write_all(patient, fits, now=now, series=series, prescription_id=prescription_id)
        note_changes(ChangeKind.CREATED, made, whole=Whole.SERIES, user_id=user_id, now=now)
        for appointment in earlier:
            appointment.series = series
            appointment.prescription_id = prescription_id or appointment.prescription_id
            appointment.save(update_fields=["series", "prescription"])
        audit.record("series.booked", series, about=patient, details={"dates": len(slots)})
        queue_later("appointment.series_booked", series, now)
    return series


def _series(patient: Patient, rule: Rule, clock: time) -> Series:
    return Series.objects.create(
        patient=patient,
        every=rule.every,
        unit=rule.unit,
        weekdays=list(rule.weekdays),
        clock=clock,
        first_day=rule.first_day,
        until_day=rule.until,
        count=rule.count,
    )


def move_series(*, series: Series, new: Mapping[UUID, Slot], user_id: UUID, now: datetime) -> None:
    """Move these appointments of the series to their new times, all or none; their own old times are not in the way.

    Raises DatesRefused, NothingChosen, NotInSeries, AlreadyCancelled, TooLate.
    """
    check_number(new)
    organisation, slots = current_organisation(), list(new.values())
    with all_or_none(organisation, slots, patient_id=series.patient_id, now=now, besides=list(new)):
        current = _of_series(series, new, now=now)
        claim_many(slots=slots, now=now)
        before = states_of(current)
        free_all(current)
        fits = fits_of(organisation, slots, patient_id=series.patient_id, now=now, besides=list(new))
        move_all([(each, fits[new[each.pk]]) for each in current], now=now)
        note_changes(ChangeKind.MOVED, current, whole=Whole.SERIES, before=before, user_id=user_id, now=now)
        audit.record("series.moved", series, about=current[0].patient, details={"dates": len(current)})
        queue_later("appointment.series_moved", series, now)


def cancel_series(*, series: Series, ids: Collection[UUID], user_id: UUID, now: datetime, reason: str = "") -> int:
    """Cancel these appointments of the series; their times are free at once. Returns how many.

    Raises NothingChosen, NotInSeries, AlreadyCancelled, TooLate.
    """
    check_number(ids)
    with transaction.atomic(using=require_scope("organisation").database):
        current = _of_series(series, ids, now=now)
        before = states_of(current)
        cancel_all(current, now=now, reason=reason)
        note_changes(ChangeKind.CANCELLED, current, whole=Whole.SERIES, before=before, user_id=user_id, now=now)
        audit.record("series.cancelled", series, about=current[0].patient, details={"dates": len(current)})
        told = {"cancelled": [str(each.pk) for each in current]}
        queue_later("appointment.series_cancelled", series, now, told)
    return len(current)


def _of_series(series: Series, ids: Collection[UUID], *, now: datetime) -> list[Appointment]:
    found = locked(ids, now=now)
    if len(found) != len(set(ids)) or any(each.series_id != series.pk for each in found):
        raise NotInSeries
    return found
