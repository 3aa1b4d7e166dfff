"""How often something may happen: counted before it happens, so that parallel tries cannot slip through.

Counters run on alias ``default`` outside any scope's transaction: a request that is rolled back keeps its count. Keys
are keyed hashes. A window begins with its first event and has an exact end, which a refusal can name.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connections
from django.http import HttpRequest

from accounts.models import Throttle
from accounts.networks import client_address, neighbourhood
from crypto.keyring import PLATFORM_OWNER, platform_keys
from crypto.tokens import blind_token
from doctolib import prepared

# Nobody waits for the disk: a server that crashes within the second forgets a count, not a booking.
TAKE = """
INSERT INTO accounts_throttle AS t (key, started_at, ends_at, count)
SELECT $1, $2::timestamptz, $3::timestamptz, 1 FROM set_config('synchronous_commit', 'off', true)
ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN t.ends_at <= $2 THEN 1 ELSE t.count + 1 END,
    started_at = CASE WHEN t.ends_at <= $2 THEN excluded.started_at ELSE t.started_at END,
    ends_at = CASE WHEN t.ends_at <= $2 THEN excluded.ends_at ELSE t.ends_at END
WHERE t.ends_at <= $2 OR t.count < $4::int
RETURNING count
"""


class Throttled(Exception):
    """Too often. ``retry_at``: the aware instant from which another try counts."""

    def __init__(self, retry_at: datetime) -> None:
        super().__init__(retry_at)
        self.retry_at = retry_at


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``limit`` times in ``window``, for one ``key``."""

    key: str
    limit: int
    window: timedelta


def take(key: str, *, limit: int, window: timedelta, now: datetime) -> bool:
    """Count one event and say whether it is within the limit. What is refused is not counted."""
    return _count(Limit(key, limit, window), now=now) > 0


def _count(limit: Limit, *, now: datetime) -> int:
    """Count one event: which one it is in its window, 0 for one that is refused."""
    if limit.limit < 1:
        return 0
    rows = prepared.rows(TAKE, [limit.key, now, now + limit.window, limit.limit], using="default")
    return rows[0][0] if rows else 0


def take_all(limits: Sequence[Limit], *, now: datetime) -> list[int]:
    """Count one event under each limit, and answer which one it is under each, from 1.

    When one refuses, the others get theirs back. Raises Throttled.
    """
    counts: list[int] = []
    for position, limit in enumerate(limits):
        counts.append(_count(limit, now=now))
        if not counts[-1]:
            give_back(limits[:position])
            raise Throttled(retry_at(limit.key) or now + limit.window)
    return counts


def give_back(limits: Sequence[Limit]) -> None:
    """Uncount one event under each limit: it did not happen after all."""
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "UPDATE accounts_throttle SET count = count - 1 WHERE key = ANY(%s) AND count > 0",
            [[limit.key for limit in limits]],
        )


def forget(key: str) -> None:
    """Start from zero: whoever knows the password is no attacker."""
    Throttle.objects.filter(key=key).delete()


def retry_at(key: str) -> datetime | None:
    return Throttle.objects.filter(key=key).values_list("ends_at", flat=True).first()


def key_of(kind: str, *values: str) -> str:
    """A counter's key: its kind, and a keyed hash of what is counted. Lends itself the platform's keys."""
    with platform_keys():
        return f"{kind}:{blind_token('throttle', (kind, *values), owner=PLATFORM_OWNER).hex()}"


def network_of(request: HttpRequest) -> str:
    """A keyed hash of the neighbourhood a request comes from."""
    return key_of("network", neighbourhood(client_address(request)))
