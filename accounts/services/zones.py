"""Access zones: what an organisation's administrators allow, and what becomes of those who come from elsewhere."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.enums import CriticalAction, Outcome, UserKind
from accounts.models import AccessZone, Organisation, User
from accounts.networks import Address, client_address
from accounts.selectors_access import admits
from accounts.services.connections import record_connection
from accounts.services.notices import tell_administrators
from accounts.throttling import key_of, take
from doctolib import audit
from doctolib.tenancy.router import IDENTITY
from doctolib.tenancy.scopes import organisation_scope
from doctolib.violations import violation_raises

logger = logging.getLogger(__name__)

NOTED_ONCE_IN = timedelta(hours=1)  # a refusal of one account from one address
AUDITED = {
    CriticalAction.ZONE_ADDED: "access_zone.added",
    CriticalAction.ZONE_CHANGED: "access_zone.changed",
    CriticalAction.ZONE_REMOVED: "access_zone.removed",
}
NAME_ONCE = "zone_name_in_organisation"


class Lockout(StrEnum):
    """What a change of zones may lock."""

    YOU = "you"  # the administrator who makes it, from where they are now
    ALL_BOUND = "all_bound"  # then no administrator could come in if the networks changed


class NameTaken(Exception):
    """Another zone of the organisation has this name."""


class WouldLockOut(Exception):
    """The change locks people out, so it must be confirmed first. ``lockouts``: which."""

    def __init__(self, lockouts: list[Lockout]) -> None:
        super().__init__(lockouts)
        self.lockouts = lockouts


@dataclass(frozen=True, slots=True)
class ZoneDetails:
    name: str
    networks: tuple[str, ...]  # as networks.read_network writes them
    is_for_everybody: bool
    members: frozenset[UUID] = frozenset()  # professionals of the organisation


def add_zone(details: ZoneDetails, *, by: User, address: Address | None, confirmed: bool = False) -> AccessZone:
    """Raises NameTaken, WouldLockOut. Runs in the organisation's scope, ``by`` is the administrator at ``address``."""
    return _write(AccessZone(organisation=by.organisation), details, CriticalAction.ZONE_ADDED, by, address, confirmed)


def change_zone(
    zone: AccessZone, details: ZoneDetails, *, by: User, address: Address | None, confirmed: bool = False
) -> AccessZone:
    """As ``add_zone``."""
    return _write(zone, details, CriticalAction.ZONE_CHANGED, by, address, confirmed)


def remove_zone(zone: AccessZone, *, by: User, address: Address | None, confirmed: bool = False) -> None:
    """As ``add_zone``: where it is one of several, its removal may lock out, too."""
    with transaction.atomic(using=IDENTITY):
        before = _bound(_lock(by), by)
        _note(CriticalAction.ZONE_REMOVED, zone, by)
        zone.delete()
        _settle(by, before, address, confirmed)


def note_refusal(request: HttpRequest, user: User) -> None:
    """Someone came from outside: into their history and the organisation's trail, once an hour and address."""
    logger.info("outside the access zones: %s", user.actor)
    key = key_of("zone-refused", str(user.pk), str(client_address(request)))
    if not take(key, limit=1, window=NOTED_ONCE_IN, now=timezone.now()):
        return
    record_connection(request, user, Outcome.ZONE_REFUSED)
    with organisation_scope(_organisation(user), actor=user.actor):
        audit.record("access_zone.refused", user)


def _write(
    zone: AccessZone, details: ZoneDetails, action: CriticalAction, by: User, address: Address | None, confirmed: bool
) -> AccessZone:
    with violation_raises(NameTaken, constraint=NAME_ONCE, using=IDENTITY):
        before = _bound(_lock(by), by)
        zone.name, zone.networks = details.name, list(details.networks)
        zone.is_for_everybody = details.is_for_everybody
        zone.save()
        chosen = User.objects.filter(organisation=by.organisation, pk__in=details.members)
        zone.members.set([] if details.is_for_everybody else chosen)
        _settle(by, before, address, confirmed)
        _note(action, zone, by)
    return zone


def _note(action: CriticalAction, zone: AccessZone, by: User) -> None:
    audit.record(AUDITED[action], zone)
    tell_administrators(_organisation(by), action, about=zone.name, by=by, now=timezone.now())


def _lock(by: User) -> list[User]:
    """Changes of one organisation's zones queue here. Returns its administrators."""
    Organisation.objects.select_for_update(no_key=True).get(pk=_organisation(by).pk)
    admins = User.objects.filter(kind=UserKind.PROFESSIONAL, organisation=by.organisation)
    return list(admins.filter(is_organisation_admin=True, is_active=True))


def _settle(by: User, before: "Bound", address: Address | None, confirmed: bool) -> None:
    """What the change would lock is known only after it, so it is made, looked at, and undone by the exception."""
    Organisation.objects.filter(pk=_organisation(by).pk).update(has_zones=_zones_of(by).exists())
    after = _bound(before.admins, by)
    lockouts = []
    if not admits(after.binding[by.pk], address):
        lockouts.append(Lockout.YOU)
    if after.all_bound and not before.all_bound:
        lockouts.append(Lockout.ALL_BOUND)
    if lockouts and not confirmed:
        raise WouldLockOut(lockouts)


@dataclass(frozen=True, slots=True)
class Bound:
    """Which zones bind each administrator."""

    admins: list[User]
    binding: dict[UUID, list[AccessZone]]

    @property
    def all_bound(self) -> bool:
        return all(self.binding.values())


def _bound(admins: Iterable[User], by: User) -> Bound:
    zones = list(_zones_of(by).prefetch_related("members"))
    binding = {
        admin.pk: [zone for zone in zones if zone.is_for_everybody or admin in zone.members.all()]
        for admin in {*admins, by}
    }
    return Bound(list(admins), binding)


def _zones_of(by: User) -> QuerySet[AccessZone]:
    return AccessZone.objects.filter(organisation=_organisation(by))


def _organisation(user: User) -> Organisation:
    assert user.organisation is not None, "zones are for professionals"
    return user.organisation
