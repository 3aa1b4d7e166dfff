"""What an organisation shows to everybody: its units, people and hours, and what may be booked online.

Everything runs in a visitor scope (or any other scope of the organisation) and returns plain values, so that a page
can be rendered after the scope. The number of queries does not depend on the number of rows.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Q

from accounts.models import Organisation, Practitioner, Site, Specialty, Unit
from appointments.models import Calendar, CalendarReason, OpeningHours, VisitReason
from doctolib import prepared
from doctolib.tenancy.scopes import require_scope

from .hours import HoursLine, hours_in_words

AGREEMENT = """
SELECT EXISTS (SELECT FROM retention_processingagreement
               WHERE valid_from <= $1::timestamptz AND (valid_until IS NULL OR valid_until > $1))"""


@dataclass(frozen=True, slots=True)
class OrganisationCard:
    """A line of the start page."""

    slug: str
    name: str
    kind: str
    place: str


@dataclass(frozen=True, slots=True)
class PractitionerCard:
    id: int
    name: str
    specialty: str
    languages: str
    calendar_id: int | None  # to book with them; None when they are not booked online


@dataclass(frozen=True, slots=True)
class UnitCard:
    slug: str
    name: str
    specialty: str
    phone: str
    site: Site
    is_online: bool  # at least one reason of it may be booked online
    practitioners: tuple[PractitionerCard, ...]
    hours: tuple[HoursLine, ...]


@dataclass(frozen=True, slots=True)
class OrganisationPage:
    sites: tuple[Site, ...]
    units: tuple[UnitCard, ...]
    hours: tuple[HoursLine, ...]  # of the house, when its units do not differ
    agreement: bool

    @property
    def is_single(self) -> bool:
        return len(self.units) == 1

    @property
    def is_online(self) -> bool:
        return self.agreement and any(unit.is_online for unit in self.units)


@dataclass(frozen=True, slots=True)
class ReasonOffer:
    """A reason that may be booked online; durations in minutes differ where calendars have their own."""

    id: int
    name: str
    instructions: str
    shortest: int
    longest: int


@dataclass(frozen=True, slots=True)
class CalendarOffer:
    """A calendar in which a reason may be booked online."""

    id: int
    who: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A reason and everyone with whom it may be booked online."""

    id: int
    name: str
    instructions: str
    duration: int
    horizon: int  # days ahead
    unit: Unit
    calendars: tuple[CalendarOffer, ...]

    def who(self, calendar_id: int) -> str:
        return next((calendar.who for calendar in self.calendars if calendar.id == calendar_id), "")


def published_organisations() -> list[OrganisationCard]:
    """Every published organisation, in one query. Its place is the federal state: towns are tenant rows, and the
    directory of towns comes with the search."""
    return [
        OrganisationCard(clinic.slug, clinic.name, clinic.get_kind_display(), clinic.get_federal_state_display())
        for clinic in Organisation.objects.filter(is_published=True)
    ]


def agreement_in_force(now: datetime) -> bool:
    """Whether the current organisation has a processing agreement: without one the database refuses bookings.

    The agreement belongs to a higher room; here it is only asked whether a row is there.
    """
    return prepared.rows(AGREEMENT, [now], using=require_scope().database)[0][0]


def organisation_page(organisation: Organisation, *, now: datetime) -> OrganisationPage:
    """Everything the organisation's own page shows."""
    today = now.astimezone(ZoneInfo(organisation.time_zone)).date()
    units = list(Unit.objects.select_related("site"))
    calendars = list(Calendar.objects.filter(is_active=True).select_related("practitioner"))
    specialties = _specialties({unit.specialty for unit in units} | _codes(calendars))
    hours = _hours_by_unit(calendars, today)
    online = _units_online()
    cards = tuple(
        UnitCard(
            slug=unit.slug,
            name=unit.name,
            specialty=specialties.get(unit.specialty, ""),
            phone=unit.phone,
            site=unit.site,
            is_online=unit.pk in online,
            practitioners=_practitioners([c for c in calendars if c.unit_id == unit.pk], specialties, online),
            hours=hours.get(unit.pk, ()),
        )
        for unit in units
    )
    kinds = {card.hours for card in cards if card.hours}
    return OrganisationPage(
        sites=tuple({unit.site_id: unit.site for unit in units}.values()),
        units=cards,
        hours=kinds.pop() if len(kinds) == 1 else (),
        agreement=agreement_in_force(now),
    )


def unit_of(slug: str) -> Unit | None:
    """The unit with this slug; with no slug, the only unit of the organisation if it has just one."""
    units = Unit.objects.select_related("site")
    if slug:
        return units.filter(slug=slug).first()
    found = list(units[:2])
    return found[0] if len(found) == 1 else None


def reasons_offered(unit: Unit, *, calendar_id: int | None = None) -> list[ReasonOffer]:
    """The reasons of a unit (or of one of its calendars) that may be booked online, in the unit's order."""
    offers = _offers_online().filter(reason__unit=unit)
    if calendar_id is not None:
        offers = offers.filter(calendar_id=calendar_id)
    durations: dict[int, list[int]] = {}
    reasons: dict[int, VisitReason] = {}
    for offer in offers.select_related("reason").order_by("reason__position", "reason__name_de", "reason_id"):
        reasons[offer.reason_id] = offer.reason
        durations.setdefault(offer.reason_id, []).append(offer.duration or offer.reason.duration)
    return [
        ReasonOffer(reason.pk, reason.name, reason.instructions, min(durations[pk]), max(durations[pk]))
        for pk, reason in reasons.items()
    ]


def offer_of(reason_id: int) -> Offer | None:
    """A reason with the calendars that offer it online; None when nobody does."""
    rows = list(
        _offers_online()
        .filter(reason_id=reason_id)
        .select_related("reason__unit__site", "calendar__practitioner")
        .order_by("calendar__position", "calendar__name", "calendar_id")
    )
    if not rows:
        return None
    reason = rows[0].reason
    calendars = tuple(CalendarOffer(row.calendar_id, _who(row.calendar)) for row in rows)
    return Offer(reason.pk, reason.name, reason.instructions, reason.duration, reason.horizon, reason.unit, calendars)


def people_offering(reason_id: int) -> list[CalendarOffer]:
    """The calendars that offer a reason online, in the order of ``offer_of``; empty when nobody does."""
    rows = _offers_online().filter(reason_id=reason_id).select_related("calendar__practitioner")
    rows = rows.order_by("calendar__position", "calendar__name", "calendar_id")
    return [CalendarOffer(row.calendar_id, _who(row.calendar)) for row in rows]


def _offers_online():
    return CalendarReason.objects.filter(calendar__is_active=True, calendar__is_online=True, reason__is_online=True)


def _units_online() -> set[int]:
    return set(_offers_online().values_list("reason__unit_id", flat=True).distinct())


def _who(calendar: Calendar) -> str:
    return str(calendar.practitioner) if calendar.practitioner_id else calendar.name


def _codes(calendars: Iterable[Calendar]) -> set[str]:
    return {calendar.practitioner.specialty for calendar in calendars if calendar.practitioner}


def _specialties(codes: set[str]) -> dict[str, str]:
    """Names of specialties; a reference table lives with the platform and is never joined."""
    return {code: str(specialty) for code, specialty in Specialty.objects.in_bulk(list(codes)).items()}


def _practitioners(
    calendars: Sequence[Calendar], specialties: dict[str, str], online: set[int]
) -> tuple[PractitionerCard, ...]:
    """Everyone with a calendar in a unit, once each, by surname."""
    people: dict[int, tuple[Practitioner, int | None]] = {}
    for calendar in calendars:
        person = calendar.practitioner
        if person is None:
            continue
        bookable = calendar.pk if calendar.is_online and calendar.unit_id in online else None
        people.setdefault(person.pk, (person, bookable))
    cards = [
        PractitionerCard(person.pk, str(person), specialties.get(person.specialty, ""), person.languages, calendar_id)
        for person, calendar_id in sorted(people.values(), key=lambda pair: (pair[0].last_name, pair[0].first_name))
    ]
    return tuple(cards)


def _hours_by_unit(calendars: Sequence[Calendar], today) -> dict[int, tuple[HoursLine, ...]]:
    """Opening hours in words, by unit: when at least one of its calendars is open on an ordinary week from today."""
    blocks = OpeningHours.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gte=today), valid_from__lte=today
    ).values_list("calendar_id", "weekday", "starts", "ends")
    unit_of_calendar = {calendar.pk: calendar.unit_id for calendar in calendars}
    by_unit: dict[int, set] = {}
    for calendar_id, weekday, starts, ends in blocks:
        if calendar_id in unit_of_calendar:
            by_unit.setdefault(unit_of_calendar[calendar_id], set()).add((weekday, starts, ends))
    return {unit: hours_in_words(found) for unit, found in by_unit.items()}
