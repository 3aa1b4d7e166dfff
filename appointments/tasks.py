"""Work outside requests: fetch by id, call a service."""

import logging

from celery import shared_task
from django.utils import timezone

from accounts.models import Organisation
from appointments.services.holds import remove_expired
from appointments.services.notices import queue_notices
from appointments.services.offers import sweep
from appointments.services.reminders import queue_recalls, queue_reminders
from appointments.services.waiting import end_entries, remove_closed
from doctolib.tenancy.scopes import organisation_scope

logger = logging.getLogger(__name__)


@shared_task
def remove_expired_holds() -> None:
    """Delete holds that ended long enough ago, and what is long closed of the waiting list.

    One organisation that fails does not stop the rest.
    """
    for organisation in Organisation.objects.order_by("pk"):
        try:
            with organisation_scope(organisation, actor="holds"):
                remove_expired(organisation, now=timezone.now())
                remove_closed(now=timezone.now())
        except Exception as error:
            logger.error("holds of %s not removed: %s", organisation.pk, type(error).__name__)


@shared_task
def serve_waiting_lists() -> None:
    """End what is over and offer freed times to who waits. One organisation that fails does not stop the rest."""
    for organisation in Organisation.objects.order_by("pk"):
        try:
            end_entries(organisation, now=timezone.now())
            sweep(organisation, now=timezone.now())
        except Exception as error:
            logger.error("waiting list of %s not served: %s", organisation.pk, type(error).__name__)


@shared_task
def queue_due_reminders() -> None:
    """Queue reminders, recalls and notices. One organisation that fails does not stop the rest."""
    for organisation in Organisation.objects.order_by("pk"):
        try:
            queue_reminders(organisation, now=timezone.now())
            queue_recalls(organisation, now=timezone.now())
            queue_notices(organisation, now=timezone.now())
        except Exception as error:
            logger.error("reminders of %s not queued: %s", organisation.pk, type(error).__name__)
