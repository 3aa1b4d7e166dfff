"""An account's own rows: its owner and relatives, what the owner agreed to, the clinics they go to."""

from datetime import date, datetime
from uuid import UUID

from django.db import InterfaceError, OperationalError

from accounts import links
from accounts.consents import VERSIONS
from accounts.enums import ConsentPurpose, Sex
from accounts.models import AccountConsent, ClinicLink, Organisation, Person, TermsAcceptance, Unlinking
from accounts.selectors import PersonView, linked_clinics, owner_person, person_view
from crypto import keyring
from doctolib import prepared
from doctolib.tenancy.scopes import patient_scope, person_scope

LINK = """
INSERT INTO accounts_cliniclink (account_id, person_id, organisation_id)
SELECT account_id, id, $2 FROM accounts_person WHERE {condition}
ON CONFLICT ON CONSTRAINT clinic_link_once DO NOTHING"""
TERMS = "terms"  # the document's name in TermsAcceptance
MOST_RELATIVES = 10


class RelativeRefused(Exception):
    """A change of the account's relatives that cannot be made."""


class NoSuchRelative(RelativeRefused):
    """The account has no relative with this id."""


class TooManyRelatives(RelativeRefused):
    """The account has as many relatives as it may have."""


class HasAppointments(RelativeRefused):
    """The relative has coming appointments at this clinic."""

    def __init__(self, clinic: str) -> None:
        super().__init__(clinic)
        self.clinic = clinic


class ClinicAway(RelativeRefused):
    """A clinic that may know the relative cannot be asked right now."""

    def __init__(self, clinic: str) -> None:
        super().__init__(clinic)
        self.clinic = clinic


def create_owner(
    *,
    account_id: UUID,
    first_name: str,
    last_name: str,
    birth_date: date,
    terms_version: str,
    terms_accepted_at: datetime,
    sex: str = Sex.UNKNOWN,
) -> UUID:
    """Make the account's owner, with the terms they accepted, and return the person's id.

    May be run again: the account keeps one owner, with the details of the last call. Enters the account's own scope.
    """
    identity = _identity(first_name, last_name, birth_date, sex)
    keyring.warm(keyring.PLATFORM_OWNER)
    with person_scope(account_id):
        # Unique constraints keep one owner and one acceptance of each version.
        person, created = Person.objects.get_or_create(
            account_id=account_id, is_owner=True, defaults={"identity": identity}
        )
        if not created:
            person.identity = identity
            person.save(update_fields=["identity"])
        TermsAcceptance.objects.get_or_create(
            account_id=account_id,
            document=TERMS,
            version=terms_version,
            defaults={"accepted_at": terms_accepted_at},
        )
    return person.pk


def add_relative(
    account_id: UUID, *, first_name: str, last_name: str, birth_date: date, sex: str = Sex.UNKNOWN
) -> UUID:
    """Make a relative and return the person's id; the same details again are the same person.

    Enters the account's own scope. Raises TooManyRelatives, NoSuchRelative when the account has no owner.
    """
    identity = _identity(first_name, last_name, birth_date, sex)
    keyring.warm(keyring.PLATFORM_OWNER)
    with person_scope(account_id):
        # Whoever adds to an account queues at its owner's row: of two clicks one finds the other's relative.
        if not Person.objects.select_for_update().filter(is_owner=True):
            raise NoSuchRelative
        relatives = list(Person.objects.filter(is_owner=False))
        for relative in relatives:
            if _same(relative.identity, identity):
                return relative.pk
        if len(relatives) >= MOST_RELATIVES:
            raise TooManyRelatives
        return Person.objects.create(identity=identity).pk


def change_relative(
    account_id: UUID, person_id: UUID, *, first_name: str, last_name: str, birth_date: date, sex: str
) -> None:
    """Correct a relative's details. What clinics have already stays as it is there. Raises NoSuchRelative."""
    keyring.warm(keyring.PLATFORM_OWNER)
    with person_scope(account_id):
        relative = _relative(person_id)
        relative.identity = _identity(first_name, last_name, birth_date, sex)
        relative.save(update_fields=["identity"])


def remove_relative(account_id: UUID, person_id: UUID, *, now: datetime) -> None:
    """Remove a relative; clinics keep their records, without the tie to this account (services.deletion).

    Raises NoSuchRelative, HasAppointments, ClinicAway.
    """
    with person_scope(account_id):
        _relative(person_id)
    clinic_ids = [organisation for person, organisation in linked_clinics(account_id) if person == person_id]
    for clinic in Organisation.objects.filter(pk__in=clinic_ids):
        try:
            with patient_scope(clinic, person_id):
                ahead = links.has_coming(person_id, now=now)
        except (OperationalError, InterfaceError):
            raise ClinicAway(clinic.name) from None
        if ahead:
            raise HasAppointments(clinic.name)
    with person_scope(account_id):
        relative = _relative(person_id, lock=True)  # a link needs its person: from here on there are no new ones
        linked = relative.clinics.values_list("organisation_id", flat=True)
        # Written first, on the other connection: broken off in between, the person is removed on the next try.
        Unlinking.objects.create(
            account_id=account_id,
            is_whole_account=False,
            links=[[str(person_id), str(organisation)] for organisation in linked],
            requested_at=now,
        )
        relative.delete()


def link_clinic(account_id: UUID, person_id: UUID, organisation_id: UUID) -> None:
    """Remember that this person has something at this clinic. May be run again. Enters the account's own scope."""
    with person_scope(account_id):
        _linked("id = $3", account_id, organisation_id, person_id)


def link_person(account_id: UUID, person_id: UUID, organisation_id: UUID) -> PersonView | None:
    """As ``link_clinic``, for one person of the account, who is returned; None when there is no such person."""
    return _link_first("id = $3", account_id, organisation_id, person_id)


def link_owner(account_id: UUID, organisation_id: UUID) -> PersonView | None:
    """As ``link_person``, for the account's owner; None while a sign-up is not finished."""
    return _link_first("is_owner", account_id, organisation_id)


def give_consent(account_id: UUID, purpose: ConsentPurpose, *, now: datetime) -> None:
    """The owner allows something, on today's text. Given already: nothing changes."""
    with person_scope(account_id):
        # The unique constraint keeps one in force.
        AccountConsent.objects.get_or_create(
            account_id=account_id,
            purpose=purpose,
            withdrawn_at=None,
            defaults={"version": VERSIONS[purpose], "given_at": now},
        )


def withdraw_consent(account_id: UUID, purpose: ConsentPurpose, *, now: datetime) -> None:
    """From now on not allowed; the row stays and says from when until when it was."""
    with person_scope(account_id):
        AccountConsent.objects.filter(purpose=purpose, withdrawn_at=None).update(withdrawn_at=now)


def remove_all(account_id: UUID) -> None:
    """Take away all rows of an account: it never came to be, or is gone."""
    with person_scope(account_id):
        for model in (ClinicLink, TermsAcceptance, AccountConsent, Person):
            model.objects.filter(account_id=account_id).delete()


def _relative(person_id: UUID, *, lock: bool = False) -> Person:
    persons = Person.objects.select_for_update() if lock else Person.objects
    relative = persons.filter(pk=person_id, is_owner=False).first()
    if relative is None:
        raise NoSuchRelative
    return relative


def _link_first(condition: str, account_id: UUID, *parameters: UUID) -> PersonView | None:
    keyring.warm(keyring.PLATFORM_OWNER)
    with person_scope(account_id):
        person = _linked(condition, account_id, *parameters)
        return person_view(person) if person else None


def _linked(condition: str, *parameters: UUID) -> Person | None:
    """The person, linked to the clinic in the same statement, the last of the scope. ``parameters``: account,
    organisation, what is asked."""
    condition = f"account_id = $1 AND {condition}"
    return prepared.first(Person, condition, parameters, besides=LINK.format(condition=condition), ends=True)


def _identity(first_name: str, last_name: str, birth_date: date, sex: str) -> dict[str, str]:
    return {"first_name": first_name, "last_name": last_name, "birth_date": birth_date.isoformat(), "sex": str(sex)}


def _same(one: dict[str, str], other: dict[str, str]) -> bool:
    """One person typed twice: the sex is optional and tells nobody apart."""
    return all(one[part].casefold() == other[part].casefold() for part in ("first_name", "last_name", "birth_date"))


__all__ = [
    "MOST_RELATIVES",
    "ClinicAway",
    "HasAppointments",
    "NoSuchRelative",
    "PersonView",
    "RelativeRefused",
    "TooManyRelatives",
    "add_relative",
    "change_relative",
    "create_owner",
    "give_consent",
    "link_clinic",
    "link_owner",
    "link_person",
    "linked_clinics",
    "owner_person",
    "remove_all",
    "remove_relative",
    "withdraw_consent",
]
