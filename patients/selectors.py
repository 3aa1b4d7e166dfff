"""What screens read of patient records. Everything runs in an organisation scope."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

import phonenumbers
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise

from accounts.enums import Sex
from accounts.models import User
from crypto import keyring
from doctolib.tenancy.models import scope_organisation_id
from patients.enums import Insurance
from patients.models import Patient
from patients.rules import may_open_patients


def visible_patients(user: User) -> QuerySet[Patient]:
    """The records of the scope's organisation, if the user may open them."""
    organisation_id = scope_organisation_id()
    if not may_open_patients(user, organisation_id):
        return Patient.objects.none()
    return Patient.objects.filter(organisation_id=organisation_id)


class Name(NamedTuple):
    """A patient's name and birth date (ISO 8601, empty when not known)."""

    last: str
    first: str
    title: str
    birth_date: str

    @property
    def sorted(self) -> str:
        """As lists and cards show it: surname first."""
        return f"{self.last}, {self.first}" if self.first else self.last

    @property
    def full(self) -> str:
        return " ".join(filter(None, (self.title, self.first, self.last)))


def name_of(value: dict[str, str]) -> Name:
    """The name from what the sealed field holds."""
    get = value.get
    return Name(get("last_name", ""), get("first_name", ""), get("title", ""), get("birth_date", ""))


def open_names(sealed: Iterable[tuple[bytes, bytes]]) -> dict[bytes, Name]:
    """The names of many patients from raw rows (id as crypto.rows.RowId, ciphertext), each patient's opened once.

    For lists of thousands: no model instances. Raises KeyUnavailable, CannotOpen, KmsUnavailable.
    """
    field = Patient._meta.get_field("name")
    opened = keyring.open_many(dict(sealed), owner=scope_organisation_id(), label=field.label)
    return {patient_id: name_of(field.load(plaintext)) for patient_id, plaintext in opened.items()}


@dataclass(frozen=True, slots=True)
class PatientView:
    """A patient's record as pages show it. Contact and insurance parts are empty when not known."""

    id: UUID
    name: Name
    birth_date: date | None
    age: int | None  # whole years on the day asked for
    sex: str
    phone: str
    email: str
    street: str
    city: str  # with its postal code
    insurance: str
    insurer: str
    insurance_number: str
    possible_duplicate: bool


def patient_view(patient: Patient, *, today: date) -> PatientView:
    """Opens the record: name, contact, insurance."""
    name, contact, insurance = name_of(patient.name), patient.contact or {}, patient.insurance or {}
    born = _day(name.birth_date)
    sex = patient.name.get("sex", "")
    kind = insurance.get("kind", "")
    return PatientView(
        id=patient.pk,
        name=name,
        birth_date=born,
        age=_years(born, today) if born else None,
        sex=str(Sex(sex).label) if sex in Sex else "",
        phone=readable_phone(contact.get("phone", "")),
        email=contact.get("email", ""),
        street=contact.get("street", ""),
        city=f"{contact.get('postal_code', '')} {contact.get('city', '')}".strip(),
        insurance=str(Insurance(kind).label) if kind in Insurance else "",
        insurer=insurance.get("insurer", ""),
        insurance_number=insurance.get("number", ""),
        possible_duplicate=patient.possible_duplicate_of is not None,
    )


class Section(NamedTuple):
    """A part of the patient's card that a higher app adds."""

    name: str
    title: Promise | str
    template: str
    context: Callable[[HttpRequest, Patient], dict[str, Any]]
    position: int = 0


_sections: dict[str, Section] = {}


def register_section(section: Section) -> None:
    """Add a section to the card; called when the app that owns it is ready. The same name replaces it."""
    _sections[section.name] = section


def card_sections(request: HttpRequest, patient: Patient) -> list[dict[str, Any]]:
    """The registered sections with their context, by position, then in the order they were registered."""
    ordered = sorted(_sections.values(), key=lambda section: section.position)
    return [{"section": section, **section.context(request, patient)} for section in ordered]


def readable_phone(phone: str) -> str:
    """A number in groups of digits, with its country; as it is when it is none."""
    try:
        number = phonenumbers.parse(phone, "DE")
    except phonenumbers.NumberParseException:  # imported as it was
        return phone
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:  # imported as it was
        return None


def _years(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
