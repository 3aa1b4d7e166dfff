"""What a patient allows a clinic to write to them for. In the clinic's scope, or in the patient's own."""

from typing import NamedTuple
from uuid import UUID

from django.db.models import QuerySet

from patients.enums import Channel, ContactPurpose
from patients.models import PatientConsent


class Consent(NamedTuple):
    purpose: str  # enums.ContactPurpose
    channel: str  # enums.Channel


EVERY = tuple(Consent(purpose.value, channel.value) for purpose in ContactPurpose for channel in Channel)


def in_force(**conditions: object) -> QuerySet[PatientConsent]:
    return PatientConsent.objects.filter(withdrawn_at=None, **conditions)


def consents_of(patient_id: UUID) -> frozenset[Consent]:
    return frozenset(Consent(*row) for row in in_force(patient=patient_id).values_list("purpose", "channel"))


def channels_for(patient_id: UUID, purpose: ContactPurpose) -> frozenset[str]:
    """The channels by which they allow this just now."""
    return frozenset(consent.channel for consent in consents_of(patient_id) if consent.purpose == purpose)
