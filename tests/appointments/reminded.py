"""Appointments that are reminded of, at the clinic of ``bookings``; for tests of reminders and recalls."""

from datetime import datetime, timedelta

from django.utils import timezone

from appointments.models import Appointment
from appointments.services import reminders
from doctolib.outbox.kinds import Rendered, kind_of
from doctolib.outbox.models import OutboxMessage
from doctolib.tenancy.scopes import organisation_scope
from tests import factories
from tests.appointments.bookings import NOW, Clinic

NINE_IN_A_WEEK = NOW + timedelta(days=8) - timedelta(hours=1)  # a Tuesday, 9:00 in Berlin
LONG_BEFORE = NOW - timedelta(days=60)


def visit(place: Clinic, starts_at: datetime = NINE_IN_A_WEEK, *, channels=("sms", "email"), **fields) -> Appointment:
    """An appointment that was made long ago, of a new patient who allowed reminders by these channels."""
    record = fields.pop("record", {})
    with organisation_scope(place.organisation):
        patient = fields.pop("patient", None) or factories.patient(**record)
        for channel in channels:
            factories.consent(patient, channel=channel)
    return place.visit(patient, starts_at, **{"timed_at": LONG_BEFORE, **fields})


def queue(place: Clinic, *, now: datetime) -> int:
    return reminders.queue_reminders(place.organisation, now=now)


def queued(place: Clinic, kind: str = "appointment.reminder") -> list[OutboxMessage]:
    with organisation_scope(place.organisation):
        return list(OutboxMessage.objects.filter(kind=kind).order_by("due_at", "created_at"))


def written(place: Clinic, message: OutboxMessage) -> list[Rendered]:
    """What leaves for this message just now."""
    with organisation_scope(place.organisation):
        return kind_of(message.kind).render(message.about, None)


def it_is(monkeypatch, moment: datetime) -> None:
    monkeypatch.setattr(timezone, "now", lambda: moment)
