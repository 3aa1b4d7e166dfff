"""What one professional may do: their level on each calendar, or everything, as an administrator.

Calendars belong to a higher room, which registers how its entries are read. They are read once for an
account as a request has it, and never kept in a session: a change counts from the next request on.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from accounts.enums import Level, UserKind

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


@dataclass(frozen=True, slots=True)
class Rights:
    is_administrator: bool = False
    levels: Mapping[int, Level] = field(default_factory=dict)  # by calendar id

    def on(self, calendar_id: int) -> Level:
        return Level.FULL if self.is_administrator else self.levels.get(calendar_id, Level.NONE)

    @property
    def highest(self) -> Level:
        return Level.FULL if self.is_administrator else max(self.levels.values(), default=Level.NONE)

    @property
    def seen(self) -> list[int]:
        """Ids of the calendars that may be seen. For an administrator that is all, and not asked here."""
        return [calendar_id for calendar_id, level in self.levels.items() if level >= Level.READ]


class Entries(NamedTuple):
    """What the room of calendars knows of entries: it keeps them, this room only asks. All run in a scope."""

    levels: Callable[[UUID], Mapping[int, Level]]  # of one professional, by calendar
    summaries: Callable[[], Mapping[UUID, str]]  # in words, by professional who has any
    forget: Callable[[UUID], None]  # someone's own entries


NO_RIGHTS = Rights()
_entries: list[Entries] = []


def register_entries(entries: Entries) -> None:
    """Called by AppConfig.ready of the app that has calendars."""
    _entries[:] = [entries]


def entries() -> Entries:
    return _entries[0]


def rights_of(user: "User | AnonymousUser", organisation_id: UUID | None) -> Rights:
    """The rights of this account at this organisation; none at any other. Runs in the organisation's scope.

    One query at most, at the first question; an administrator costs none.
    """
    if not user.is_authenticated or not user.is_active or user.kind != UserKind.PROFESSIONAL:
        return NO_RIGHTS
    if organisation_id is None or user.organisation_id != organisation_id:
        return NO_RIGHTS
    if user.is_organisation_admin:
        return Rights(is_administrator=True)
    if not hasattr(user, "_rights"):
        user._rights = Rights(levels=entries().levels(user.pk))  # type: ignore[union-attr]
    return user._rights  # type: ignore[union-attr]
