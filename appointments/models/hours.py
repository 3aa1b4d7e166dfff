"""When a calendar is open, and when it is not."""

import uuid

from django.db import models
from django.db.models import F, Q

from crypto.fields import SealedTextField
from doctolib.tenancy.models import TenantForeignKey, TenantModel

from .reasons import VisitReason
from .resources import Calendar, Resource


class OpeningHours(TenantModel):
    """A weekly block of local time in the organisation's zone. It ends on the day it starts."""

    calendar = TenantForeignKey(Calendar, models.CASCADE, related_name="hours")
    weekday = models.PositiveSmallIntegerField(help_text="ISO 8601: Monday is 1, Sunday is 7.")
    starts = models.TimeField()
    ends = models.TimeField(help_text="Local time; after the start.")
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True, help_text="The last day; empty for no end.")
    is_online = models.BooleanField(default=True, help_text="Patients may book in it.")

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["organisation_id", "calendar", "weekday"], name="hours_of_calendar")]
        constraints = [
            *TenantModel.Meta.constraints,
            models.CheckConstraint(name="hours_in_order", condition=Q(starts__lt=F("ends"))),
            models.CheckConstraint(name="hours_weekday", condition=Q(weekday__gte=1, weekday__lte=7)),
            models.CheckConstraint(
                name="hours_validity",
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
            ),
        ]


class OpeningHoursReason(TenantModel):
    """A reason allowed in a block. A block without any allows all reasons of its calendar."""

    hours = TenantForeignKey(OpeningHours, models.CASCADE, related_name="allowed")
    reason = TenantForeignKey(VisitReason, models.CASCADE, related_name="+")

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation_id", "hours", "reason"], name="hours_reason_once"),
        ]


class Absence(TenantModel):
    """A resource is not there: holiday, illness, maintenance."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    resource = TenantForeignKey(Resource, models.CASCADE, related_name="absences")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    note = SealedTextField(label="appointments.absence.note", null=True, blank=True)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["organisation_id", "resource", "ends_at"], name="absence_of_resource")]
        constraints = [
            *TenantModel.Meta.constraints,
            models.CheckConstraint(name="absence_in_order", condition=Q(starts_at__lt=F("ends_at"))),
        ]
