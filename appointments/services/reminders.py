"""Set reminders up, queue what is due, and what the links of messages do. docs/reminders.md."""

import logging
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from appointments.enums import AppointmentStatus
from appointments.models import Appointment, Recall, Reminder, ReminderRule, ReminderSettings, VisitReason
from appointments.selectors.changes import changes_of
from appointments.selectors.reminders import Due, due_recalls, due_reminders, quiet_hours, reminder_settings
from crypto import keyring
from doctolib import audit, outbox
from doctolib.tenancy.scopes import organisation_scope, patient_scope, require_scope
from doctolib.violations import violation_raises
from patients.enums import ConsentSource, ContactPurpose
from patients.models import Patient
from patients.selectors_consents import Consent, channels_for
from patients.services.consents import give_consents, withdraw_consents

from .booking import cancel_appointment
from .changing import cancel_refusal
from .refusals import AlreadyCancelled, BookingRefused, TooLate

logger = logging.getLogger(__name__)

AT_ONCE = 200  # rows of one transaction
T = TypeVar("T")


class AlreadyQueued(Exception):
    """Another task was quicker."""


class MovedSince(BookingRefused):
    message = _("This appointment has a new time meanwhile. The link was for the old time.")


class NotByLink(BookingRefused):
    message = _("This clinic does not let you cancel by a link.")


# Set up --------------------------------------------------------------------------------------------------------------


def set_reminders(*, rules: Collection[ReminderRule], **settings: Any) -> None:
    """Let exactly these rules count. ``settings`` are fields of ReminderSettings. Two administrators: one after the
    other."""
    with transaction.atomic(using=require_scope("organisation").database):
        row, _created = ReminderSettings.objects.update_or_create(defaults=settings)
        ReminderRule.objects.all().delete()
        ReminderRule.objects.bulk_create(rules)
        audit.record("reminders.set_up", row)


def set_recalls(months: dict[int, int | None]) -> None:
    """After how many months each reason (by id) asks to come again; None: never."""
    with transaction.atomic(using=require_scope("organisation").database):
        for reason in VisitReason.objects.select_for_update(no_key=True).filter(pk__in=months).order_by("pk"):
            if reason.recall_after != months[reason.pk]:
                reason.recall_after = months[reason.pk]
                reason.save(update_fields=["recall_after"])
                audit.record("recall.set_up", reason)


# Queue what is due ---------------------------------------------------------------------------------------------------


def queue_reminders(organisation: Organisation, *, now: datetime) -> int:
    """Queue what is due, each once however many tasks run; returns how many. A row that fails waits for the next run
    and stops no other."""
    with organisation_scope(organisation, actor="reminders"):
        due = due_reminders(organisation, now=now)
    return queue_all(organisation, due, lambda each: _queue_reminder(each, now))


def queue_recalls(organisation: Organisation, *, now: datetime) -> int:
    """As ``queue_reminders``. In quiet hours they wait for their end."""
    with organisation_scope(organisation, actor="reminders"):
        due = due_recalls(organisation, now=now)
        leaves_at = quiet_hours(organisation).allowed_from(now)
    return queue_all(organisation, due, lambda visit_id: _queue_recall(visit_id, leaves_at, now))


def queue_all(organisation: Organisation, due: Sequence[T], queue: Callable[[T], None]) -> int:
    count = 0
    for first in range(0, len(due), AT_ONCE):
        with organisation_scope(organisation, actor="reminders"):
            count += sum(_queued(each, queue) for each in due[first : first + AT_ONCE])
    return count


def _queued(each: T, queue: Callable[[T], None]) -> bool:
    try:
        with transaction.atomic(using=require_scope().database):
            queue(each)
    except AlreadyQueued:
        return False
    except Exception as error:
        logger.error("a reminder was not queued: %s", type(error).__name__)
        return False
    return True


def _queue_reminder(due: Due, now: datetime) -> None:
    rule = due.rule
    row = Reminder(
        appointment_id=due.appointment_id,
        starts_at=due.starts_at,
        amount=rule.amount,
        unit=rule.unit,
        channel=rule.channel,
        queued_at=now,
    )
    save_once(row, "reminder_once")
    outbox.queue("appointment.reminder", about=row, due_at=due.leaves_at)


def _queue_recall(visit_id: UUID, leaves_at: datetime, now: datetime) -> None:
    row = Recall(visit_id=visit_id, queued_at=now)
    save_once(row, "recall_once")
    outbox.queue("appointment.recall", about=row, due_at=leaves_at)


def save_once(row: Model, constraint: str) -> None:
    """The constraint is what makes it once: a task that comes second waits for the first one's commit, and gives up."""
    with violation_raises(AlreadyQueued, constraint=constraint, using=require_scope().database):
        row.save(force_insert=True)


# Consent with a booking ----------------------------------------------------------------------------------------------


def allowed_channels(*, organisation: Organisation, person_id: UUID) -> frozenset[str]:
    """By which channels this person is reminded already; for the last page of a booking."""
    with patient_scope(organisation, person_id):
        record = Patient.objects.filter(person_id=person_id).order_by("pk").first()
        return channels_for(record.pk, ContactPurpose.REMINDER) if record else frozenset()


def allow_reminders(
    *,
    organisation: Organisation,
    person_id: UUID,
    appointment_id: UUID,
    channels: Collection[str],
    actor: str,
    now: datetime,
) -> None:
    """What was ticked on the last page counts for the record that it was booked with."""
    keyring.warm(organisation.pk, ("data", "audit"))
    with patient_scope(organisation, person_id, actor=actor):
        booked = Appointment.objects.filter(pk=appointment_id).select_related("patient").first()
        if booked:
            more = [Consent(ContactPurpose.REMINDER.value, channel) for channel in channels]
            give_consents(patient=booked.patient, more=more, source=ConsentSource.PATIENT, now=now)


# What links do, without signing in -----------------------------------------------------------------------------------


def cancel_by_link(*, reminder: Reminder, now: datetime) -> None:
    """Cancel the appointment that a reminder was about. Inside the organisation's scope.

    Raises MovedSince, NotByLink, AlreadyCancelled, TooLate, NoLongerOnline; then nothing has changed.
    """
    with transaction.atomic(using=require_scope("organisation").database):
        current = _locked(reminder.appointment_id)
        if refusal := cancel_by_link_refusal(reminder, current, now=now):
            raise refusal
        cancel_appointment(appointment=current, now=now)


def cancel_by_link_refusal(reminder: Reminder, current: Appointment, *, now: datetime) -> BookingRefused | None:
    """What stands against it. Asked before the page offers it, and again under the lock."""
    if current.status == AppointmentStatus.CANCELLED:
        return AlreadyCancelled()
    if current.starts_at != reminder.starts_at:
        return MovedSince()
    if not reminder_settings().may_cancel:
        return NotByLink()
    if current.starts_at <= now or current.status != AppointmentStatus.BOOKED:
        return TooLate()
    return cancel_refusal(changes_of(current), now=now)


def _locked(appointment_id: UUID) -> Appointment:
    rows = Appointment.objects.select_related("reason", "patient")
    return rows.select_for_update(of=("self",), no_key=True).get(pk=appointment_id)


def stop_by_link(*, appointment: Appointment, purpose: ContactPurpose, now: datetime) -> None:
    """Withdraw consent by all channels. Twice is once."""
    withdraw_consents(patient=appointment.patient, purpose=purpose, source=ConsentSource.PATIENT, now=now)
