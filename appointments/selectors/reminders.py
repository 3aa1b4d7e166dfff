"""How a clinic reminds, and which reminders and recalls are due. In an organisation scope."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import Organisation
from appointments.enums import AppointmentStatus, LeadUnit
from appointments.models import Appointment, Recall, Reminder, ReminderRule, ReminderSettings, VisitReason
from patients.enums import Channel, ContactPurpose
from patients.selectors_consents import in_force

from .local_days import months_before
from .reminder_times import QuietHours, due_moment, leaves_at
from .visits import DID_NOT_HAPPEN

# What is due longer than this is not caught up: the task, or a clinic's database, was away for too long.
CATCH_UP = timedelta(days=1)
CLOCK_CHANGE = timedelta(hours=1)
RECALL_FOR = timedelta(days=90)  # a reason that begins to recall asks nobody who was due longer ago
DEFAULT_RULES = (
    (7, LeadUnit.DAYS, Channel.EMAIL),
    (48, LeadUnit.HOURS, Channel.SMS),
    (24, LeadUnit.HOURS, Channel.SMS),
)


@dataclass(frozen=True, slots=True)
class Due:
    """A reminder that nobody has queued yet."""

    appointment_id: UUID
    starts_at: datetime
    rule: ReminderRule
    leaves_at: datetime


def reminder_settings() -> ReminderSettings:
    """The clinic's; the defaults when it has said nothing."""
    return ReminderSettings.objects.first() or ReminderSettings()


def reminder_rules() -> list[ReminderRule]:
    """In the clinic's order, inactive ones too; the defaults when it has said nothing."""
    if ReminderSettings.objects.exists():
        return list(ReminderRule.objects.all())
    return [
        ReminderRule(position=position, amount=amount, unit=unit, channel=channel)
        for position, (amount, unit, channel) in enumerate(DEFAULT_RULES)
    ]


def quiet_hours(organisation: Organisation) -> QuietHours:
    settings = reminder_settings()
    return QuietHours(settings.quiet_from, settings.quiet_until, organisation.zone)


def due_reminders(organisation: Organisation, *, now: datetime) -> list[Due]:
    """The next visit first, by rule. Patients who do not allow the channel are left out; asked again when sending."""
    quiet = quiet_hours(organisation)
    active = [rule for rule in reminder_rules() if rule.is_active]
    return [due for rule in active for due in _due_by(rule, organisation, quiet, now)]


def _due_by(rule: ReminderRule, organisation: Organisation, quiet: QuietHours, now: datetime) -> Iterator[Due]:
    for appointment_id, starts_at, timed_at in _candidates(rule, now):
        moment = due_moment(starts_at, amount=rule.amount, unit=rule.unit, zone=organisation.zone)
        if not timed_at < moment <= now:  # not yet; or booked or moved when it was over already
            continue
        leaves = leaves_at(moment, starts_at=starts_at, now=now, quiet=quiet)
        if leaves:
            yield Due(appointment_id, starts_at, rule, leaves)


def _candidates(rule: ReminderRule, now: datetime) -> QuerySet:
    """By the start, which an index knows; an hour more than needed, for the clock's change."""
    first, last = max(now, now + rule.lead - CATCH_UP), now + rule.lead + CLOCK_CHANGE
    allowed = in_force(patient=OuterRef("patient"), purpose=ContactPurpose.REMINDER, channel=rule.channel)
    queued = Reminder.objects.filter(
        appointment=OuterRef("pk"),
        starts_at=OuterRef("starts_at"),
        amount=rule.amount,
        unit=rule.unit,
        channel=rule.channel,
    )
    coming = Appointment.objects.filter(status=AppointmentStatus.BOOKED, starts_at__gt=first, starts_at__lte=last)
    wanted = coming.filter(Exists(allowed), ~Exists(queued)).order_by("starts_at", "pk")
    return wanted.values_list("pk", "starts_at", "timed_at")


# Recalls -------------------------------------------------------------------------------------------------------------


def recalling_reasons() -> QuerySet[VisitReason]:
    return VisitReason.objects.filter(recall_after__isnull=False, is_archived=False)


def due_recalls(organisation: Organisation, *, now: datetime) -> list[UUID]:
    """Visits after which it is time to come again, the oldest first."""
    return [visit for reason in recalling_reasons() for visit in _due_recalls(reason, organisation, now)]


def _due_recalls(reason: VisitReason, organisation: Organisation, now: datetime) -> QuerySet:
    today = now.astimezone(organisation.zone).date()
    last = datetime.combine(months_before(today, reason.recall_after), time.max, organisation.zone)
    allowed = in_force(patient=OuterRef("patient"), purpose=ContactPurpose.RECALL)
    visits = Appointment.objects.filter(reason=reason, starts_at__gt=last - RECALL_FOR, starts_at__lte=last)
    took_place = visits.exclude(status__in=DID_NOT_HAPPEN)
    wanted = took_place.filter(Exists(allowed), ~Exists(later_visits()), ~Exists(_recalled()))
    return wanted.order_by("starts_at", "pk").values_list("pk", flat=True)


def later_visits() -> QuerySet[Appointment]:
    """For the same reason, after the outer query's visit: they came again already, or will."""
    later = Appointment.objects.filter(
        patient=OuterRef("patient"), reason=OuterRef("reason"), starts_at__gt=OuterRef("starts_at")
    )
    return later.exclude(status__in=DID_NOT_HAPPEN)


def _recalled() -> QuerySet[Recall]:
    return Recall.objects.filter(visit=OuterRef("pk"))
