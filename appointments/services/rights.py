"""Giving and taking levels on calendars."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from accounts.enums import Level
from accounts.models import Unit, User
from appointments.models import Calendar, CalendarRight, PaletteUse
from doctolib import audit

from .selections import forget_selections


@dataclass(frozen=True, slots=True)
class Change:
    """What an entry was when it was looked at, and what it shall be. None: no entry."""

    calendar_id: int
    was: Level | None
    level: Level | None


class ChangedMeanwhile(Exception):
    """Someone else changed these calendars' entries since they were looked at."""

    def __init__(self, calendar_ids: Iterable[int]) -> None:
        super().__init__()
        self.calendar_ids = set(calendar_ids)


def set_levels(*, holder: User | Unit, changes: Iterable[Change]) -> int:
    """Change the entries of a person or a unit, all or none; returns how many. In the organisation's scope.

    Raises ChangedMeanwhile when an entry is not any more what it was.
    """
    asked = {change.calendar_id: change for change in changes if change.was != change.level}
    calendars = Calendar.objects.filter(pk__in=asked).order_by("pk")
    locked = {each.pk: each for each in calendars.select_for_update(of=("self",), no_key=True)}
    entries = {entry.calendar_id: entry for entry in _entries(holder).filter(calendar_id__in=asked)}
    now = {pk: Level(entries[pk].level) if pk in entries else None for pk in asked}
    stale = {pk for pk, change in asked.items() if now[pk] != change.was}
    if stale:
        raise ChangedMeanwhile(stale)
    for pk, change in asked.items():
        _write(holder, locked[pk], entries.get(pk), change.level)
        details = {"calendar": pk, "was": change.was, "level": change.level}
        audit.record("rights.changed", locked[pk], about=holder, details=details)
    return len(asked)


def forget_entries(user_id: UUID) -> None:
    """Someone's account is deleted: nobody has these rights any more."""
    CalendarRight.objects.filter(user_id=user_id).delete()
    PaletteUse.objects.filter(user_id=user_id).delete()
    forget_selections(user_id)


def _entries(holder: User | Unit) -> QuerySet[CalendarRight]:
    if isinstance(holder, Unit):
        return CalendarRight.objects.filter(unit=holder)
    return CalendarRight.objects.filter(user_id=holder.pk)


def _write(holder: User | Unit, calendar: Calendar, entry: CalendarRight | None, level: Level | None) -> None:
    if level is None:
        assert entry is not None  # it was looked at just now
        entry.delete()
    elif entry is None:
        who = {"unit": holder} if isinstance(holder, Unit) else {"user_id": holder.pk}
        CalendarRight.objects.create(calendar=calendar, level=level, **who)
    else:
        entry.level = level
        entry.save(update_fields=["level"])
