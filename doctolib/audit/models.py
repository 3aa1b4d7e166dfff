"""The audit trail of one organisation. Runtime roles insert and select; nobody changes a row."""

import os
import uuid

from django.db import models
from django.utils import timezone

from doctolib.ids import uuid7
from doctolib.tenancy.models import TenantModel


def new_salt() -> bytes:
    return os.urandom(32)


class SubjectKey(TenantModel):
    """What the key of the personal details about one subject is derived from, beside the organisation's audit key.

    Destroyed on anonymisation: the trail stays, the details are gone. Worth nothing without the audit key, so every
    scope that writes the trail may use it, those that cannot open sealed fields too.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.CharField(max_length=60)
    salt = models.BinaryField(default=new_salt)
    key_version = models.PositiveIntegerField()  # of the audit key

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation_id", "subject"], name="audit_key_of_subject"),
        ]


class AuditEvent(TenantModel):
    """One thing done. Text identifiers instead of foreign keys: the trail outlives what it tells of."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    at = models.DateTimeField(default=timezone.now, editable=False)
    actor = models.CharField(max_length=60)
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=60)  # "appointment:<id>"
    about = models.CharField(max_length=60, blank=True)  # whose personal data it touches: "patient:<id>"
    request = models.CharField(max_length=64, blank=True)
    details = models.BinaryField(null=True)  # id of the SubjectKey of `about`, and what is sealed with it

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["organisation_id", "at"], name="audit_by_time"),
            models.Index(fields=["organisation_id", "subject"], name="audit_of_subject"),
        ]


class AuditSeal(TenantModel):
    """One link of the chain: HMAC over the previous link and the event. Sequence 0 is the checkpoint it starts at."""

    sequence = models.PositiveBigIntegerField()
    event_id = models.UUIDField(null=True)  # None: a checkpoint, which needs no link before it
    form = models.PositiveSmallIntegerField()  # which columns of the event are chained (sealing.FORMS)
    key_version = models.PositiveIntegerField()
    mac = models.BinaryField()
    sealed_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation_id", "sequence"], name="audit_seal_sequence"),
            models.UniqueConstraint(fields=["organisation_id", "event_id"], name="audit_seal_event"),
        ]
