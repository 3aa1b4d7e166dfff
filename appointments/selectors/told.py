"""What was sent about appointments: to staff all of it, to a patient what left, in simple words."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.functional import Promise

from accounts.models import Organisation
from appointments.enums import NoticeKind
from appointments.models import Notice, Recall, Reminder
from doctolib.outbox.enums import Fate
from doctolib.outbox.history import Told, messages_about
from doctolib.tenancy.scopes import organisation_scope

# What became of it, as far as it helps a patient: what was dropped was not meant for them any more.
SHOWN = frozenset({Fate.WAITING, Fate.SENT, Fate.DELIVERED, Fate.NOT_DELIVERED, Fate.GIVEN_UP})
LATEST = 10


@dataclass(frozen=True, slots=True)
class ToldPart:
    """One way of one message, for the patient. ``channel`` is empty while nobody knows yet by which way it goes."""

    title: Promise | str
    channel: str
    fate: Fate
    at: datetime


def told_about(appointment_ids: Collection[UUID]) -> list[Told]:
    """Messages about these appointments, their reminders, recalls and notices; the latest first. In the organisation's
    scope, four queries whatever their number."""
    return messages_about(appointment_ids, _rows_of(appointment_ids))


def _rows_of(appointment_ids: Collection[UUID]) -> dict[str, dict[int, UUID]]:
    """The rows that messages are about in place of the appointment, by kind."""
    notices = Notice.objects.filter(appointment__in=appointment_ids).values_list("kind", "pk", "appointment_id")
    found = {
        "appointment.reminder": dict(
            Reminder.objects.filter(appointment__in=appointment_ids).values_list("pk", "appointment_id")
        ),
        "appointment.recall": dict(Recall.objects.filter(visit__in=appointment_ids).values_list("pk", "visit_id")),
        **{f"appointment.{kind.value}": {} for kind in NoticeKind},
    }
    for kind, row, appointment_id in notices:
        found[f"appointment.{kind}"][row] = appointment_id
    return {kind: rows for kind, rows in found.items() if rows}


def told_to_patient(organisation: Organisation, appointment_id: UUID) -> list[ToldPart]:
    """The latest parts of messages about one appointment, for the patient whose it is: the caller has found it in
    their own scope. The queue itself is the clinic's, so it is read in the clinic's scope."""
    with organisation_scope(organisation, actor="patient-page"):
        found = told_about([appointment_id])
    parts = [ToldPart(each.title, part.channel, part.fate, each.at) for each in found for part in each.parts]
    return [part for part in parts if part.fate in SHOWN][:LATEST]
