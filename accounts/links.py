"""What higher rooms keep of an account's persons at a clinic, told and undone without importing them: they register."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

# Both run inside a scope of the clinic. Unlinking takes the person's id off the clinic's rows and nothing else.
Unlink = Callable[[UUID], None]
Coming = Callable[[UUID, datetime], bool]

_unlinkers: list[Unlink] = []
_coming: list[Coming] = []


def register(*, unlink: Unlink, coming: Coming | None = None) -> None:
    """Say how a room forgets a person, and whether the person has something ahead there. Called by AppConfig.ready."""
    if unlink not in _unlinkers:
        _unlinkers.append(unlink)
    if coming and coming not in _coming:
        _coming.append(coming)


def unlink(person_id: UUID) -> None:
    """Take a person's id off the rows of the scope's organisation. Runs in an organisation scope; may be run again."""
    for each in _unlinkers:
        each(person_id)


def has_coming(person_id: UUID, *, now: datetime) -> bool:
    """Whether the person has something ahead at the scope's organisation. Runs in that person's patient scope."""
    return any(each(person_id, now) for each in _coming)
