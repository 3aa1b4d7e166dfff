"""An account's own rows: its owner, what the owner agreed to, the clinics they go to."""

from datetime import date, datetime
from uuid import UUID

from accounts.enums import Sex
from accounts.models import ClinicLink, Person, TermsAcceptance
from accounts.selectors import PersonView, linked_clinics, owner_here, owner_person
from crypto import keyring
from doctolib import prepared
from doctolib.tenancy.scopes import POOL, person_scope

__all__ = ["PersonView", "create_owner", "link_clinic", "link_owner", "linked_clinics", "owner_person", "remove_all"]

LINK = """
INSERT INTO accounts_cliniclink (account_id, person_id, organisation_id) VALUES ($1, $2, $3)
ON CONFLICT ON CONSTRAINT clinic_link_once DO NOTHING"""
TERMS = "terms"  # the document's name in TermsAcceptance


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
    identity = {
        "first_name": first_name,
        "last_name": last_name,
        "birth_date": birth_date.isoformat(),
        "sex": str(sex),
    }
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


def link_clinic(account_id: UUID, person_id: UUID, organisation_id: UUID) -> None:
    """Remember that this person has something at this clinic. May be run again. Enters the account's own scope."""
    with person_scope(account_id):
        prepared.rows(LINK, [account_id, person_id, organisation_id], using=POOL)


def link_owner(account_id: UUID, organisation_id: UUID) -> PersonView | None:
    """As ``link_clinic``, for the account's owner, who is returned; None while a sign-up is not finished."""
    keyring.warm(keyring.PLATFORM_OWNER)
    with person_scope(account_id):
        owner = owner_here()
        if owner:
            prepared.rows(LINK, [account_id, owner.id, organisation_id], using=POOL)
    return owner


def remove_all(account_id: UUID) -> None:
    """Take away the rows of an account that never came to be."""
    with person_scope(account_id):
        for model in (ClinicLink, TermsAcceptance, Person):
            model.objects.filter(account_id=account_id).delete()
