"""What an organisation shows to everybody: its units, people and hours, and what may be booked online.

Everything runs in a visitor scope (or any other scope of the organisation) and returns plain values, so that a page
can be rendered after the scope. The number of queries does not depend on the number of rows.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self
from zoneinfo import ZoneInfo

from django.db.models import F, Q
from psycopg.types.numeric import Int8

from accounts.models import Organisation, ProfileContent, Site, Specialty, Unit
from accounts.selectors_profile import Profiles, profiles
from appointments.enums import Audience
from appointments.models import Calendar, CalendarReason, OpeningHours, Question, VisitReason
from doctolib import prepared
from doctolib.tenancy.scopes import require_scope
from patients.enums import Insurance

from .arrival import Arrival, arrival_of
from .hours import Block, HoursLine, hours_in_words
from .preferences import Differing, Preference, differing_among

AGREEMENT = """
SELECT EXISTS (SELECT FROM retention_processingagreement
               WHERE valid_from <= $1::timestamptz AND (valid_until IS NULL OR valid_until > $1))"""


@dataclass(frozen=True, slots=True)
class PractitionerCard:
    id: int
    name: str
    specialty: str
    languages: str
    calendar_id: int | None  # to book with them; None when they are not booked online
    hours: tuple[HoursLine, ...]
    profile: ProfileContent | None = None


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
    blocks: tuple[Block, ...]  # the same hours for machines
    profile: ProfileContent | None = None
    arrival: tuple[Arrival, ...] = ()

    @property
    def languages(self) -> str:
        spoken = [self.profile.languages] if self.profile else []
        spoken += [person.languages for person in self.practitioners]
        return " ".join(sorted({code for codes in spoken for code in codes.split()}))


@dataclass(frozen=True, slots=True)
class OrganisationPage:
    sites: tuple[Site, ...]
    units: tuple[UnitCard, ...]
    hours: tuple[HoursLine, ...]  # of the house, when its units do not differ
    agreement: bool
    profile: ProfileContent | None = None
    arrival: tuple[Arrival, ...] = ()

    @property
    def languages(self) -> str:
        """Of the house, and of everybody where it has one unit alone."""
        spoken = [self.profile.languages] if self.profile else []
        spoken += [unit.languages for unit in self.units if self.is_single]
        return " ".join(sorted({code for codes in spoken for code in codes.split()}))

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
    rules: VisitReason  # who may book it

    @property
    def asks(self) -> set[str]:
        """What somebody must say before it is known whether they may book it: ``insurance``, ``known`` (been here)."""
        rules = self.rules
        by_insurance = rules.price is not None or set(rules.insurances) != set(Insurance.values)
        by_visits = rules.audience != Audience.ANYONE or rules.seen_within is not None
        return {name for name, counts in (("insurance", by_insurance), ("known", by_visits)) if counts}


@dataclass(frozen=True, slots=True)
class CalendarOffer:
    """A calendar in which a reason may be booked online; ``duration`` in minutes. Sex and languages are those of its
    practitioner, empty without one."""

    id: int
    who: str
    duration: int
    sex: str = ""
    languages: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """A reason and everyone with whom it may be booked online."""

    id: int
    name: str
    instructions: str
    duration: int
    unit: Unit
    calendars: tuple[CalendarOffer, ...]
    rules: VisitReason

    def who(self, calendar_id: int) -> str:
        return next((calendar.who for calendar in self.calendars if calendar.id == calendar_id), "")

    def with_those(self, preference: Preference) -> Self:
        """With those alone who suit; perhaps with nobody."""
        suiting = (each for each in self.calendars if preference.suits(each.sex, each.languages))
        return replace(self, calendars=tuple(suiting))

    @property
    def differing(self) -> Differing:
        """What can be preferred among its people."""
        return differing_among((each.sex, each.languages) for each in self.calendars)


def agreement_in_force(now: datetime) -> bool:
    """Whether the current organisation has a processing agreement: without one the database refuses bookings.

    The agreement belongs to a higher room; here it is only asked whether a row is there.
    """
    return prepared.rows(AGREEMENT, [now], using=require_scope().database)[0][0]


def organisation_page(organisation: Organisation, *, now: datetime, drafts: bool = False) -> OrganisationPage:
    """Everything the organisation's own page shows. With ``drafts`` (in the organisation's scope) profiles are as they
    would be when everything was published."""
    today = now.astimezone(ZoneInfo(organisation.time_zone)).date()
    units = list(Unit.objects.select_related("site"))
    calendars = list(Calendar.objects.filter(is_active=True).select_related("practitioner"))
    specialties = _specialties({unit.specialty for unit in units} | _codes(calendars))
    blocks = _blocks_by_calendar([calendar.pk for calendar in calendars], today)
    online = _units_online()
    shown = profiles(drafts=drafts)
    cards = tuple(
        UnitCard(
            slug=unit.slug,
            name=unit.name,
            specialty=specialties.get(unit.specialty, ""),
            phone=unit.phone,
            site=unit.site,
            is_online=unit.pk in online,
            practitioners=_practitioners(
                [c for c in calendars if c.unit_id == unit.pk], specialties, online, blocks, shown
            ),
            hours=hours_in_words(open_at := _together(blocks, [c.pk for c in calendars if c.unit_id == unit.pk])),
            blocks=open_at,
            profile=shown.unit(unit.pk),
            arrival=arrival_of(shown.unit(unit.pk), shown.clinic),
        )
        for unit in units
    )
    kinds = {card.hours for card in cards if card.hours}
    return OrganisationPage(
        sites=tuple({unit.site_id: unit.site for unit in units}.values()),
        units=cards,
        hours=kinds.pop() if len(kinds) == 1 else (),
        agreement=agreement_in_force(now),
        profile=shown.clinic,
        arrival=arrival_of(shown.clinic),
    )


def unit_of(slug: str, *, reason_id: int | None = None) -> Unit | None:
    """The unit with this slug; with no slug, that of the reason, or the only unit of the organisation."""
    units = Unit.objects.select_related("site")
    if slug:
        return units.filter(slug=slug).first()
    if reason_id is not None:
        return units.filter(reasons=reason_id).first()
    found = list(units[:2])
    return found[0] if len(found) == 1 else None


def reasons_offered(unit: Unit, *, calendar_id: int | None = None, invited: Collection[int] = ()) -> list[ReasonOffer]:
    """The reasons of a unit (or of one of its calendars) that may be booked online, in the unit's order.

    What can only be booked as a follow-up is not for the public: it is there for who is ``invited`` (ids of reasons).
    """
    offers = _offers_online().filter(public_reasons() | Q(reason__in=invited), reason__unit=unit)
    if calendar_id is not None:
        offers = offers.filter(calendar_id=calendar_id)
    durations: dict[int, list[int]] = {}
    reasons: dict[int, VisitReason] = {}
    for offer in offers.select_related("reason").order_by("reason__position", "reason__name_de", "reason_id"):
        reasons[offer.reason_id] = offer.reason
        durations.setdefault(offer.reason_id, []).append(offer.duration or offer.reason.duration)
    return [
        ReasonOffer(reason.pk, reason.name, reason.instructions, min(durations[pk]), max(durations[pk]), reason)
        for pk, reason in reasons.items()
    ]


# What offers a reason ($1) online, how long it takes there, and the site of its unit.
OFFERING = """
this.kind = 'calendar' AND this.is_active AND this.is_online
AND this.id IN (SELECT calendar_id FROM appointments_calendarreason WHERE reason_id = $1)
ORDER BY this.position, this.name, this.id"""
MINUTES = """
(SELECT offer.duration FROM appointments_calendarreason AS offer
 WHERE offer.calendar_id = this.id AND offer.reason_id = $1)"""
SITE = """
id = (SELECT unit.site_id FROM appointments_visitreason AS reason JOIN accounts_unit AS unit ON unit.id = reason.unit_id
      WHERE reason.id = $1)"""


def offer_of(reason_id: int) -> Offer | None:
    """A reason with the calendars that offer it online; None when nobody does. One message to the database."""
    asked: list[Any] = [Int8(reason_id)]
    reasons = prepared.ask_for(VisitReason, "this.id = $1 AND this.is_online", asked, related="unit")
    sites = prepared.ask_for(Site, SITE, asked)
    told = (("offered", MINUTES),)
    calendars = prepared.fetch(Calendar, OFFERING, asked, related="practitioner", told=told)
    reason = reasons.first()
    if reason is None or not calendars:
        return None
    reason.unit.site = sites.first()
    offers = tuple(_calendar_offer(calendar, calendar.offered or reason.duration) for calendar in calendars)
    return Offer(reason.pk, reason.name, reason.instructions, reason.duration, reason.unit, offers, reason)


def questions_of(reason_id: int) -> list[Question]:
    """What the clinic asks whoever books for a reason, in its order."""
    return list(Question.objects.filter(reason_id=reason_id))


def calendars_offering(reason_id: int, preference: Preference) -> list[int]:
    """The calendars in which a reason may be booked online with those who suit, in the order of ``offer_of``."""
    offer = offer_of(reason_id)
    return [each.id for each in offer.with_those(preference).calendars] if offer else []


def public_reasons(path: str = "reason__") -> Q:
    """Reasons that stand in public lists; ``path`` leads to the reason."""
    return Q(**{f"{path}only_as_follow_up": False})


def _offers_online():
    return CalendarReason.objects.filter(calendar__is_active=True, calendar__is_online=True, reason__is_online=True)


def _units_online() -> set[int]:
    return set(_offers_online().filter(public_reasons()).values_list("reason__unit_id", flat=True).distinct())


def _calendar_offer(calendar: Calendar, minutes: int) -> CalendarOffer:
    person = calendar.practitioner
    sex, languages = (person.sex, person.languages) if person else ("", "")
    return CalendarOffer(calendar.pk, _who(calendar), minutes, sex, languages)


def _who(calendar: Calendar) -> str:
    return str(calendar.practitioner) if calendar.practitioner_id else calendar.name


def _codes(calendars: Iterable[Calendar]) -> set[str]:
    return {calendar.practitioner.specialty for calendar in calendars if calendar.practitioner}


def _specialties(codes: set[str]) -> dict[str, str]:
    """Names of specialties; a reference table lives with the platform and is never joined."""
    return {code: str(specialty) for code, specialty in Specialty.objects.in_bulk(list(codes)).items()}


def _practitioners(
    calendars: Sequence[Calendar],
    specialties: dict[str, str],
    online: set[int],
    blocks: dict[int, set[Block]],
    shown: Profiles,
) -> tuple[PractitionerCard, ...]:
    """Everyone with a calendar in a unit, once each, by surname."""
    people: dict[int, list[Calendar]] = {}
    for calendar in calendars:
        if calendar.practitioner_id is not None:
            people.setdefault(calendar.practitioner_id, []).append(calendar)
    by_name = sorted(people.values(), key=lambda own: (own[0].practitioner.last_name, own[0].practitioner.first_name))
    return tuple(
        PractitionerCard(
            id=own[0].practitioner.pk,
            name=str(own[0].practitioner),
            specialty=specialties.get(own[0].practitioner.specialty, ""),
            languages=own[0].practitioner.languages,
            calendar_id=next((c.pk for c in own if c.is_online and c.unit_id in online), None),
            hours=hours_in_words(_together(blocks, [calendar.pk for calendar in own])),
            profile=shown.person(own[0].practitioner.pk),
        )
        for own in by_name
    )


def _blocks_by_calendar(calendar_ids: Sequence[int], today) -> dict[int, set[Block]]:
    """When each calendar is open in an ordinary week from today: not on single days, not every other week."""
    blocks = (
        OpeningHours.objects.filter(
            Q(valid_until__isnull=True) | Q(valid_until__gte=today), valid_from__lte=today, every_weeks=1
        )
        .exclude(valid_until=F("valid_from"))
        .values_list("calendar_id", "weekday", "starts", "ends")
    )
    found: dict[int, set[Block]] = {calendar_id: set() for calendar_id in calendar_ids}
    for calendar_id, *block in blocks:
        if calendar_id in found:
            found[calendar_id].add(tuple(block))
    return found


def _together(blocks: dict[int, set[Block]], calendar_ids: Iterable[int]) -> tuple[Block, ...]:
    """The hours of some calendars: open when at least one of them is."""
    return tuple(sorted(set().union(*(blocks[calendar_id] for calendar_id in calendar_ids))))
