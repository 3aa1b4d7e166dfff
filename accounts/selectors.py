"""What screens and other apps read of an account."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from accounts.enums import Sex
from accounts.models import ClinicLink, Person, Specialty, User
from crypto import keyring
from doctolib import prepared
from doctolib.tenancy.scopes import person_scope, require_scope


@dataclass(frozen=True, slots=True, repr=False)  # a traceback shows no name
class PersonView:
    id: UUID
    first_name: str
    last_name: str
    birth_date: date
    sex: str


@dataclass(frozen=True, slots=True, repr=False)
class Contact:
    email: str
    phone: str  # E.164; empty where none is kept
    first_name: str = ""  # professionals
    last_name: str = ""


def owner_person(account_id: UUID) -> PersonView | None:
    """The account's owner; None while a sign-up is not finished. Enters the account's own scope."""
    keyring.warm(keyring.PLATFORM_OWNER)
    with person_scope(account_id):
        return owner_here()


def owner_here() -> PersonView | None:
    """The owner of the account whose scope this is."""
    person = prepared.first(Person, "account_id = $1 AND is_owner", [require_scope("person").account_id])
    if person is None:
        return None
    identity = person.identity
    return PersonView(
        person.id,
        identity["first_name"],
        identity["last_name"],
        date.fromisoformat(identity["birth_date"]),
        identity.get("sex", Sex.UNKNOWN),
    )


def linked_clinics(account_id: UUID) -> list[tuple[UUID, UUID]]:
    """Person and organisation of each clinic where someone of this account has, or had, something."""
    with person_scope(account_id):
        links = ClinicLink.objects.filter(account_id=account_id).order_by("pk")
        return list(links.values_list("person_id", "organisation_id"))


def contact_of(user: User) -> Contact:
    """How to reach an account. Lends itself the platform's keys for just this."""
    with keyring.platform_keys():
        contact = user.contact
    return Contact(
        contact["email"], contact.get("phone", ""), contact.get("first_name", ""), contact.get("last_name", "")
    )


def specialties() -> list[Specialty]:
    """All specialties that may be chosen, in the order of their German names."""
    return list(Specialty.objects.filter(is_deprecated=False))
