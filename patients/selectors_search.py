"""Find a record by what somebody types at the desk: a name, a birth date, a phone number. In an organisation scope.

A phone number is found by its blind token. Names have none on purpose (docs/encryption.md): the records are opened and
looked at one by one, which takes some 50 ms for 20,000 of them, and nothing opened is kept.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from crypto.normalise import bare_name, fold_name, name_parts, normalise_phone
from crypto.rows import RowId
from crypto.tokens import blind_token
from doctolib.tenancy.models import scope_organisation_id
from patients.enums import TokenKind
from patients.models import Patient, PatientToken

from .selectors import Name, name_of, open_names, readable_phone

SHOWN = 8
SHORTEST = 2  # letters
MOST_OPENED = 20_000  # the youngest records
DATE = re.compile(r"\b(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4}|\d{2})(?!\d)|\b(\d{4})-(\d{2})-(\d{2})\b")
PHONE = re.compile(r"[\d\s+/()\-.]{6,}")


@dataclass(frozen=True, slots=True)
class Match:
    id: UUID
    name: Name
    birth_date: date | None
    phone: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed, taken apart. ``names`` are folded parts."""

    names: tuple[str, ...] = ()
    born: str = ""  # ISO 8601
    phone: str = ""  # E.164

    @property
    def is_enough(self) -> bool:
        return bool(self.born or self.phone) or sum(map(len, self.names)) >= SHORTEST


def read_query(text: str, *, today: date) -> Asked:
    """``müller 3.4.85`` and ``0171 2345678``: parts of names, a birth date in German or ISO form, a phone number."""
    text = text.strip()
    if PHONE.fullmatch(text) and not DATE.fullmatch(text):
        try:
            return Asked(phone=normalise_phone(text))
        except ValueError:  # not whole yet
            return Asked()
    found = DATE.search(text)
    born = _birth_date(found, today) if found else ""
    rest = text[: found.start()] + " " + text[found.end() :] if found and born else text
    return Asked(tuple(name_parts(rest)), born)


def find_patients(asked: Asked, *, most: int = SHOWN) -> tuple[list[Match], bool]:
    """The records that fit, those whose surname begins as typed first; and whether there are more than ``most``."""
    if not asked.is_enough:
        return [], False
    ids = _by_phone(asked.phone) if asked.phone else _by_name(asked)
    return _matches(ids[:most]), len(ids) > most


def _by_phone(phone: str) -> list[UUID]:
    token = blind_token("phone", phone, owner=scope_organisation_id())
    found = PatientToken.objects.filter(kind=TokenKind.PHONE, token=token)
    return list(found.order_by("patient_id").values_list("patient_id", flat=True))


def _by_name(asked: Asked) -> list[UUID]:
    rows = Patient.objects.order_by("-created_at").values_list(RowId("pk"), "name")[:MOST_OPENED]
    names = open_names(rows.iterator(chunk_size=5000))
    fitting = [(pk, name) for pk, name in names.items() if _fits(name, asked)]
    first = asked.names[0] if asked.names else ""
    fitting.sort(key=lambda each: (not _folded(each[1].last).startswith(first), each[1].sorted.casefold(), each[0]))
    return [UUID(bytes=pk) for pk, _name in fitting]


def _fits(name: Name, asked: Asked) -> bool:
    if asked.born and name.birth_date != asked.born:
        return False
    if not asked.names:
        return True
    parts = [part for text in (name.last, name.first) for part in _parts(text)]
    return all(any(part.startswith(typed) for part in parts) for typed in asked.names)


def _parts(text: str) -> Iterable[str]:
    """Quick for the many names that need no folding."""
    if text.isascii():
        return re.split(r"[\s\-'.]+", text.casefold())
    return [*name_parts(text), *bare_name(text).replace("-", " ").split()]


def _folded(text: str) -> str:
    return text.casefold() if text.isascii() else fold_name(text)


def _matches(ids: list[UUID]) -> list[Match]:
    found = {patient.pk: patient for patient in Patient.objects.filter(pk__in=ids)}
    return [match_of(found[pk]) for pk in ids if pk in found]


def match_of(patient: Patient) -> Match:
    name = name_of(patient.name)
    try:
        born = date.fromisoformat(name.birth_date)
    except ValueError:  # imported as it was
        born = None
    return Match(patient.pk, name, born, readable_phone((patient.contact or {}).get("phone", "")))


def _birth_date(found: re.Match, today: date) -> str:
    """ISO 8601; empty when there is no such day. Two digits of a year are the last such year that has been."""
    day, month, year, *iso = found.groups()
    try:
        if year is None:
            return date(*map(int, iso)).isoformat()
        number = int(year)
        if len(year) == 2:
            number += 2000 if 2000 + number <= today.year else 1900
        return date(number, int(month), int(day)).isoformat()
    except ValueError:
        return ""
