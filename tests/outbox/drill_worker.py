"""The Celery app for the workers of the drill: its own kinds of messages, and minutes made seconds."""

from datetime import timedelta

from celery.signals import worker_init

from doctolib.celery import app
from doctolib.outbox.enums import Priority
from doctolib.outbox.kinds import Rendered, register

__all__ = ["app"]


def text(about, payload):
    return [Rendered("sms", payload["to"], "", payload["body"])]


register("drill.reminder", text, priority=Priority.BULK, again=False)
register("drill.code", text, priority=Priority.URGENT)


@worker_init.connect
def hurry(**_: object) -> None:
    """Once the models can be imported."""
    from doctolib.outbox import claims, dispatching, kicking, tasks
    from integrations.twilio import sending

    claims.LEASE = tasks.LEASE = timedelta(seconds=10)
    claims.BULK_AT_ONCE = 30  # what two workers send before the leases end, on a busy machine, too
    kicking.AWAY = 3.0
    dispatching.BACKOFF = (timedelta(seconds=0.5),) * 7
    dispatching.ASK_AFTER = timedelta(seconds=2)
    sending.TIMEOUT = 1.0
