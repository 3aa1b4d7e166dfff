"""Appointments that belong together: a series, the parts of one visit, the sessions of a prescription."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from appointments.enums import SeriesUnit
from crypto.fields import SealedTextField
from doctolib.tenancy.models import TenantForeignKey, TenantModel
from patients.models import Patient


class Series(TenantModel):
    """How a series was planned: every n days, or every n weeks on some weekdays, at one local time. Its appointments
    point here; one that was moved by itself stays in it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = TenantForeignKey(Patient, models.PROTECT, related_name="+")
    every = models.PositiveSmallIntegerField()
    unit = models.CharField(max_length=5, choices=SeriesUnit.choices)
    weekdays = ArrayField(
        models.PositiveSmallIntegerField(), default=list, blank=True, help_text="ISO 8601, of weeks: Monday is 1."
    )
    clock = models.TimeField(help_text="Local time of each date, also after clocks change.")
    first_day = models.DateField()
    until_day = models.DateField(null=True, blank=True, help_text="The last day; empty where there is a count.")
    count = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Dates, the first one included.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["organisation_id", "patient"], name="series_of_patient")]
        constraints = [
            *TenantModel.Meta.constraints,
            models.CheckConstraint(name="series_every", condition=Q(every__gte=1)),
            models.CheckConstraint(
                name="series_ends",
                condition=Q(until_day__isnull=True, count__gte=1, count__lte=104)
                | Q(count__isnull=True, until_day__gte=F("first_day")),
            ),
        ]


class Chain(TenantModel):
    """Several services in one visit. Its appointments point here, one after the other by time."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = TenantForeignKey(Patient, models.PROTECT, related_name="+")
    gap = models.PositiveSmallIntegerField(help_text="Minutes that may pass between two parts, at most.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            models.CheckConstraint(name="chain_gap", condition=Q(gap__lte=60)),
        ]


class Prescription(TenantModel):
    """So many sessions of a treatment are prescribed. What is used follows from the appointments that point here."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = TenantForeignKey(Patient, models.PROTECT, related_name="+")
    what = SealedTextField(label="appointments.prescription.what")
    sessions = models.PositiveSmallIntegerField()
    a_week = models.PositiveSmallIntegerField(help_text="Sessions a week.")
    issued_on = models.DateField()
    valid_until = models.DateField(help_text="The last day on which a session may be.")
    counts_no_shows = models.BooleanField(default=False, help_text="A session that was missed is used up.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["organisation_id", "patient", "valid_until"], name="prescription_of_patient")]
        constraints = [
            *TenantModel.Meta.constraints,
            models.CheckConstraint(name="prescription_sessions", condition=Q(sessions__gte=1, sessions__lte=104)),
            models.CheckConstraint(name="prescription_a_week", condition=Q(a_week__gte=1, a_week__lte=14)),
            models.CheckConstraint(name="prescription_validity", condition=Q(valid_until__gte=F("issued_on"))),
        ]
