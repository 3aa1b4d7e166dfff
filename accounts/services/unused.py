"""Professionals' accounts that nobody uses: locked after two months, proposed for deletion after six.

Source: BSI C5:2020, IDM-03; docs/access.md. An account counts as used on the day it was made, unlocked or last seen.
"""

import calendar
import logging
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone

from accounts.enums import CriticalAction, LockReason, UserKind
from accounts.models import Organisation, User
from accounts.services.locking import lock_account
from accounts.services.notices import tell_administrators
from doctolib import audit
from doctolib.tenancy.router import IDENTITY
from doctolib.tenancy.scopes import organisation_scope

logger = logging.getLogger(__name__)

LOCKED_AFTER, PROPOSED_AFTER = 2, 6  # months
ACTOR = "unused-accounts"


@dataclass(frozen=True, slots=True)
class Unused:
    """What is due in one organisation."""

    organisation: Organisation
    to_lock: list[User]
    to_propose: list[User]


def go_over_all(*, now: datetime, apply: bool) -> list[Unused]:
    """What is due in every organisation; done unless ``apply`` is false. One that fails does not stop the next."""
    found = []
    for organisation in Organisation.objects.order_by("slug"):
        try:
            found.append(go_over(organisation, now=now, apply=apply))
        except Exception as error:  # whatever it is, it is this organisation's alone
            logger.error("unused accounts: organisation=%s problem=%s", organisation.id, type(error).__name__)
    return found


def go_over(organisation: Organisation, *, now: datetime, apply: bool) -> Unused:
    """Lock and propose what is due in one organisation, and tell its administrators; or only say what is due."""
    today = timezone.localdate(now, organisation.zone)
    with transaction.atomic(using=IDENTITY), organisation_scope(organisation, actor=ACTOR):
        unused = _professionals(organisation).select_for_update(no_key=True, of=("self",)).order_by("pk")
        due = Unused(
            organisation,
            list(unused.filter(is_active=True, used_on__lte=months_before(today, LOCKED_AFTER))),
            list(unused.filter(deletion_proposed_on=None, used_on__lte=months_before(today, PROPOSED_AFTER))),
        )
        if apply:
            _lock(due, now)
            _propose(due, now, today)
    return due


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier, or the last one of that month."""
    count = day.year * 12 + day.month - 1 - months
    year, month = divmod(count, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _professionals(organisation: Organisation) -> QuerySet[Any]:
    """With the day each was last used, ``used_on``."""
    used_on = Coalesce(F("last_seen_on"), TruncDate("date_joined", tzinfo=organisation.zone))
    professionals = User.objects.filter(kind=UserKind.PROFESSIONAL, organisation=organisation)
    return professionals.annotate(used_on=used_on)


def _lock(due: Unused, now: datetime) -> None:
    for user in due.to_lock:
        lock_account(user, reason=LockReason.UNUSED, now=now)
        audit.record("account.locked_unused", user)


def _propose(due: Unused, now: datetime, today: date) -> None:
    User.objects.filter(pk__in=[user.pk for user in due.to_propose]).update(deletion_proposed_on=today)
    for user in due.to_propose:
        audit.record("account.deletion_proposed", user)
        tell_administrators(due.organisation, CriticalAction.ACCOUNT_DELETION_PROPOSED, about=user, now=now)
