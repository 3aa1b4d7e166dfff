import logging

from celery import shared_task
from django.utils import timezone

from .platform import trails
from .sealing import seal_due

logger = logging.getLogger(__name__)


@shared_task
def seal_all() -> int:
    """Seal what every trail has gained; returns how many events. Runs every 5 seconds.

    An organisation whose database or keys are away is passed over; its events wait.
    """
    total = 0
    for organisation in trails():
        try:
            total += seal_due(organisation, now=timezone.now())
        except Exception as error:  # whatever it is, it is this organisation's alone
            logger.error("audit trail not sealed: organisation=%s problem=%s", organisation.id, type(error).__name__)
    return total
