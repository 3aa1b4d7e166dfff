"""Delete an account: closed at once, then each clinic's rows lose the tie to it.

The clinics' appointments and records stay theirs, untouched but for the person's id. What is left to do is a row
(models.Unlinking) that a task finishes, also when a clinic's database is away for days.
"""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.db import InterfaceError, OperationalError, transaction

from accounts import links
from accounts.models import Organisation, Person, Unlinking, User
from accounts.selectors import linked_clinics
from accounts.services import persons
from crypto.keyring import PLATFORM_OWNER, platform_keys, warm
from doctolib import outbox
from doctolib.tenancy.scopes import organisation_scope, person_scope

logger = logging.getLogger(__name__)

ACTOR = "account-deletion"
# A booking that was under way may still write the person's id: every clinic is gone over once more after this.
SETTLED = timedelta(minutes=15)
AWAY = (OperationalError, InterfaceError)


def delete_account(user: User, *, now: datetime) -> None:
    """Close a patient account for good: nobody signs in, its e-mail address is free, its persons are removed.

    A second call finds nothing to do. Clinics follow by ``finish_all``. A neutral e-mail confirms it.
    """
    warm(PLATFORM_OWNER)
    linked = linked_clinics(user.pk)
    with platform_keys(), transaction.atomic(using="default"):
        account = User.objects.select_for_update().filter(pk=user.pk).first()
        if account is None:
            return
        left = Unlinking.objects.create(
            account_id=account.pk, is_whole_account=True, links=_pairs(linked), requested_at=now
        )
        # The address is in the message: by the time it is written nobody else knows it.
        payload = {"email": account.contact["email"], "language": account.language}
        outbox.queue_platform("account.deleted", about=account, payload=payload)
        account.delete()  # with it its sessions are nobody's
    logger.info("account deleted: %s", user.actor)
    try:
        _remove_persons(left)
    except AWAY as error:
        logger.warning("persons of a deleted account stay for now: %s", type(error).__name__)


def finish_all(*, now: datetime) -> int:
    """Go over what deletions have left; returns how many are done for good. One that fails does not stop the next."""
    done = 0
    for unlinking in Unlinking.objects.order_by("requested_at")[:500]:
        try:
            done += _finish(unlinking, now=now)
        except AWAY as error:
            logger.warning("%s waits: %s", unlinking, type(error).__name__)
    return done


def _finish(unlinking: Unlinking, *, now: datetime) -> bool:
    _remove_persons(unlinking)
    clinics = Organisation.objects.in_bulk({organisation for _person, organisation in unlinking.links})
    left = []
    for person_id, organisation_id in unlinking.links:
        clinic = clinics.get(UUID(organisation_id))
        if clinic is not None and not _unlinked(clinic, UUID(person_id)):
            left.append([person_id, organisation_id])
    if now < unlinking.requested_at + SETTLED:
        return False
    if left:
        Unlinking.objects.filter(pk=unlinking.pk).update(links=left)
        return False
    unlinking.delete()
    return True


def _unlinked(clinic: Organisation, person_id: UUID) -> bool:
    try:
        with organisation_scope(clinic, actor=ACTOR):
            links.unlink(person_id)
    except AWAY as error:
        logger.warning("clinic %s is away, unlinking waits: %s", clinic.slug, type(error).__name__)
        return False
    return True


def _remove_persons(unlinking: Unlinking) -> None:
    """Clinics that were linked while the account was being closed are gone to as well."""
    if not unlinking.is_whole_account:
        return
    with person_scope(unlinking.account_id):
        list(Person.objects.select_for_update())  # a link needs its person: from here on there are no new ones
        late = [pair for pair in _pairs(linked_clinics(unlinking.account_id)) if pair not in unlinking.links]
        if late:
            unlinking.links += late
            unlinking.save(update_fields=["links"])
        persons.remove_all(unlinking.account_id)


def _pairs(linked: list[tuple[UUID, UUID]]) -> list[list[str]]:
    return [[str(person_id), str(organisation_id)] for person_id, organisation_id in linked]
