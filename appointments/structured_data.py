"""What search engines read of a clinic's pages: schema.org as JSON-LD.

A data block is never executed, and browsers hold the Content-Security-Policy against scripts only.
"""

import json
from collections.abc import Iterable
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from accounts.models import Organisation, Site
from appointments.selectors.hours import Block
from appointments.selectors.public import OrganisationPage, PractitionerCard, UnitCard

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
KINDS = {"hospital": "Hospital", "practice": "MedicalClinic"}
# As Django's json_script: a value can neither end the element nor begin a comment.
ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


def data_block(data: dict[str, Any]) -> SafeString:
    """The element for the page's head; empty values are left out."""
    text = json.dumps({"@context": "https://schema.org", **_filled(data)}, ensure_ascii=False).translate(ESCAPES)
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(text))


def of_organisation(organisation: Organisation, page: OrganisationPage, *, url: str) -> dict[str, Any]:
    sites = [_address(site) for site in page.sites]
    return {
        **_clinic(organisation, url),
        "description": organisation.profile,
        "sameAs": organisation.website,
        "address": sites[0] if len(sites) == 1 else sites,
        "medicalSpecialty": sorted({unit.specialty for unit in page.units if unit.specialty}),
        "openingHoursSpecification": _hours(page.units[0].blocks) if page.hours else [],
        "department": [] if page.is_single else [{"@type": "MedicalClinic", "name": unit.name} for unit in page.units],
    }


def of_unit(organisation: Organisation, unit: UnitCard, *, url: str, home: str) -> dict[str, Any]:
    return {
        "@type": "MedicalClinic",
        "name": unit.name,
        "url": url,
        "telephone": unit.phone or organisation.phone,
        "address": _address(unit.site),
        "medicalSpecialty": unit.specialty,
        "openingHoursSpecification": _hours(unit.blocks),
        "knowsLanguage": unit.languages.split(),
        "parentOrganization": _clinic(organisation, home),
    }


def of_practitioner(
    organisation: Organisation, person: PractitionerCard, units: Iterable[UnitCard], *, url: str, home: str
) -> dict[str, Any]:
    """A physician's place of work, as schema.org understands Physician."""
    return {
        "@type": "Physician",
        "name": person.name,
        "url": url,
        "telephone": organisation.phone,
        "address": [_address(site) for site in {unit.site.pk: unit.site for unit in units}.values()],
        "medicalSpecialty": person.specialty,
        "knowsLanguage": person.languages.split(),
        "parentOrganization": _clinic(organisation, home),
    }


def _clinic(organisation: Organisation, url: str) -> dict[str, Any]:
    return {
        "@type": KINDS[organisation.kind],
        "name": organisation.name,
        "url": url,
        "telephone": organisation.phone,
    }


def _address(site: Site) -> dict[str, str]:
    return {
        "@type": "PostalAddress",
        "streetAddress": site.street,
        "postalCode": site.postal_code,
        "addressLocality": site.city,
        "addressCountry": "DE",
    }


def _hours(blocks: Iterable[Block]) -> list[dict[str, Any]]:
    """One entry for each block of the day, with all weekdays on which it is open."""
    days: dict[tuple[str, str], list[str]] = {}
    for weekday, starts, ends in blocks:
        days.setdefault((f"{starts:%H:%M}", f"{ends:%H:%M}"), []).append(DAYS[weekday - 1])
    return [
        {"@type": "OpeningHoursSpecification", "dayOfWeek": names, "opens": opens, "closes": closes}
        for (opens, closes), names in sorted(days.items())
    ]


def _filled(data: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if value not in ("", [], {}, None)}
