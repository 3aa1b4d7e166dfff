"""Housekeeping, by beat."""

from celery import shared_task
from django.utils import timezone

from integrations.twilio import numbers


@shared_task
def forget_texted_numbers() -> None:
    """To whom was written more than 30 days ago."""
    numbers.forget_old(now=timezone.now())
