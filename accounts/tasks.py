"""Housekeeping, by beat."""

from celery import shared_task
from django.utils import timezone

from accounts.models import Session, Throttle
from accounts.services import connections, contact_changes, deletion, devices, directory, review, signup, unused


@shared_task
def remove_stale() -> None:
    """Sign-ups and attempts that nobody finished, known devices, counters, sessions and connections that are over."""
    now = timezone.now()
    signup.remove_stale(now=now)
    contact_changes.remove_stale(now=now)
    devices.remove_stale(now=now)
    Throttle.objects.filter(ends_at__lt=now).delete()
    Session.objects.filter(expire_date__lt=now).delete()
    connections.remove_old(now=now)


@shared_task
def finish_deletions() -> None:
    """Clinics forget the persons of deleted accounts, those whose database was away, too."""
    deletion.finish_all(now=timezone.now())


@shared_task
def publish_directory() -> None:
    """What clinics changed of their profile since they were published."""
    directory.publish_all()


@shared_task
def lock_unused() -> None:
    """Professionals' accounts that nobody used for months."""
    unused.go_over_all(now=timezone.now(), apply=True)


@shared_task
def remind_of_reviews() -> None:
    """Administrators who did not look through the rights for a year."""
    review.remind_all(now=timezone.now())
