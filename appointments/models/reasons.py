"""Why patients come, and what a visit needs."""

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language

from accounts.models import Unit
from appointments.enums import Edge
from doctolib.tenancy.models import TenantForeignKey, TenantModel

from .resources import Calendar, Resource


class VisitReason(TenantModel):
    """A kind of visit of one unit. All durations are whole minutes."""

    unit = TenantForeignKey(Unit, models.PROTECT, related_name="reasons")
    name_de = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120, blank=True)
    code = models.CharField(max_length=6, blank=True, help_text="Short code for calendar cards.")
    duration = models.PositiveSmallIntegerField(help_text="Minutes; a calendar may have its own.")
    buffer_before = models.PositiveSmallIntegerField(default=0)
    buffer_after = models.PositiveSmallIntegerField(default=0)
    step = models.PositiveSmallIntegerField(default=15, help_text="Minutes between two offered times.")
    minimum_notice = models.PositiveIntegerField(default=120, help_text="Minutes between booking and visit, at least.")
    horizon = models.PositiveSmallIntegerField(default=90, help_text="Days ahead that may be booked online.")
    is_online = models.BooleanField(default=True)
    instructions_de = models.TextField(blank=True)
    instructions_en = models.TextField(blank=True)
    edge = models.CharField(max_length=8, choices=Edge.choices, default=Edge.SKY)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta(TenantModel.Meta):
        ordering = ["position", "name_de"]
        indexes = [models.Index(fields=["organisation_id", "unit"], name="reason_of_unit")]
        constraints = [
            *TenantModel.Meta.constraints,
            models.CheckConstraint(name="reason_takes_time", condition=Q(duration__gt=0) & Q(step__gt=0)),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return self.name_en if self.name_en and _english() else self.name_de

    @property
    def instructions(self) -> str:
        return self.instructions_en if self.instructions_en and _english() else self.instructions_de


class CalendarReason(TenantModel):
    """A calendar offers a reason, perhaps with a duration of its own (minutes)."""

    calendar = TenantForeignKey(Calendar, models.CASCADE, related_name="offers")
    reason = TenantForeignKey(VisitReason, models.CASCADE, related_name="offers")
    duration = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation_id", "calendar", "reason"], name="calendar_offers_once"),
            models.CheckConstraint(name="offer_takes_time", condition=Q(duration__isnull=True) | Q(duration__gt=0)),
        ]


class Requirement(TenantModel):
    """A visit for this reason also needs one of some rooms or devices, for its whole time, buffers included."""

    reason = TenantForeignKey(VisitReason, models.CASCADE, related_name="requirements")
    name = models.CharField(max_length=120)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["organisation_id", "reason"], name="requirement_of_reason")]


class RequiredResource(TenantModel):
    """One of the resources that meet a requirement; the one with the lowest id that is free is taken."""

    requirement = TenantForeignKey(Requirement, models.CASCADE, related_name="alternatives")
    resource = TenantForeignKey(Resource, models.CASCADE, related_name="+")

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["organisation_id", "requirement", "resource"], name="required_resource_once"
            ),
        ]


def _english() -> bool:
    return (get_language() or "de").startswith("en")
