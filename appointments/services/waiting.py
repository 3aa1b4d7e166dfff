"""Entries of the waiting list: ask for an earlier time, change the wish, leave; what staff do with them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from django.db.models import Q

from accounts.models import Organisation
from appointments.enums import AppointmentStatus, OfferStatus, WaitingStatus
from appointments.models import Appointment, BookingRules, VisitReason, WaitingEntry
from appointments.selectors.changes import changes_of
from appointments.selectors.horizon import last_day
from crypto import keyring
from doctolib import audit
from doctolib.queues import queue_for
from doctolib.tenancy.scopes import booking_scope, organisation_scope, patient_scope, require_scope
from doctolib.violations import NO_AGREEMENT, violation_raises
from patients.models import Patient
from patients.services.records import Booker, record_of

from .changing import move_refusal
from .eligibility import JOIN_RULES, Span, read_wish, record_refusal, stated_refusal
from .offers import ACTOR, close_entry, give_up, locked_entry
from .refusals import BookingRefused, CannotReplace, NoAgreement

KEPT = timedelta(days=30)  # a closed entry, so that its links can say what became of it


@dataclass(frozen=True, slots=True)
class Wish:
    """What someone waits for. Days are the clinic's; ``half_days`` as on the model; nothing named: all suit."""

    from_day: date
    until_day: date | None = None
    calendar_ids: tuple[int, ...] = ()
    half_days: tuple[int, ...] = ()

    def columns(self) -> dict[str, object]:
        return {
            "from_day": self.from_day,
            "until_day": self.until_day,
            "calendar_ids": list(self.calendar_ids),
            "half_days": list(self.half_days),
        }


# Patients ------------------------------------------------------------------------------------------------------------


def join(
    *,
    organisation: Organisation,
    booker: Booker,
    reason_id: int,
    wish: Wish,
    now: datetime,
    appointment_id: UUID | None = None,
) -> UUID:
    """Put a person on the list; returns the entry's id. Whoever waits for the reason already stays where they are.

    Enters scopes of its own. Raises NoAgreement, CannotReplace, what moving the appointment would be refused for, and
    the rules who may book, as ``confirm_hold`` does.
    """
    keyring.warm(organisation.id, ("data", "index"))
    entry_id = uuid4()
    with booking_scope(organisation, entry_id, actor=booker.actor) as scope:
        queue_for(booker.person_id)  # two tabs: one entry, one record
        with violation_raises(NoAgreement, state=NO_AGREEMENT, using=scope.database):
            patient, is_theirs = record_of(booker)
        reason = VisitReason.objects.get(pk=reason_id)
        old = _to_replace(organisation, booker, reason, appointment_id, now)
        refusal = _join_refusal(organisation, booker, patient, reason, wish, old, now, is_new=not is_theirs)
        if refusal:
            raise refusal
        with patient_scope(organisation, booker.person_id, actor=booker.actor):
            entry = WaitingEntry(
                id=entry_id,
                patient=patient,
                person_id=booker.person_id,
                reason=reason,
                appointment=old,
                insurance=booker.insurance_kind,
            )
            return _enter(entry, wish, now).pk


def _join_refusal(
    organisation: Organisation,
    booker: Booker,
    patient: Patient,
    reason: VisitReason,
    wish: Wish,
    old: Appointment | None,
    now: datetime,
    *,
    is_new: bool,
) -> BookingRefused | None:
    """What they say themselves is named. What only the record tells is told to its own person alone."""
    zone = organisation.zone
    latest = wish.until_day or last_day(reason, now.astimezone(zone))
    said = [  # who is too young today may be old enough by the last day
        stated_refusal(
            reason, insurance=booker.insurance_kind, known=booker.known, birth_date=booker.birth_date, day=day
        )
        for day in (wish.from_day, latest)
    ]
    if all(said):
        return said[0]
    today = Span(now, now)  # there is no time yet: rules that ask for one are not asked
    wanted = read_wish(
        patient, reason, today, zone=zone, now=now, besides=old.pk if old else None, is_new=is_new, waiting=False
    )
    refusal = record_refusal(wanted, JOIN_RULES)
    return BookingRefused() if refusal and is_new else refusal


def _to_replace(
    organisation: Organisation, booker: Booker, reason: VisitReason, appointment_id: UUID | None, now: datetime
) -> Appointment | None:
    """The person's own appointment, if it can still be moved online."""
    if appointment_id is None:
        return None
    with patient_scope(organisation, booker.person_id, actor=booker.actor):
        found = Appointment.objects.select_related("reason").filter(pk=appointment_id).first()
        if found is None or not _is_replaceable(found, reason.pk, now):
            raise CannotReplace
        if refusal := move_refusal(changes_of(found), now=now):
            raise refusal
        return found


def _is_replaceable(appointment: Appointment, reason_id: int, now: datetime) -> bool:
    return (
        appointment.reason_id == reason_id
        and appointment.status == AppointmentStatus.BOOKED
        and appointment.starts_at > now
    )


def _enter(entry: WaitingEntry, wish: Wish, now: datetime) -> WaitingEntry:
    """Write the entry, or find the live one of this patient and reason. The person, or the record, is queued for."""
    live = WaitingEntry.objects.filter(patient_id=entry.patient_id, reason_id=entry.reason_id, closed_at=None).first()
    if live:
        return live
    entry.joined_at = now
    for name, value in wish.columns().items():
        setattr(entry, name, value)
    entry.save(force_insert=True)
    audit.record("waiting.joined", entry, about=entry.patient)
    return entry


def change_wish(*, entry_id: UUID, wish: Wish) -> WaitingEntry:
    """The place in the list stays. An offer that was made stands. Inside the patient's scope or the organisation's.

    A closed entry stays as it is.
    """
    entry = locked_entry(entry_id)
    if entry.is_live:
        for name, value in wish.columns().items():
            setattr(entry, name, value)
        entry.save(update_fields=list(wish.columns()))
        audit.record("waiting.changed", entry, about=entry.patient)
    return entry


def leave(*, organisation: Organisation, entry_id: UUID, now: datetime) -> None:
    """Off the list; an open offer goes to the next one. Inside the patient's scope. Twice is once."""
    _close(organisation, locked_entry(entry_id), WaitingStatus.LEFT, now=now)


def go_on(*, entry_id: UUID) -> None:
    """After too many silences: the patient still waits. What staff paused is staff's."""
    entry = locked_entry(entry_id)
    if entry.status == WaitingStatus.PAUSED and is_paused_by_silence(entry):
        _resume(entry)


def is_paused_by_silence(entry: WaitingEntry) -> bool:
    return entry.status == WaitingStatus.PAUSED and entry.silences > 0


def _resume(entry: WaitingEntry) -> None:
    entry.status, entry.silences = WaitingStatus.WAITING, 0
    entry.save(update_fields=["status", "silences"])
    audit.record("waiting.resumed", entry, about=entry.patient)


def _close(
    organisation: Organisation, entry: WaitingEntry, status: WaitingStatus, *, now: datetime, note: str = ""
) -> None:
    if not entry.is_live:
        return
    for offer in entry.offers.filter(status=OfferStatus.OPEN):
        give_up(organisation, offer, OfferStatus.REFUSED)
    close_entry(entry, status, now=now)
    audit.record(f"waiting.{status}", entry, about=entry.patient, details={"note": note} if note else None)


# Staff: inside the organisation's scope ------------------------------------------------------------------------------


def add_entry(
    *, patient: Patient, reason_id: int, wish: Wish, now: datetime, appointment: Appointment | None = None
) -> WaitingEntry:
    """Staff put a patient on the list. Rules who may book online do not bind them. Raises CannotReplace."""
    require_scope("organisation")
    if appointment and (appointment.patient_id != patient.pk or not _is_replaceable(appointment, reason_id, now)):
        raise CannotReplace
    queue_for(patient.person_id or patient.pk)
    entry = WaitingEntry(patient=patient, person_id=patient.person_id, reason_id=reason_id, appointment=appointment)
    return _enter(entry, wish, now)


def prioritise(*, entry_id: UUID, by: int) -> None:
    """Raise (above 0) or lower an entry. Entries of one priority are served in the order they joined."""
    entry = locked_entry(entry_id)
    entry.priority = max(-9, min(9, entry.priority + by))
    entry.save(update_fields=["priority"])
    audit.record("waiting.prioritised", entry, about=entry.patient)


def pause(*, entry_id: UUID) -> None:
    """No more offers until it is resumed. An open one stands."""
    entry = locked_entry(entry_id)
    if entry.status == WaitingStatus.WAITING:
        entry.status, entry.silences = WaitingStatus.PAUSED, 0
        entry.save(update_fields=["status", "silences"])
        audit.record("waiting.paused", entry, about=entry.patient)


def resume(*, entry_id: UUID) -> None:
    entry = locked_entry(entry_id)
    if entry.status == WaitingStatus.PAUSED:
        _resume(entry)


def remove(*, organisation: Organisation, entry_id: UUID, now: datetime, note: str = "") -> None:
    """Off the list. ``note`` is kept in the audit trail alone, sealed."""
    _close(organisation, locked_entry(entry_id), WaitingStatus.REMOVED, now=now, note=note)


def set_offer_minutes(minutes: int) -> None:
    """How long a time is kept for someone of the list."""
    rules, _created = BookingRules.objects.get_or_create()
    rules.offer_minutes = minutes
    rules.save(update_fields=["offer_minutes"])
    audit.record("waiting.set_up", rules)


# Housekeeping --------------------------------------------------------------------------------------------------------


def end_entries(organisation: Organisation, *, now: datetime) -> None:
    """Entries whose days are over, or whose appointment has come. Enters scopes of its own, one for each entry."""
    today = now.astimezone(organisation.zone).date()
    begun = Q(appointment__starts_at__lte=now) & ~Q(appointment__status=AppointmentStatus.CANCELLED)
    with organisation_scope(organisation, actor=ACTOR):
        over = WaitingEntry.objects.filter(Q(until_day__lt=today) | begun, closed_at=None)
        ids = list(over.values_list("pk", flat=True))
    for entry_id in ids:
        with organisation_scope(organisation, actor=ACTOR):
            _close(organisation, locked_entry(entry_id), WaitingStatus.OVER, now=now)


def remove_closed(*, now: datetime) -> None:
    """Delete entries that were closed long ago, with their offers. Inside the organisation's scope."""
    WaitingEntry.objects.filter(closed_at__lt=now - KEPT).delete()


def forget_person(organisation: Organisation, person_id: UUID, *, now: datetime) -> None:
    """The account is gone: nobody could accept. Inside the organisation's scope."""
    for entry_id in WaitingEntry.objects.filter(person_id=person_id).values_list("pk", flat=True):
        entry = locked_entry(entry_id)
        _close(organisation, entry, WaitingStatus.LEFT, now=now)
        WaitingEntry.objects.filter(pk=entry_id).update(person_id=None)
        entry.offers.update(person_id=None)
