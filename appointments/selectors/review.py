"""Who may what: every professional with what they may do and where that comes from, to look through and to file."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Organisation
from accounts.selectors import Professional, professionals_of
from appointments.models import Calendar

from .rights import Effective, EntryBook


@dataclass(frozen=True, slots=True)
class Group:
    """Calendars with the same level from the same source."""

    level: str
    source: str
    calendars: list[str]


@dataclass(frozen=True, slots=True)
class Reviewed:
    person: Professional
    units: list[str]
    groups: list[Group]


def who_may_what(organisation: Organisation, *, now: datetime) -> list[Reviewed]:
    """In the organisation's scope; a constant number of queries. Calendars out of use are named, too."""
    book = EntryBook()
    names = {calendar.pk: calendar.name for calendar in Calendar.objects.order_by("position", "name", "id")}
    return [
        Reviewed(person, [unit.name for unit in book.units_of.get(person.id, ())], _groups(book, person, names))
        for person in professionals_of(organisation, now=now)
    ]


def _groups(book: EntryBook, person: Professional, names: dict[int, str]) -> list[Group]:
    if person.is_administrator:
        return [Group(_("Administrator: may do everything"), "", [])]
    found: dict[Effective, list[str]] = defaultdict(list)
    for calendar_id, name in names.items():
        effective = book.effective(person.id, calendar_id)
        if effective.level:
            found[effective].append(name)
    ordered = sorted(found.items(), key=lambda each: -each[0].level)
    return [Group(str(each.level.label), _source(each), calendars) for each, calendars in ordered]


def _source(effective: Effective) -> str:
    return _("from unit %(unit)s") % {"unit": effective.unit.name} if effective.unit else _("own entry")


def table(reviewed: list[Reviewed]) -> Iterator[list[str]]:
    """The same as rows of text, a calendar each, under a row of heads: for files."""
    yield [
        _("Name"),
        _("Email address"),
        _("State"),
        _("Last sign-in"),
        _("Units"),
        _("Calendar"),
        _("Level"),
        _("Source"),
    ]
    for each in reviewed:
        person = each.person
        seen = timezone.localtime(person.last_login).strftime("%Y-%m-%d %H:%M") if person.last_login else _("never")
        about = [person.sorted, person.email, str(person.state.label), seen, ", ".join(each.units)]
        for group in each.groups or [Group(_("none"), "", [])]:
            for calendar in group.calendars or [""]:
                yield [*about, calendar, group.level, group.source]
