"""Give and withdraw consent. What is in force is looked up whenever a message is about to leave."""

from collections.abc import Collection
from datetime import datetime

from doctolib import audit
from patients.enums import Channel, ConsentSource, ContactPurpose
from patients.models import Patient, PatientConsent
from patients.selectors_consents import EVERY, Consent, consents_of, in_force


def set_consents(*, patient: Patient, wanted: Collection[Consent], source: ConsentSource, now: datetime) -> None:
    """Let exactly these be in force. What stays as it is keeps its day. Asked twice at once, each is given once."""
    given = consents_of(patient.pk)
    for consent in EVERY:
        if consent in wanted and consent not in given:
            row = PatientConsent(patient=patient, source=source, given_at=now, **consent._asdict())
            PatientConsent.objects.bulk_create([row], ignore_conflicts=True)
            audit.record("consent.given", patient, about=patient, details={**consent._asdict(), "source": source})
        elif consent in given and consent not in wanted:
            in_force(patient=patient, **consent._asdict()).update(withdrawn_at=now)
            audit.record("consent.withdrawn", patient, about=patient, details={**consent._asdict(), "source": source})


def give_consents(*, patient: Patient, more: Collection[Consent], source: ConsentSource, now: datetime) -> None:
    """Beside what they allow already."""
    set_consents(patient=patient, wanted=consents_of(patient.pk).union(more), source=source, now=now)


def withdraw_consents(*, patient: Patient, purpose: ContactPurpose, source: ConsentSource, now: datetime) -> None:
    """By all channels."""
    wanted = {consent for consent in consents_of(patient.pk) if consent.purpose != purpose}
    set_consents(patient=patient, wanted=wanted, source=source, now=now)


def withdraw_channel(*, patient: Patient, channel: Channel, source: ConsentSource, now: datetime) -> None:
    """For all purposes."""
    wanted = {consent for consent in consents_of(patient.pk) if consent.channel != channel}
    set_consents(patient=patient, wanted=wanted, source=source, now=now)
