"""Once a year administrators look through who may what; they are reminded when it is due."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Coalesce

from accounts.enums import CriticalAction
from accounts.models import Organisation, User
from crypto.keyring import PLATFORM_OWNER, warm
from doctolib import audit
from doctolib.tenancy.router import IDENTITY

from .notices import tell_administrators

YEAR = timedelta(days=365)
AGAIN = timedelta(days=30)  # between two reminders


def reviewed(*, organisation: Organisation, by: User, now: datetime) -> None:
    """Someone looked through the rights. In the organisation's scope."""
    with transaction.atomic(using=IDENTITY):
        Organisation.objects.filter(pk=organisation.pk).update(rights_reviewed_at=now, rights_reviewed_by=by.pk)
        audit.record("rights.reviewed", organisation)


def due(*, now: datetime) -> list[Organisation]:
    """Organisations whose last review (or whose beginning) is older than a year and that nobody reminded lately."""
    return list(
        Organisation.objects.annotate(since=Coalesce("rights_reviewed_at", "created_at"))
        .filter(Q(rights_reminded_at__isnull=True) | Q(rights_reminded_at__lte=now - AGAIN), since__lte=now - YEAR)
        .order_by("slug")
    )


def remind_all(*, now: datetime) -> int:
    """Tell the administrators of each; returns how many organisations. Two at once remind once."""
    warm(PLATFORM_OWNER)
    return sum(_remind(organisation, now=now) for organisation in due(now=now))


def _remind(organisation: Organisation, *, now: datetime) -> bool:
    due_still = Q(rights_reminded_at__isnull=True) | Q(rights_reminded_at__lte=now - AGAIN)
    with transaction.atomic(using=IDENTITY):
        if not Organisation.objects.filter(due_still, pk=organisation.pk).update(rights_reminded_at=now):
            return False
        tell_administrators(organisation, CriticalAction.RIGHTS_REVIEW_DUE, about=organisation.name, now=now)
    return True
