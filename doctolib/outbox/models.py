"""Messages on their way out: queue columns without personal data, and a payload sealed in its owner's scope."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from crypto.fields import SealedJSONField
from doctolib.ids import uuid7
from doctolib.outbox.enums import OPEN, MessageStatus, Outcome, Priority
from doctolib.tenancy.classes import TableClass
from doctolib.tenancy.models import TenantModel


class QueuedMessage(models.Model):
    """The queue's columns. The dispatcher's role may read these and no payload."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=40)
    about = models.CharField(max_length=60)  # id of what the message is derived from at sending time
    status = models.CharField(max_length=8, choices=MessageStatus.choices, default=MessageStatus.WAITING)
    priority = models.PositiveSmallIntegerField(choices=Priority.choices, default=Priority.SOON)
    due_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)  # begun, whether they ended or not
    # Whose turn it is: whoever knows this very instant holds the lease (dispatching).
    leased_until = models.DateTimeField(null=True)
    parts_sent = models.CharField(max_length=60, blank=True)  # "sms email": what left the house before a part failed
    # The part that is being handed over just now. With a lease that has run out: nobody knows whether it left.
    sending = models.CharField(max_length=20, blank=True)
    provider_id = models.CharField(max_length=64, blank=True)  # of the last SMS, at its provider
    outcome = models.CharField(max_length=9, choices=Outcome.choices, blank=True)  # of the last SMS
    problem = models.CharField(max_length=60, blank=True)  # the type of the last error, never its text
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.kind} {str(self.pk)[:8]}"


class OutboxMessage(TenantModel, QueuedMessage):
    """A message of an organisation."""

    payload = SealedJSONField(label="outbox.message.payload", null=True)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["priority", "due_at"], name="outbox_due", condition=Q(status__in=OPEN)),
            models.Index(fields=["organisation_id", "about"], name="outbox_about"),
        ]


class PlatformMessage(QueuedMessage):
    """A message of the platform itself: sign-up codes, account mails."""

    table_class = TableClass.IDENTITY

    payload = SealedJSONField(label="outbox.platformmessage.payload", null=True)

    class Meta:
        indexes = [
            models.Index(fields=["priority", "due_at"], name="platform_outbox_due", condition=Q(status__in=OPEN))
        ]


class PhoneMessage(models.Model):
    """What the development phone page shows: an SMS or e-mail that would have left the house. Sealed like anything."""

    table_class = TableClass.IDENTITY

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    channel = models.CharField(max_length=5)
    message = SealedJSONField(label="outbox.phonemessage.message")  # {"to", "subject", "body", "html"}
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="phone_by_time")]
