"""What is read of access zones, connections and sessions."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.browsers import browser_text
from accounts.enums import Outcome
from accounts.models import AccessZone, Connection, Session, User
from accounts.networks import Address, holds
from accounts.rules import idle_limit
from crypto.keyring import PLATFORM_OWNER, platform_keys, warm
from doctolib import prepared

KEPT = 20  # connections of each account; those of open sessions stay longer
BINDING = """
organisation_id = $1 AND (is_for_everybody OR EXISTS (
    SELECT 1 FROM accounts_accesszone_members m WHERE m.accesszone_id = this.id AND m.user_id = $2))
"""


@dataclass(frozen=True, slots=True, repr=False)  # a traceback shows no address
class ConnectionView:
    id: UUID
    at: datetime
    outcome: str
    device: str
    place: str
    address: str

    @property
    def label(self) -> str:
        return Outcome(self.outcome).label

    @property
    def succeeded(self) -> bool:
        return self.outcome == Outcome.SIGNED_IN


@dataclass(frozen=True, slots=True, repr=False)
class SessionView:
    connection: ConnectionView
    seen_at: datetime
    is_current: bool


# Zones


def lets_in(user: User, address: Address | None) -> bool:
    """Whether the access zones of their organisation let this professional in from this address.

    Asked with every request: no query where the organisation has no zones, one where it has.
    """
    if user.organisation is None or not user.organisation.has_zones:
        return True
    return admits(prepared.fetch(AccessZone, BINDING, [user.organisation_id, user.pk]), address)


def admits(binding: Iterable[AccessZone], address: Address | None) -> bool:
    """Whether someone whom these zones bind comes in from this address; whom none binds does from anywhere."""
    binding = list(binding)
    return not binding or any(holds(zone.networks, address) for zone in binding)


def zones_of(organisation_id: UUID) -> list[AccessZone]:
    """The organisation's zones by name, with their members."""
    return list(AccessZone.objects.filter(organisation_id=organisation_id).prefetch_related("members"))


def zone_at(organisation_id: UUID, address: Address | None) -> AccessZone | None:
    """The organisation's zone that an address is in, by name where there are several."""
    zones = AccessZone.objects.filter(organisation_id=organisation_id)
    return next((zone for zone in zones if holds(zone.networks, address)), None)


def professionals_by_name(organisation_id: UUID) -> list[tuple[User, str]]:
    """All open accounts of an organisation's professionals, with their names."""
    users = User.objects.filter(organisation_id=organisation_id, is_active=True)
    warm(PLATFORM_OWNER)
    with platform_keys():
        named = [(user, _sorting_name(user.contact)) for user in users]
    return sorted(named, key=lambda each: each[1].casefold())


# Connections and sessions


def connections_of(user: User) -> list[ConnectionView]:
    """The account's last tries to sign in, newest first."""
    return _views(Connection.objects.filter(user=user).order_by("-at", "-pk")[:KEPT])


def sessions_of(user: User, *, current: str, now: datetime) -> list[SessionView]:
    """Where the account is signed in, the last used first. ``current``: the key of the session that asks."""
    oldest = now - timedelta(seconds=settings.SESSION_COOKIE_AGE)
    live = Session.objects.filter(user=user, seen_at__gt=now - idle_limit(user), began_at__gt=oldest)
    rows = list(live.exclude(connection=None).select_related("connection").order_by("-seen_at"))
    views = _views(row.connection for row in rows)
    return [SessionView(view, row.seen_at, row.pk == current) for row, view in zip(rows, views, strict=True)]


def _views(connections: Iterable[Connection]) -> list[ConnectionView]:
    warm(PLATFORM_OWNER)
    with platform_keys():
        return [_view(connection, connection.origin) for connection in connections]


def _view(connection: Connection, origin: dict[str, Any]) -> ConnectionView:
    device = browser_text(origin["browser"], origin["system"])
    return ConnectionView(connection.pk, connection.at, connection.outcome, device, _place(origin), origin["address"])


def _place(origin: dict[str, Any]) -> str:
    """The zone's name, else city and country in the reader's language, else that it is unknown."""
    if "zone" in origin:
        return origin["zone"]
    language = (get_language() or "de")[:2]
    known = [origin[part] for part in ("city", "country") if part in origin]
    return ", ".join(names.get(language) or next(iter(names.values())) for names in known) or _("Unknown place")


def _sorting_name(contact: dict[str, str]) -> str:
    names = contact.get("last_name", ""), contact.get("first_name", "")
    return ", ".join(filter(None, names)) or contact["email"]
