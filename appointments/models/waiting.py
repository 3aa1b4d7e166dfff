"""The waiting list: who wants an earlier time, what they were offered, and which times got free."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from appointments.enums import OfferStatus, WaitingStatus
from doctolib.tenancy.models import TenantForeignKey, TenantModel
from patients.enums import Insurance
from patients.models import Patient

from .bookings import Appointment
from .hours import OpeningHours
from .reasons import VisitReason
from .resources import Calendar, Resource

LIVE = (WaitingStatus.WAITING, WaitingStatus.PAUSED)


class WaitingEntry(TenantModel):
    """One patient's wish for an earlier time for one reason. No free text: what is not written cannot leak.

    With an ``appointment`` the wish is for a time before it, which then takes its place.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = TenantForeignKey(Patient, models.PROTECT, related_name="+")
    person_id = models.UUIDField(null=True, blank=True, help_text="The patient account's person who may see it.")
    reason = TenantForeignKey(VisitReason, models.PROTECT, related_name="+")
    appointment = TenantForeignKey(
        Appointment, models.SET_NULL, null=True, blank=True, related_name="+", help_text="Replaced, or got by an offer."
    )
    # Ids that mean nothing outside their clinic: whoever has none of these calendars finds no time in them.
    calendar_ids = ArrayField(models.BigIntegerField(), default=list, blank=True, help_text="Empty: anyone.")
    from_day = models.DateField()
    until_day = models.DateField(null=True, blank=True, help_text="The last day; empty for no end.")
    # Half days of the week that suit: 0 is Monday morning, 1 Monday afternoon, 13 Sunday afternoon. Empty: all.
    half_days = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    insurance = models.CharField(max_length=10, choices=Insurance.choices, blank=True, help_text="As they said.")
    status = models.CharField(max_length=8, choices=WaitingStatus.choices, default=WaitingStatus.WAITING)
    priority = models.SmallIntegerField(default=0, help_text="Higher ones first; set by staff.")
    silences = models.PositiveSmallIntegerField(default=0, help_text="Offers in a row that were not answered.")
    joined_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        ordering = ["-priority", "joined_at", "id"]
        indexes = [
            models.Index(
                fields=["organisation_id", "reason"], name="waiting_for_reason", condition=Q(closed_at__isnull=True)
            ),
            models.Index(fields=["organisation_id", "person_id"], name="waiting_of_person"),
            models.Index(fields=["organisation_id", "closed_at"], name="waiting_closed"),
        ]
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["organisation_id", "patient", "reason"],
                name="waiting_once",
                condition=Q(closed_at__isnull=True),
            ),
            models.CheckConstraint(
                name="waiting_closed_at",
                condition=Q(status__in=LIVE, closed_at__isnull=True)
                | (~Q(status__in=LIVE) & Q(closed_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="waiting_days", condition=Q(until_day__isnull=True) | Q(until_day__gte=F("from_day"))
            ),
        ]

    @property
    def is_live(self) -> bool:
        return self.status in LIVE


class WaitingOffer(TenantModel):
    """A time kept for one entry. It has its hold's id, and the new appointment takes it: accepted twice is once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    entry = TenantForeignKey(WaitingEntry, models.CASCADE, related_name="offers")
    person_id = models.UUIDField(null=True, blank=True, help_text="As on the entry, for the patient's policy.")
    calendar = TenantForeignKey(Calendar, models.CASCADE, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    status = models.CharField(max_length=8, choices=OfferStatus.choices, default=OfferStatus.OPEN)
    made_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        ordering = ["-made_at"]
        indexes = [
            models.Index(fields=["organisation_id", "entry", "made_at"], name="offer_of_entry"),
            models.Index(fields=["organisation_id", "expires_at"], name="offer_open", condition=Q(status="open")),
        ]
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["organisation_id", "entry"], name="offer_one_at_a_time", condition=Q(status="open")
            ),
        ]


class FreedTime(TenantModel):
    """A resource got free here while somebody waited. Written by triggers, whatever code freed it; removed when it was
    offered, or nobody wants it."""

    resource = TenantForeignKey(Resource, models.CASCADE, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True, help_text="Empty for no end.")
    hours = TenantForeignKey(
        OpeningHours, models.CASCADE, null=True, blank=True, related_name="+", help_text="Only within this new block."
    )

    class Meta(TenantModel.Meta):
        ordering = ["id"]
