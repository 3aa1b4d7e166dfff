"""Housekeeping, by beat."""

from celery import shared_task
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.models import Throttle
from accounts.services import contact_changes, deletion, directory, signup


@shared_task
def remove_stale() -> None:
    """Sign-ups that nobody finished, counters and sessions that are over."""
    now = timezone.now()
    signup.remove_stale(now=now)
    contact_changes.remove_stale(now=now)
    Throttle.objects.filter(ends_at__lt=now).delete()
    Session.objects.filter(expire_date__lt=now).delete()


@shared_task
def finish_deletions() -> None:
    """Clinics forget the persons of deleted accounts, those whose database was away, too."""
    deletion.finish_all(now=timezone.now())


@shared_task
def publish_directory() -> None:
    """What clinics changed of their profile since they were published."""
    directory.publish_all()
