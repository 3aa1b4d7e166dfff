"""Housekeeping, by beat."""

from celery import shared_task
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.models import Throttle
from accounts.services import signup


@shared_task
def remove_stale() -> None:
    """Sign-ups that nobody finished, counters and sessions that are over."""
    now = timezone.now()
    signup.remove_stale(now=now)
    Throttle.objects.filter(ends_at__lt=now).delete()
    Session.objects.filter(expire_date__lt=now).delete()
