"""Queues: whoever does the same for one person, or for one record, does it one after the other.

Advisory locks until the end of the transaction, so that a scope needs no right to change what it queues for. They have
two keys: never mixed up with the locks on resources, which have one.
"""

from collections.abc import Iterable

from doctolib import prepared
from doctolib.tenancy.scopes import require_scope

LOCK = "pg_advisory_xact_lock(2, hashtext({}))"
QUEUE = f"SELECT {LOCK.format('$1')}"
# Of several at once in one order for everybody: two who move the same patients do not wait for each other.
QUEUE_MANY = """
SELECT pg_advisory_xact_lock(2, key)::text
FROM (SELECT DISTINCT hashtext(unnest($1::text[])) AS key ORDER BY key) AS keys"""


def queue_for(whom: object) -> None:
    """Until the end of the transaction nobody else gets past this with the same id (or words): of two tabs that both
    look whether there is room below a limit, one looks after the other has written.

    Order of all locks of a booking: the appointment that is moved, resources, prescription, person, hold, record.
    """
    prepared.rows(QUEUE, [str(whom)], using=require_scope().database)


def queue_for_all(ids: Iterable[object]) -> None:
    """As ``queue_for``, for all of these."""
    prepared.rows(QUEUE_MANY, [[str(id) for id in ids]], using=require_scope().database)
