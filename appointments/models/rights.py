"""Who may do what in a calendar."""

from django.db import models
from django.db.models import Q

from accounts.enums import Level
from accounts.models import Unit
from doctolib.tenancy.models import TenantForeignKey, TenantModel

from .resources import Calendar


class CalendarRight(TenantModel):
    """The level of a person or of a unit's members on a calendar. A person's own entry counts before their units'."""

    calendar = TenantForeignKey(Calendar, models.CASCADE, related_name="rights")
    user_id = models.UUIDField(null=True, help_text="The professional's account, an identity row.")
    unit = TenantForeignKey(Unit, models.CASCADE, null=True, related_name="rights")
    level = models.PositiveSmallIntegerField(choices=Level.choices)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["organisation_id", "user_id"], name="calendar_right_of_user"),
            models.Index(fields=["organisation_id", "unit"], name="calendar_right_of_unit"),
        ]
        constraints = [
            *TenantModel.Meta.constraints,
            models.CheckConstraint(
                name="calendar_right_of_one",
                condition=Q(user_id__isnull=True, unit__isnull=False) | Q(user_id__isnull=False, unit__isnull=True),
            ),
            models.CheckConstraint(name="calendar_right_level", condition=Q(level__in=Level.values)),
            models.UniqueConstraint(
                fields=["organisation_id", "calendar", "user_id"],
                condition=Q(user_id__isnull=False),
                name="calendar_right_user_once",
            ),
            models.UniqueConstraint(
                fields=["organisation_id", "calendar", "unit"],
                condition=Q(unit__isnull=False),
                name="calendar_right_unit_once",
            ),
        ]
