"""The history of connections: who tried to sign in, from where, and what became of it."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.http import HttpRequest
from django.utils import timezone

from accounts.browsers import browser_of
from accounts.enums import KIND_OF_DOOR, Outcome, UserKind
from accounts.models import Connection, User
from accounts.networks import client_address
from accounts.places import place_of
from accounts.selectors_access import KEPT, zone_at
from crypto.keyring import PLATFORM_OWNER, platform_keys, warm
from doctolib import prepared

LONGEST_KEPT = timedelta(days=365)
PRUNE = """
DELETE FROM accounts_connection WHERE id IN (
    SELECT c.id FROM accounts_connection c
    WHERE c.user_id IS NOT DISTINCT FROM $1::uuid
      AND NOT EXISTS (SELECT 1 FROM accounts_session s WHERE s.connection_id = c.id)
    ORDER BY c.at DESC, c.id OFFSET $2)
"""


def record_connection(request: HttpRequest, user: User | None, outcome: Outcome) -> Connection:
    """Keep one try to sign in, and no more than the last ones of the account.

    Nobody's (``user`` None: an unknown address) is written and removed, so that both answers take as long.
    """
    address = client_address(request)
    organisation_id = user.organisation_id if user else _nobodys(request)
    zone = zone_at(organisation_id, address) if organisation_id else None
    origin = {
        "address": str(address or ""),
        **browser_of(request),
        **({"zone": zone.name} if zone else place_of(address)),
    }
    warm(PLATFORM_OWNER)
    with platform_keys():
        made = Connection(user=user, at=timezone.now(), outcome=outcome, origin=origin)
        prepared.insert(made)
    prepared.rows(PRUNE, [user.pk if user else None, KEPT if user else 0], using="default")
    return made


def _nobodys(request: HttpRequest) -> UUID | None:
    """The organisation of nobody: its zones are looked for at the professionals' door, as somebody's are."""
    return uuid4() if KIND_OF_DOOR.get(getattr(request, "door", "")) == UserKind.PROFESSIONAL else None


def remove_old(*, now: datetime) -> int:
    """Remove connections past their time, but for those of open sessions. Returns how many."""
    removed, _ = Connection.objects.filter(at__lt=now - LONGEST_KEPT, session=None).delete()
    return removed
