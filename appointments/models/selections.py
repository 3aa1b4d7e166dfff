"""Saved selections of calendars, and what the command palette remembers. Set-up of professionals, nobody's health."""

from django.db import models
from django.db.models import Q

from accounts.models import Unit
from appointments.enums import CalendarView, Colouring
from doctolib.tenancy.models import TenantForeignKey, TenantModel
from patients.models import Patient

from .resources import Resource

ZOOMS = (24, 32, 44)  # px a row of the grid is high


class Selection(TenantModel):
    """Some calendars in an order, and how they are looked at. It gives nobody a right on them."""

    name = models.CharField(max_length=60)
    user_id = models.UUIDField(help_text="The professional who made it, an identity row.")
    unit = TenantForeignKey(
        Unit, models.CASCADE, null=True, related_name="+", help_text="Whose members see it; empty: its maker alone."
    )
    view = models.CharField(max_length=9, choices=CalendarView.choices, default=CalendarView.DAY)
    zoom = models.PositiveSmallIntegerField(default=ZOOMS[0])
    colours = models.CharField(max_length=8, choices=Colouring.choices, default=Colouring.REASON)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["organisation_id", "user_id"], name="selection_of_user"),
            models.Index(fields=["organisation_id", "unit"], name="selection_of_unit"),
        ]
        constraints = [
            *TenantModel.Meta.constraints,
            models.CheckConstraint(name="selection_zoom", condition=Q(zoom__in=ZOOMS)),
        ]


class SelectionCalendar(TenantModel):
    """The place of a calendar, a room or a device in a selection: the columns stand in this order."""

    selection = TenantForeignKey(Selection, models.CASCADE, related_name="places")
    resource = TenantForeignKey(Resource, models.CASCADE, related_name="+", db_column="calendar_id")
    position = models.PositiveSmallIntegerField()

    class Meta(TenantModel.Meta):
        ordering = ["position", "id"]
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["organisation_id", "selection", "resource"], name="selection_calendar_once"
            ),
        ]


class SelectionDefault(TenantModel):
    """The selection that a professional starts with after signing in; at most one."""

    selection = TenantForeignKey(Selection, models.CASCADE, related_name="defaults")
    user_id = models.UUIDField(help_text="The professional's account, an identity row.")

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation_id", "user_id"], name="selection_default_once"),
        ]


class PaletteUse(TenantModel):
    """What a professional last went to by the command palette: kept here, never on their device."""

    user_id = models.UUIDField(help_text="The professional's account, an identity row.")
    target = models.CharField(max_length=40, help_text="The name of an address; empty for a patient's card.")
    patient = TenantForeignKey(Patient, models.CASCADE, null=True, related_name="+")
    used_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["organisation_id", "user_id", "used_at"], name="palette_use_of_user")]
        constraints = [
            *TenantModel.Meta.constraints,
            models.CheckConstraint(
                name="palette_use_of_one",
                condition=Q(target="", patient__isnull=False) | (~Q(target="") & Q(patient__isnull=True)),
            ),
            models.UniqueConstraint(
                fields=["organisation_id", "user_id", "target"],
                condition=Q(patient__isnull=True),
                name="palette_use_target_once",
            ),
            models.UniqueConstraint(
                fields=["organisation_id", "user_id", "patient"],
                condition=Q(patient__isnull=False),
                name="palette_use_patient_once",
            ),
        ]
