"""The search over clinics: hits from the public directory, best match first, and the next free time of those shown.

The order is the one that templates/appointments/ranking.html explains; a change here is a change there.
"""

import difflib
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import reduce
from operator import add
from typing import Any
from zoneinfo import ZoneInfo

from django.core.paginator import Page, Paginator
from django.db.models import Case, F, Func, IntegerField, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Trim

from accounts.models import DirectoryEntry, Organisation
from accounts.services.directory import Offering
from accounts.words import asked_words, words_of
from appointments.enums import Audience
from appointments.models import Calendar, CalendarReason, VisitReason
from doctolib.outages import OUTAGES
from doctolib.tenancy.scopes import visitor_scope

from .availability import next_free
from .languages import language_name
from .public import agreement_in_force, public_reasons

logger = logging.getLogger(__name__)

PAGE = 10  # hits
COMPARED = 50  # best matches that are looked at when the next free time decides the order
AHEAD = 56  # days that "next free" looks ahead; fewer where the reason's own horizon is shorter
SHORTEST_PART = 4  # letters that are looked for within words, too
LIKENESS = 0.8  # of a mistyped word to the word that is meant


@dataclass(frozen=True, slots=True)
class Asked:
    """What someone looks for; everything may be empty."""

    what: str = ""
    place: str = ""
    insurance: str = ""
    language: str = ""
    next_free_first: bool = False


@dataclass(slots=True)
class Hit:
    """A unit in the list. ``is_online`` is None where its clinic's database did not answer."""

    entry: DirectoryEntry
    people: list[tuple[int, str]]  # whose name was asked for
    is_online: bool | None = None
    next_free: datetime | None = None

    @property
    def organisation(self) -> Organisation:
        return self.entry.organisation


@dataclass(frozen=True, slots=True)
class Found:
    page: Page  # of Hits
    is_similar: bool = False  # nothing fits as it is written; these are for the nearest words
    count: int = field(default=0)
    compared: int = 0  # how many of them stand in the order of their next free time; 0: by best match


def search(asked: Asked, *, page: str | int | None, now: datetime) -> Found:
    """One page of hits with the next free time of each, computed now."""
    entries = _matching(asked, words := asked_words(asked.what))
    count, is_similar = entries.count(), False
    if not count and words:
        words = _nearest(words)
        entries = _matching(asked, words)
        count = entries.count()
        is_similar = count > 0
    if not asked.next_free_first:
        pages = Paginator(entries, PAGE)
        pages.count = count  # asked for already
        shown = pages.get_page(page)
        shown.object_list = with_next_free([_hit(entry, words) for entry in shown.object_list], asked, now=now)
        return Found(shown, is_similar, count)
    hits = with_next_free([_hit(entry, words) for entry in entries[:COMPARED]], asked, now=now)
    hits.sort(key=lambda hit: (hit.next_free is None, hit.next_free))  # stable: equal times stay by best match
    return Found(Paginator(hits, PAGE).get_page(page), is_similar, count, compared=len(hits))


def languages_spoken() -> list[tuple[str, str]]:
    """Code and name of every language in the directory, by name."""
    codes = _published().annotate(code=Func(F("languages"), function="unnest")).values_list("code", flat=True)
    return sorted(((code, language_name(code)) for code in set(codes.order_by())), key=lambda pair: pair[1].casefold())


def published_entries() -> QuerySet[DirectoryEntry]:
    """The whole directory, clinic by clinic."""
    return _published().select_related("organisation").order_by("organisation__slug", "position", "unit_slug")


def offerings() -> dict[int, Offering]:
    """What publishing copies of the current organisation's units, by their ids: people with a calendar in use, their
    languages, and the insurances for which anything may be booked online. Two queries."""
    calendars = Calendar.objects.filter(is_active=True, practitioner__isnull=False).select_related("practitioner")
    insurances: dict[int, set[str]] = {}
    for unit_id, accepted in VisitReason.objects.filter(public_reasons(""), is_online=True).values_list(
        "unit_id", "insurances"
    ):
        insurances.setdefault(unit_id, set()).update(accepted)
    people: dict[int, dict[int, Any]] = {}
    for calendar in calendars:
        people.setdefault(calendar.unit_id, {})[calendar.practitioner_id] = calendar.practitioner
    return {
        unit_id: _offering(people.get(unit_id, {}).values(), insurances.get(unit_id, set()))
        for unit_id in people.keys() | insurances.keys()
    }


def _offering(people: Iterable[Any], insurances: Iterable[str]) -> Offering:
    by_name = sorted(people, key=lambda person: (person.last_name, person.first_name, person.pk))
    return Offering(
        people=tuple((person.pk, str(person)) for person in by_name),
        languages=tuple(sorted({code for person in by_name for code in person.languages.split()})),
        insurances=tuple(sorted(insurances)),
    )


# Matching ------------------------------------------------------------------------------------------------------------


def _published() -> QuerySet[DirectoryEntry]:
    """Clinics leave the directory when they are withdrawn; asking again costs a join and can never show one."""
    return DirectoryEntry.objects.filter(organisation__is_published=True)


def _matching(asked: Asked, words: list[str]) -> QuerySet[DirectoryEntry]:
    """Entries that have every word, best match first: fit of the words, nearness of the place, name."""
    entries = _published().select_related("organisation")
    if asked.insurance:
        entries = entries.filter(insurances__contains=[asked.insurance])
    if asked.language:
        entries = entries.filter(languages__contains=[asked.language])
    fit: list[Any] = [_fit("words", word) for word in words]
    near: list[Any] = []
    for word in words:
        entries = entries.filter(_has("words", word))
    for word in words_of(asked.place)[:4]:
        code = word.isdigit() and len(word) <= 5
        entries = entries.filter(Q(postal_code__startswith=word[:2]) if code else _has("place_words", word))
        near.append(_nearness(word) if code else _fit("place_words", word))
    return entries.annotate(fit=_sum(fit), near=_sum(near)).order_by(
        "-fit", "-near", "organisation__name", "organisation__slug", "position", "unit_slug"
    )


def _has(column: str, word: str) -> Q:
    """The word, or the beginning of one; longer ones also within a word, as ``chirurgie`` in ``Unfallchirurgie``."""
    return Q(**{f"{column}__contains": word if len(word) >= SHORTEST_PART else f" {word}"})


def _fit(column: str, word: str) -> Case:
    """3 for a whole word, 2 for a beginning, 1 within a word."""
    return Case(
        When(**{f"{column}__contains": f" {word} "}, then=3),
        When(**{f"{column}__contains": f" {word}"}, then=2),
        default=1,
        output_field=IntegerField(),
    )


def _nearness(code: str) -> Case:
    """How many leading digits of the postal code are the same: German codes are regions within regions."""
    return Case(
        *(When(postal_code__startswith=code[:digits], then=digits) for digits in range(len(code), 2, -1)),
        default=2,
        output_field=IntegerField(),
    )


def _sum(levels: list[Any]) -> Any:
    return reduce(add, levels) if levels else Value(0)


def _nearest(words: list[str]) -> list[str]:
    """Each word that stands nowhere in the directory, replaced by the one it is most like, if any is."""
    split = Func(Trim("words"), Value(" "), function="string_to_array")
    known = set(_published().annotate(word=Func(split, function="unnest", output_field=TextField()))
                .values_list("word", flat=True).order_by().distinct())  # fmt: skip
    return [word if word in known else _most_like(word, known) for word in words]


def _most_like(word: str, known: set[str]) -> str:
    candidates = sorted(each for each in known if abs(len(each) - len(word)) <= 2)
    found = difflib.get_close_matches(word, candidates, n=1, cutoff=LIKENESS)
    return found[0] if found else word


def _hit(entry: DirectoryEntry, words: list[str]) -> Hit:
    """People are named in the list only when their name was asked for."""
    named = [(person, name) for person, name in entry.people if set(words) & set(words_of(name))]
    return Hit(entry, named)


# Next free -----------------------------------------------------------------------------------------------------------


def with_next_free(hits: list[Hit], asked: Asked, *, now: datetime) -> list[Hit]:
    """Ask each clinic on the page, in its own visitor scope, for the next free time of its units among the hits.

    A clinic whose database is away keeps its hits, without a time; nobody waits for the same database twice.
    """
    by_clinic: dict[Any, list[Hit]] = {}
    for hit in hits:
        by_clinic.setdefault(hit.organisation.pk, []).append(hit)
    away: set[str] = set()
    for of_clinic in by_clinic.values():
        organisation = of_clinic[0].organisation
        if organisation.database in away:
            continue
        try:
            with visitor_scope(organisation):
                _ask(of_clinic, asked.insurance, now)
        except OUTAGES as error:
            away.add(organisation.database)
            logger.warning("directory: database %s is away, %s", organisation.database, type(error).__name__)
    return hits


def _ask(hits: list[Hit], insurance: str, now: datetime) -> None:
    slugs = [hit.entry.unit_slug for hit in hits]
    offered = _first_reasons(slugs, insurance) if agreement_in_force(now) else {}
    today = now.astimezone(ZoneInfo(hits[0].organisation.time_zone)).date()
    for hit in hits:
        reason_id, calendar_ids = offered.get(hit.entry.unit_slug, (None, []))
        hit.is_online = reason_id is not None
        if reason_id is not None:
            free = next_free(
                reason_id=reason_id,
                calendar_ids=calendar_ids,
                first_day=today,
                last_day=today + timedelta(days=AHEAD),
                now=now,
            )
            hit.next_free = min(free.values(), default=None)


def _first_reasons(slugs: list[str], insurance: str) -> dict[str, tuple[int, list[int]]]:
    """The first reason of each unit that may be booked online (with this insurance), with its calendars, in one query.

    Reasons that a new patient may book come first: most who search have not been there.
    """
    rows = CalendarReason.objects.filter(
        public_reasons(),
        calendar__is_active=True,
        calendar__is_online=True,
        reason__is_online=True,
        reason__unit__slug__in=slugs,
    )
    if insurance:
        rows = rows.filter(reason__insurances__contains=[insurance])
    rows = rows.order_by(
        Case(When(reason__audience=Audience.KNOWN, then=1), default=0),
        "reason__position",
        "reason__name_de",
        "reason_id",
        "calendar_id",
    ).values_list("reason__unit__slug", "reason_id", "calendar_id")
    found: dict[str, tuple[int, list[int]]] = {}
    for slug, reason_id, calendar_id in rows:
        first, calendars = found.setdefault(slug, (reason_id, []))
        if first == reason_id:
            calendars.append(calendar_id)
    return found
