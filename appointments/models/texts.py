"""A clinic's own words for its messages, and notices beside reminders."""

from django.db import models
from django.db.models import Q

from appointments.enums import NoticeKind
from doctolib.tenancy.models import TenantForeignKey, TenantModel
from patients.enums import Channel

from .bookings import Appointment

CHECK_IN_MINUTES = (5, 240)


class MessageText(TenantModel):
    """The clinic's own text for one kind of message, way and language; without one the standard text is sent.

    No personal data: values come in when it is sent, for placeholders (appointments.text_kinds).
    """

    kind = models.CharField(max_length=40)
    channel = models.CharField(max_length=5, choices=Channel.choices)
    language = models.CharField(max_length=2)
    subject = models.CharField(max_length=150, blank=True, help_text="Of a mail.")
    body = models.TextField()

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["organisation_id", "kind", "channel", "language"], name="message_text_once"
            ),
            models.CheckConstraint(
                name="message_text_subject",
                condition=(Q(channel="email") & ~Q(subject="")) | (~Q(channel="email") & Q(subject="")),
            ),
        ]


class MessageSettings(TenantModel):
    """What a clinic decides about its messages, beside reminders. One row, or none: then the defaults count."""

    names_visit = models.BooleanField(default=False, help_text="Own texts may name reason and specialty.")
    check_in_minutes = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Before a visit, when patients are asked to check in; empty: never."
    )
    desk_de = models.CharField(max_length=80, blank=True, help_text="Where patients report.")
    desk_en = models.CharField(max_length=80, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation_id"], name="message_settings_once"),
            models.CheckConstraint(
                name="message_check_in",
                condition=Q(check_in_minutes__isnull=True)
                | (Q(check_in_minutes__range=CHECK_IN_MINUTES) & ~Q(desk_de="")),
            ),
        ]


class Notice(TenantModel):
    """A notice was queued about an appointment at this time: the outbox's message is about this row."""

    kind = models.CharField(max_length=9, choices=NoticeKind.choices)
    appointment = TenantForeignKey(Appointment, models.CASCADE, related_name="notices")
    starts_at = models.DateTimeField()
    queued_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation_id", "appointment", "kind", "starts_at"], name="notice_once"),
        ]
