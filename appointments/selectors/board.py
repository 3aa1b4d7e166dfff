"""The matrix of rights: people and units down, calendars across, and in each cell the level and where it comes from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.enums import Level
from accounts.models import Unit, User
from accounts.rules import may_administer
from accounts.selectors import Professional, professionals_of
from appointments.models import Calendar

from .rights import Effective, EntryBook


@dataclass(frozen=True, slots=True)
class Row:
    """A person or a unit. ``may_edit``: whether whoever looks may change its entries."""

    key: str
    holder: Professional | Unit
    name: str
    notes: Sequence[str]
    cells: list[tuple[Calendar, Effective]]
    may_edit: bool

    @property
    def is_unit(self) -> bool:
        return isinstance(self.holder, Unit)


@dataclass(frozen=True, slots=True)
class Board:
    """What one viewer sees: an administrator everything; who leads units, one of them."""

    units: list[Unit]  # to choose from
    unit: Unit | None  # chosen
    calendars: list[Calendar]
    unit_rows: list[Row]
    person_rows: list[Row]

    def row(self, key: str) -> Row | None:
        return next((row for row in [*self.unit_rows, *self.person_rows] if row.key == key), None)


class NotForYou(Exception):
    """Neither an administrator nor one who leads a unit."""


class NoSuchUnit(LookupError):
    pass


def board(viewer: User, *, unit_id: int | None, now: datetime) -> Board:
    """In the organisation's scope; a constant number of queries. Raises NotForYou, NoSuchUnit."""
    book = EntryBook()
    is_administrator = may_administer(viewer, viewer.organisation_id)
    units = [unit for unit in book.units.values() if is_administrator or unit.pk in book.leads.get(viewer.pk, ())]
    if not is_administrator and not units:
        raise NotForYou
    unit = _chosen(units, unit_id, must=not is_administrator)
    calendars = _calendars(unit)
    people = professionals_of(viewer.organisation, now=now)
    if not is_administrator:
        people = [each for each in people if unit in book.units_of.get(each.id, ())]
    return Board(
        units,
        unit,
        calendars,
        [_unit_row(book, each, calendars) for each in units] if is_administrator else [],
        [_person_row(book, each, calendars, viewer, is_administrator) for each in people],
    )


def _chosen(units: list[Unit], unit_id: int | None, *, must: bool) -> Unit | None:
    if unit_id is None:
        return units[0] if must else None
    for unit in units:
        if unit.pk == unit_id:
            return unit
    raise NoSuchUnit


def _calendars(unit: Unit | None) -> list[Calendar]:
    calendars = Calendar.objects.filter(is_active=True).select_related("unit")
    if unit is not None:
        calendars = calendars.filter(unit=unit)
    return list(calendars.order_by("unit__position", "unit__name_de", "unit_id", "position", "name", "id"))


def _unit_row(book: EntryBook, unit: Unit, calendars: list[Calendar]) -> Row:
    cells = [(each, _own(book.of_unit[unit.pk].get(each.pk))) for each in calendars]
    return Row(f"unit-{unit.pk}", unit, unit.name, [], cells, may_edit=True)


def _own(level: Level | None) -> Effective:
    return Effective(level or Level.NONE, level)


def _person_row(
    book: EntryBook, person: Professional, calendars: list[Calendar], viewer: User, is_administrator: bool
) -> Row:
    cells = [(each, book.effective(person.id, each.pk, is_administrator=person.is_administrator)) for each in calendars]
    # Who leads a unit gives rights to others, not to themselves; an administrator has all anyway.
    may_edit = not person.is_administrator and (is_administrator or person.id != viewer.pk)
    notes = [unit.name for unit in book.units_of.get(person.id, ())]
    return Row(f"person-{person.id}", person, person.sorted, notes, cells, may_edit)
