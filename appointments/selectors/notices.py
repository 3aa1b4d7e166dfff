"""Which notices beside reminders are due. In an organisation scope."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounts.models import Organisation
from appointments.enums import AppointmentStatus, NoticeKind
from appointments.models import Appointment, Notice, VisitReason
from patients.enums import ContactPurpose
from patients.selectors_consents import in_force

from .reminder_times import leaves_at
from .reminders import quiet_hours
from .texts import message_settings
from .visits import DID_NOT_HAPPEN

# A reason that begins to write after visits writes about none that is over longer than this beside its days.
FOLLOW_UP_FOR = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class DueNotice:
    """A notice that nobody has queued yet."""

    kind: NoticeKind
    appointment_id: UUID
    starts_at: datetime
    leaves_at: datetime


def due_notices(organisation: Organisation, *, now: datetime) -> list[DueNotice]:
    """Patients who do not allow it are left out; asked again when sending."""
    return [*_due_check_ins(organisation, now), *_due_follow_ups(organisation, now)]


def _due_check_ins(organisation: Organisation, now: datetime) -> list[DueNotice]:
    minutes = message_settings().check_in_minutes
    if minutes is None:
        return []
    lead, quiet = timedelta(minutes=minutes), quiet_hours(organisation)
    coming = Appointment.objects.filter(status=AppointmentStatus.BOOKED, starts_at__gt=now, starts_at__lte=now + lead)
    in_time = coming.filter(timed_at__lt=F("starts_at") - lead)  # not booked or moved when the moment was over already
    wanted = _allowed(in_time, ContactPurpose.REMINDER).exclude(_queued(NoticeKind.CHECK_IN))
    return [
        DueNotice(NoticeKind.CHECK_IN, appointment_id, starts_at, leaves)
        for appointment_id, starts_at in wanted.order_by("starts_at", "pk").values_list("pk", "starts_at")
        if (leaves := leaves_at(starts_at - lead, starts_at=starts_at, now=now, quiet=quiet))
    ]


def _due_follow_ups(organisation: Organisation, now: datetime) -> list[DueNotice]:
    leaves = quiet_hours(organisation).allowed_from(now)
    return [
        DueNotice(NoticeKind.FOLLOW_UP, appointment_id, starts_at, leaves)
        for reason in VisitReason.objects.filter(notice_after__isnull=False)
        for appointment_id, starts_at in _visits_before(reason, organisation, now)
    ]


def _visits_before(reason: VisitReason, organisation: Organisation, now: datetime) -> QuerySet:
    """Visits so many local days ago, the oldest first."""
    day = now.astimezone(organisation.zone).date() - timedelta(days=reason.notice_after or 0)
    last = datetime.combine(day, time.max, organisation.zone)
    visits = Appointment.objects.filter(
        reason=reason, starts_at__gt=last - FOLLOW_UP_FOR, starts_at__lte=last, ends_at__lte=now
    )
    took_place = visits.exclude(status__in=DID_NOT_HAPPEN)
    wanted = _allowed(took_place, ContactPurpose.RECALL).exclude(_queued(NoticeKind.FOLLOW_UP))
    wanted = wanted.filter(~Exists(next_visits()))
    return wanted.order_by("starts_at", "pk").values_list("pk", "starts_at")


def next_visits() -> QuerySet[Appointment]:
    """After the outer query's visit, for the same reason or its follow-up: they have come again, or will."""
    same = Q(reason=OuterRef("reason")) | Q(reason=OuterRef("reason__follow_up"))
    later = Appointment.objects.filter(same, patient=OuterRef("patient"), starts_at__gt=OuterRef("starts_at"))
    return later.exclude(status__in=DID_NOT_HAPPEN)


def _allowed(appointments: QuerySet[Appointment], purpose: ContactPurpose) -> QuerySet[Appointment]:
    """By some channel; by which is looked up when the message is written."""
    return appointments.filter(Exists(in_force(patient=OuterRef("patient"), purpose=purpose)))


def _queued(kind: NoticeKind) -> Exists:
    return Exists(Notice.objects.filter(appointment=OuterRef("pk"), kind=kind, starts_at=OuterRef("starts_at")))
