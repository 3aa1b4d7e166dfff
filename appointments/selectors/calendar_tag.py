"""A short text that is another one as soon as the calendar would show something else.

Nothing is counted when somebody books: the hash is made of the rows' own transaction numbers (xmin), which PostgreSQL
keeps anyway. One statement, nothing decrypted.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from psycopg.types.numeric import Int8

from accounts.rights import Rights
from doctolib import prepared
from doctolib.tenancy.scopes import require_scope

from .calendar import Span

FORM = "2"  # another one with each change of what the JSON looks like
# hashtextextended and a sum: the order of the rows does not matter. Holds end without a change of any row, so those
# that have ended are left out. What an appointment occupies, rooms and devices, too, changes with its own row.
TAG = """
SELECT count(*), sum(hashtextextended(each.row, 0))
FROM (
    SELECT 'a' || a.id || a.xmin || (SELECT p.xmin FROM patients_patient p WHERE p.id = a.patient_id) AS row
    FROM appointments_appointment a
    WHERE a.calendar_id = ANY ($1) AND a.starts_at > $2 AND a.starts_at < $4 AND a.ends_at > $3
    UNION ALL
    SELECT 'o' || id || xmin FROM appointments_occupancy
    WHERE resource_id = ANY ($1 || $6) AND appointment_id IS NULL
      AND starts_at > $2 AND starts_at < $4 AND ends_at > $3 AND (expires_at IS NULL OR expires_at > $5)
    UNION ALL
    SELECT 'm' || o.id || a.id || a.xmin || p.xmin
    FROM appointments_occupancy o
    JOIN appointments_appointment a ON a.id = o.appointment_id
    JOIN patients_patient p ON p.id = a.patient_id
    WHERE o.resource_id = ANY ($6) AND o.starts_at > $2 AND o.starts_at < $4 AND o.ends_at > $3
    UNION ALL
    SELECT 'b' || id || xmin FROM appointments_absence
    WHERE resource_id = ANY ($1 || $6) AND ends_at > $3 AND starts_at < $4
    UNION ALL
    SELECT 'h' || id || xmin FROM appointments_openinghours WHERE calendar_id = ANY ($1)
    UNION ALL
    SELECT 'v' || id || xmin FROM appointments_visitreason
    UNION ALL
    SELECT 'r' || id || xmin FROM appointments_resource
) AS each"""


def calendar_tag(
    *,
    calendar_ids: Sequence[int],
    span: Span,
    rights: Rights,
    language: str,
    now: datetime,
    equipment_ids: Sequence[int] = (),
) -> str:
    """An ETag's text for what ``calendar_data`` would give."""
    asked: list[Any] = [
        [Int8(calendar) for calendar in calendar_ids],
        span.begins - timedelta(days=1),
        span.begins,
        span.ends,
        now,
        [Int8(equipment) for equipment in equipment_ids],
    ]
    ((count, total),) = prepared.rows(TAG, asked, using=require_scope("organisation").database)
    levels = [(calendar, int(rights.on(calendar))) for calendar in calendar_ids]
    # In rooms visits of all calendars are met: what the reader may see of them follows from all their rights.
    everywhere = (list(equipment_ids), rights.is_administrator, sorted(rights.levels.items())) if equipment_ids else ()
    facts = (FORM, language, span.first, span.last, levels, everywhere, count, str(total))
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:32]
