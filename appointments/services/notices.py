"""Set notices beside reminders up, and queue what is due. docs/reminders.md."""

from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import Organisation
from appointments.models import MessageSettings, Notice, VisitReason
from appointments.selectors.notices import DueNotice, due_notices
from doctolib import audit, outbox
from doctolib.tenancy.scopes import organisation_scope, require_scope

from .reminders import queue_all, save_once


def set_notices(*, days: dict[int, int | None], **settings: Any) -> None:
    """After how many days each reason (by id) writes; None: never. ``settings`` are fields of MessageSettings."""
    with transaction.atomic(using=require_scope("organisation").database):
        row, _created = MessageSettings.objects.update_or_create(defaults=settings)
        audit.record("notices.set_up", row)
        for reason in VisitReason.objects.select_for_update(no_key=True).filter(pk__in=days).order_by("pk"):
            if reason.notice_after != days[reason.pk]:
                reason.notice_after = days[reason.pk]
                reason.save(update_fields=["notice_after"])
                audit.record("notice.set_up", reason)


def queue_notices(organisation: Organisation, *, now: datetime) -> int:
    """Queue what is due, each once however many tasks run; returns how many. As ``reminders.queue_reminders``."""
    with organisation_scope(organisation, actor="reminders"):
        due = due_notices(organisation, now=now)
    return queue_all(organisation, due, lambda each: _queue(each, now))


def _queue(due: DueNotice, now: datetime) -> None:
    row = Notice(kind=due.kind, appointment_id=due.appointment_id, starts_at=due.starts_at, queued_at=now)
    save_once(row, "notice_once")
    outbox.queue(f"appointment.{due.kind.value}", about=row, due_at=due.leaves_at)
