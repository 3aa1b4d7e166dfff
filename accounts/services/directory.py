"""Publishing a clinic: its profile is copied to the directory, which the search over clinics reads."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from accounts.models import DirectoryEntry, Organisation, Specialty, Unit
from accounts.selectors_profile import Profiles, profiles
from accounts.words import SYNONYMS, professions, stored_words
from doctolib.outages import OUTAGES
from doctolib.tenancy.router import IDENTITY
from doctolib.tenancy.scopes import visitor_scope

logger = logging.getLogger(__name__)

KIND_WORDS = {"hospital": "Krankenhaus Klinik Klinikum hospital clinic", "practice": "Praxis Arztpraxis practice"}


@dataclass(frozen=True, slots=True)
class Offering:
    """What a higher room knows of a unit: who works there ([id, name]), in which languages, for which insurances."""

    people: tuple[tuple[int, str], ...] = ()
    languages: tuple[str, ...] = ()
    insurances: tuple[str, ...] = ()


_offerings: list[Callable[[], dict[int, Offering]]] = []


def register_offerings(by_unit: Callable[[], dict[int, Offering]]) -> None:
    """Name the function that knows the current organisation's units, by their ids (appointments does, at start)."""
    _offerings[:] = [by_unit]


def publish(organisation: Organisation) -> int:
    """Copy the clinic's profile to the directory, in place of what was there; returns how many units it now has.

    Reads as a visitor would, so nothing can get there that is not public. A clinic that is not published (as the
    database says, not the instance) leaves the directory. May be run again; two at once wait for each other.
    """
    with transaction.atomic(using=IDENTITY):
        locked = Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
        DirectoryEntry.objects.filter(organisation=locked).delete()
        entries = _entries(locked) if locked.is_published else []
        DirectoryEntry.objects.bulk_create(entries)
    return len(entries)


def publish_all() -> int:
    """Bring the whole directory up to date; returns its units. A clinic whose database is away keeps what was there."""
    count = 0
    for organisation in Organisation.objects.order_by("slug"):
        try:
            count += publish(organisation)
        except OUTAGES as error:
            logger.warning("directory: %s not published, %s", organisation.slug, type(error).__name__)
    return count


def withdraw(organisation: Organisation) -> int:
    """Take the clinic out of the directory; returns how many units were there."""
    return DirectoryEntry.objects.filter(organisation=organisation).delete()[0]


def _entries(organisation: Organisation) -> list[DirectoryEntry]:
    with visitor_scope(organisation):
        units = list(Unit.objects.select_related("site"))
        offerings = _offerings[0]() if _offerings else {}
        shown = profiles()
    specialties = Specialty.objects.in_bulk([unit.specialty for unit in units])
    return [
        _entry(
            organisation,
            unit,
            specialties.get(unit.specialty) or Specialty(code=unit.specialty),
            offerings.get(unit.pk, Offering()),
            spoken=_spoken(shown, unit),
            is_only=len(units) == 1,
        )
        for unit in units
    ]


def _spoken(shown: Profiles, unit: Unit) -> set[str]:
    """The languages that the profiles of the clinic and of the unit name."""
    named = [profile for profile in (shown.clinic, shown.unit(unit.pk)) if profile]
    return {code for profile in named for code in profile.languages.split()}


def _entry(
    organisation: Organisation, unit: Unit, specialty: Specialty, offering: Offering, *, spoken: set[str], is_only: bool
) -> DirectoryEntry:
    site = unit.site
    return DirectoryEntry(
        organisation=organisation,
        unit_slug=unit.slug,
        unit_de=unit.name_de,
        unit_en=unit.name_en,
        position=unit.position,
        is_only=is_only,
        specialty=unit.specialty,
        specialty_de=specialty.name_de,
        specialty_en=specialty.name_en,
        phone=unit.phone or organisation.phone,
        street=site.street,
        postal_code=site.postal_code,
        city=site.city,
        federal_state=organisation.federal_state,
        access_de=site.access_de,
        access_en=site.access_en,
        languages=sorted({*offering.languages, *spoken}),
        insurances=list(offering.insurances),
        people=[list(person) for person in offering.people],
        words=stored_words(
            organisation.name,
            unit.name_de,
            unit.name_en,
            specialty.name_de,
            specialty.name_en,
            *professions(specialty.name_de, specialty.name_en),
            SYNONYMS.get(unit.specialty, ""),
            KIND_WORDS.get(organisation.kind, ""),
            *(name for _id, name in offering.people),
            site.city,  # many write all in one field
        ),
        place_words=stored_words(site.city, organisation.get_federal_state_display()),
        published_at=timezone.now(),
    )
