"""When a calendar is open, and when it is not."""

import uuid

from django.db import models
from django.db.models import F, Q

from accounts.models import Site
from crypto.fields import SealedTextField
from doctolib.tenancy.models import TenantForeignKey, TenantModel

from .reasons import VisitReason
from .resources import Calendar, Resource


class OpeningHours(TenantModel):
    """A weekly block of local time in the organisation's zone. It ends on the day it starts.

    ``valid_from`` = ``valid_until`` is a block of that one day: extra hours.
    """

    calendar = TenantForeignKey(Calendar, models.CASCADE, related_name="hours")
    weekday = models.PositiveSmallIntegerField(help_text="ISO 8601: Monday is 1, Sunday is 7.")
    starts = models.TimeField()
    ends = models.TimeField(help_text="Local time; after the start.")
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True, help_text="The last day; empty for no end.")
    every_weeks = models.PositiveSmallIntegerField(default=1, help_text="Counted from the week of the first day.")
    on_holidays = models.BooleanField(default=False, help_text="Open on public holidays as well.")
    site = TenantForeignKey(
        Site, models.PROTECT, null=True, blank=True, related_name="+", help_text="Empty for the calendar's own."
    )
    is_online = models.BooleanField(default=True, help_text="Patients may book in it.")
    # So many of a hundred times stay closed online until so many hours before.
    late_share = models.PositiveSmallIntegerField(default=0)
    late_hours = models.PositiveSmallIntegerField(default=24)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["organisation_id", "calendar", "weekday"], name="hours_of_calendar")]
        constraints = [
            *TenantModel.Meta.constraints,
            models.CheckConstraint(name="hours_in_order", condition=Q(starts__lt=F("ends"))),
            models.CheckConstraint(name="hours_weeks", condition=Q(every_weeks__gte=1)),
            models.CheckConstraint(name="hours_late_share", condition=Q(late_share__lte=100)),
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
    share = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Of the block's time, in percent, that visits for this reason may take."
    )

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
    series_id = models.UUIDField(
        null=True, blank=True, help_text="Of absences entered together: every week, or of several calendars."
    )

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["organisation_id", "resource", "ends_at"], name="absence_of_resource"),
            models.Index(
                fields=["organisation_id", "series_id"],
                name="absence_of_series",
                condition=Q(series_id__isnull=False),
            ),
        ]
        constraints = [
            *TenantModel.Meta.constraints,
            models.CheckConstraint(name="absence_in_order", condition=Q(starts_at__lt=F("ends_at"))),
        ]
