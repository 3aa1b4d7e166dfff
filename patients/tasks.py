"""Work outside requests: a round over the clinics, and a service for each."""

import logging
from collections.abc import Callable

from celery import shared_task

from doctolib.tenancy.tenants import tenants
from patients.scanners import ScannerAway
from patients.services import documents

logger = logging.getLogger(__name__)


@shared_task
def scan_waiting_documents() -> None:
    _everywhere(documents.scan_waiting)


@shared_task
def remove_orphaned_files() -> None:
    _everywhere(documents.remove_orphans)


def _everywhere(work: Callable) -> None:
    """One organisation that fails does not stop the rest; a scanner that is away is away for all."""
    for organisation in tenants():
        try:
            work(organisation)
        except ScannerAway as error:
            logger.warning("documents wait, the virus scanner is away: %s", error)
            return
        except Exception as error:
            logger.error("%s failed for %s: %s", work.__name__, organisation.pk, type(error).__name__)
