"""An organisation's patient records."""

import uuid

from django.db import models
from django.db.models import Q

from crypto.fields import SealedJSONField
from doctolib.tenancy.models import TenantForeignKey, TenantModel
from patients.enums import (
    Channel,
    ConsentSource,
    ContactPurpose,
    DocumentKind,
    DocumentOrigin,
    DocumentState,
    TokenKind,
)


class Patient(TenantModel):
    """One patient's record at one organisation.

    Fields that are shown together are one sealed value. ``person_id`` links the record to a patient account's person,
    who may then read it in a patient scope.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person_id = models.UUIDField(null=True, blank=True)
    # {"title", "first_name", "last_name", "birth_date" (ISO 8601), "sex"}
    name = SealedJSONField(label="patients.patient.name")
    # {"phone" (E.164), "email", "street", "postal_code", "city"}
    contact = SealedJSONField(label="patients.patient.contact")
    # {"kind" (enums.Insurance), "insurer", "number"}
    insurance = SealedJSONField(label="patients.patient.insurance", null=True)
    language = models.CharField(max_length=2, default="de")
    # Someone with this name and birth date booked online, but the record's own phone or e-mail did not agree.
    is_blocked_online = models.BooleanField(default=False)  # by the clinic: may only book by phone
    possible_duplicate_of = models.UUIDField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["organisation_id", "person_id"], name="patient_of_person"),
            models.Index(fields=["organisation_id", "created_at"], name="patient_by_age"),
        ]


class PatientToken(TenantModel):
    """A keyed blind token of a patient: found by equality, readable by nobody. No time of creation on purpose."""

    patient = TenantForeignKey(Patient, models.CASCADE, related_name="tokens")
    kind = models.PositiveSmallIntegerField(choices=TokenKind.choices)
    token = models.BinaryField()
    key_version = models.PositiveIntegerField(default=1)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["organisation_id", "kind", "token"], name="patient_token_lookup"),
            models.Index(fields=["organisation_id", "patient"], name="patient_token_of_patient"),
        ]


class Document(TenantModel):
    """A file about a patient, from the patient or from the clinic. The storage holds its ciphertext (crypto.files)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = TenantForeignKey(Patient, models.PROTECT, related_name="documents")
    person_id = models.UUIDField(null=True, blank=True, help_text="The patient account's person who may see it.")
    # Which visit it is for, if any. A plain id: appointments are a higher room.
    appointment_id = models.UUIDField(null=True, blank=True)
    kind = models.CharField(max_length=8, choices=DocumentKind.choices)
    origin = models.CharField(max_length=7, choices=DocumentOrigin.choices)
    state = models.CharField(max_length=7, choices=DocumentState.choices)
    # {"name", "type" (MIME), "size" (bytes)}
    details = SealedJSONField(label="patients.document.details")
    file_key = models.BinaryField()  # wrapped by the clinic's file key: without this row the file never opens again
    storage_name = models.CharField(max_length=80)  # random
    uploaded_by = models.UUIDField(null=True, blank=True, help_text="The professional, of what is from the clinic.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["organisation_id", "patient", "created_at"], name="document_of_patient"),
            models.Index(
                fields=["organisation_id", "person_id", "created_at"],
                name="document_of_person",
                condition=Q(person_id__isnull=False),
            ),
            models.Index(
                fields=["organisation_id", "appointment_id"],
                name="document_of_appointment",
                condition=Q(appointment_id__isnull=False),
            ),
            models.Index(
                fields=["organisation_id", "created_at"], name="document_waiting", condition=Q(state="waiting")
            ),
        ]
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation_id", "storage_name"], name="document_has_own_file"),
        ]


class PatientConsent(TenantModel):
    """A patient allows one purpose by one channel. Withdrawn ones stay: they say until when it was allowed."""

    patient = TenantForeignKey(Patient, models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=8, choices=ContactPurpose.choices)
    channel = models.CharField(max_length=5, choices=Channel.choices)
    source = models.CharField(max_length=7, choices=ConsentSource.choices)
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["organisation_id", "patient", "purpose", "channel"],
                name="consent_in_force_once",
                condition=Q(withdrawn_at__isnull=True),
            ),
        ]
