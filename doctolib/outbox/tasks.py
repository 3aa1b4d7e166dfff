"""Celery's side of the outbox. Arguments hold ids and the lease, never what a message says or to whom."""

import logging
from datetime import datetime
from uuid import UUID

from celery import shared_task
from django.conf import settings

from . import dispatching
from .claims import LEASE, Claim
from .enums import Priority

logger = logging.getLogger(__name__)


@shared_task
def dispatch() -> int:
    """Hand everything that is due to the workers; returns how many. Runs every 3 seconds and after commits."""
    return dispatching.dispatch(HandOver())


@shared_task
def send(organisation_id: str, message_id: str, lease: str, priority: int) -> None:
    """Send one message of an organisation. Raises ValueError without one."""
    if not organisation_id:
        raise ValueError("A message is sent for an organisation.")
    dispatching.deliver(Claim(UUID(organisation_id), UUID(message_id), datetime.fromisoformat(lease), priority))


@shared_task
def send_platform(message_id: str, lease: str, priority: int) -> None:
    """Send one message of the platform itself."""
    dispatching.deliver(Claim(None, UUID(message_id), datetime.fromisoformat(lease), priority))


class HandOver:
    """Gives claims to the workers through the broker; sends them here and now once the broker has refused one."""

    def __init__(self) -> None:
        self.broker_is_away = False

    def __call__(self, claim: Claim) -> None:
        if not self.broker_is_away:
            try:
                return self._enqueue(claim)
            except Exception as error:  # any transport error; the row is leased and must not wait for that
                logger.warning("broker is away, sending directly: %s", type(error).__name__)
                self.broker_is_away = True
        send_now(claim)

    def _enqueue(self, claim: Claim) -> None:
        arguments: list[str | int] = [str(claim.message_id), claim.lease.isoformat(), int(claim.priority)]
        task = send_platform
        if claim.organisation_id is not None:
            task, arguments = send, [str(claim.organisation_id), *arguments]
        queue = settings.URGENT_QUEUE if claim.priority == Priority.URGENT else settings.CELERY_TASK_DEFAULT_QUEUE
        # A task that is older than its lease would find the row taken by another.
        task.apply_async(arguments, expires=LEASE.total_seconds(), retry=False, queue=queue)


def send_now(claim: Claim) -> None:
    """Send in this process. One message's trouble, whatever it is, never stops the next."""
    try:
        dispatching.deliver(claim)
    except Exception as error:
        logger.error("message %s not begun: %s", claim.message_id, type(error).__name__)
