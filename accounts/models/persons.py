"""What the platform keeps for a patient account: its persons, the clinics they go to, what they agreed to."""

import uuid

from django.db import models
from django.db.models import Q

from accounts.enums import ConsentPurpose
from crypto.fields import SealedJSONField
from doctolib.tenancy.models import PersonModel, TenantForeignKey


class Person(PersonModel):
    """The account's owner, or a relative they book for."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    is_owner = models.BooleanField(default=False)
    # {"first_name", "last_name", "birth_date" (ISO 8601), "sex"}
    identity = SealedJSONField(label="accounts.person.identity")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(PersonModel.Meta):
        constraints = [
            *PersonModel.Meta.constraints,
            models.UniqueConstraint(fields=["account_id"], condition=Q(is_owner=True), name="person_one_owner"),
        ]


class ClinicLink(PersonModel):
    """A person has, or had, something at this organisation: where to look for their appointments."""

    person = TenantForeignKey(Person, models.CASCADE, related_name="clinics")
    organisation_id = models.UUIDField()

    class Meta(PersonModel.Meta):
        constraints = [
            *PersonModel.Meta.constraints,
            models.UniqueConstraint(fields=["account_id", "person", "organisation_id"], name="clinic_link_once"),
        ]


class TermsAcceptance(PersonModel):
    """Which version of which document the account's owner accepted, and when."""

    document = models.CharField(max_length=20)
    version = models.CharField(max_length=20)
    accepted_at = models.DateTimeField()

    class Meta(PersonModel.Meta):
        constraints = [
            *PersonModel.Meta.constraints,
            models.UniqueConstraint(fields=["account_id", "document", "version"], name="terms_accepted_once"),
        ]


class AccountConsent(PersonModel):
    """What the account's owner chose to allow, on which text. Each giving is a row; withdrawing ends it."""

    purpose = models.CharField(max_length=30, choices=ConsentPurpose.choices)
    version = models.CharField(max_length=20)  # of the text (accounts.consents)
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta(PersonModel.Meta):
        constraints = [
            *PersonModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["account_id", "purpose"], condition=Q(withdrawn_at=None), name="account_consent_once"
            ),
        ]
