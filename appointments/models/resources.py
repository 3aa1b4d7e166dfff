"""What can be occupied: calendars, rooms, devices."""

from django.db import models
from django.db.models import Q

from accounts.models import Practitioner, Site, Unit
from appointments.enums import Edge, ResourceKind
from doctolib.tenancy.models import TenantForeignKey, TenantModel


class Resource(TenantModel):
    """One thing that can be occupied once at a time. A calendar is a resource that patients are booked into."""

    kind = models.CharField(max_length=8, choices=ResourceKind.choices)
    name = models.CharField(max_length=120)
    site = TenantForeignKey(Site, models.PROTECT, related_name="resources")
    unit = TenantForeignKey(Unit, models.PROTECT, related_name="resources", null=True, blank=True)
    practitioner = TenantForeignKey(Practitioner, models.PROTECT, related_name="calendars", null=True, blank=True)
    edge = models.CharField(max_length=8, choices=Edge.choices, default=Edge.SKY)
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)
    is_online = models.BooleanField(default=True, help_text="May be booked online at all.")

    class Meta(TenantModel.Meta):
        ordering = ["position", "name", "id"]
        indexes = [models.Index(fields=["organisation_id", "unit"], name="resource_of_unit")]
        constraints = [
            *TenantModel.Meta.constraints,
            models.CheckConstraint(
                name="resource_calendar_has_unit", condition=~Q(kind="calendar") | Q(unit__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CalendarManager(models.Manager):
    def get_queryset(self):
        return super().get_queryset().filter(kind=ResourceKind.CALENDAR)


class Calendar(Resource):
    """A resource that patients are booked into: usually one practitioner's."""

    objects = CalendarManager()

    class Meta:
        proxy = True
        ordering = ["position", "name", "id"]
