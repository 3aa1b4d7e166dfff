"""Who may do what in which calendar, and where that comes from. Runs in a scope of the organisation.

A person's own entry counts before their units' entries; of several units the highest counts.
"""

from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import ngettext

from accounts.enums import Level
from accounts.models import Unit, UnitMember
from appointments.models import CalendarRight
from doctolib import prepared
from doctolib.tenancy.scopes import require_scope

LEVELS = """
SELECT r.calendar_id, coalesce(max(r.level) FILTER (WHERE r.user_id = $1), max(r.level))
FROM appointments_calendarright r
WHERE r.user_id = $1 OR r.unit_id IN (SELECT m.unit_id FROM accounts_unitmember m WHERE m.user_id = $1)
GROUP BY r.calendar_id"""


def levels_of(user_id: UUID) -> dict[int, Level]:
    """The effective level on each calendar that someone has an entry for. Each request asks this: one statement."""
    found = prepared.rows(LEVELS, [user_id], using=require_scope("organisation").database)
    return {calendar_id: Level(level) for calendar_id, level in found}


def summaries() -> dict[UUID, str]:
    """How many calendars each professional may see, and what at most. Four queries, administrators not looked at."""
    book = EntryBook()
    found = {}
    for user_id in {*book.of_user, *book.units_of}:
        levels = [level for level in book.levels(user_id).values() if level]
        if levels:
            text = ngettext(
                "%(count)d calendar, at most: %(level)s", "%(count)d calendars, at most: %(level)s", len(levels)
            )
            found[user_id] = text % {"count": len(levels), "level": max(levels).label}
    return found


@dataclass(frozen=True, slots=True)
class Effective:
    """A level and where it comes from: an own entry, a unit, or being an administrator (neither)."""

    level: Level
    own: Level | None = None
    unit: Unit | None = None
    is_administrator: bool = False


NOTHING = Effective(Level.NONE)


class EntryBook:
    """All entries of an organisation, looked at from any side. Four queries, however many people and calendars."""

    def __init__(self) -> None:
        self.units: dict[int, Unit] = {unit.pk: unit for unit in Unit.objects.all()}
        self.units_of: dict[UUID, list[Unit]] = defaultdict(list)
        self.leads: dict[UUID, set[int]] = defaultdict(set)
        for member in UnitMember.objects.order_by("unit__position", "unit__name_de", "pk"):
            self.units_of[member.user_id].append(self.units[member.unit_id])
            if member.is_unit_admin:
                self.leads[member.user_id].add(member.unit_id)
        self.of_user: dict[UUID, dict[int, Level]] = defaultdict(dict)
        self.of_unit: dict[int, dict[int, Level]] = defaultdict(dict)
        for entry in CalendarRight.objects.only("calendar_id", "user_id", "unit_id", "level"):
            if entry.unit_id is None:
                self.of_user[entry.user_id][entry.calendar_id] = Level(entry.level)
            else:
                self.of_unit[entry.unit_id][entry.calendar_id] = Level(entry.level)

    def levels(self, user_id: UUID) -> dict[int, Level]:
        """On each calendar that someone has an entry for."""
        calendars = {*self.of_user.get(user_id, ())}
        calendars |= {calendar for unit in self.units_of.get(user_id, ()) for calendar in self.of_unit[unit.pk]}
        return {calendar: self.effective(user_id, calendar).level for calendar in sorted(calendars)}

    def effective(self, user_id: UUID, calendar_id: int, *, is_administrator: bool = False) -> Effective:
        """As ``levels_of``, with its source; a test holds both against each other."""
        own = self.of_user.get(user_id, {}).get(calendar_id)
        if is_administrator:
            return Effective(Level.FULL, own, is_administrator=True)
        if own is not None:
            return Effective(own, own)
        given = [(self.of_unit[unit.pk].get(calendar_id), unit) for unit in self.units_of.get(user_id, ())]
        given = [(level, unit) for level, unit in given if level]
        if not given:
            return NOTHING
        level, unit = max(given, key=lambda each: each[0])
        return Effective(level, unit=unit)
