"""When a clinic reminds, and which reminders and recalls there were."""

from datetime import time, timedelta

from django.db import models
from django.db.models import Q

from appointments.enums import LeadUnit
from doctolib.tenancy.models import TenantForeignKey, TenantModel
from patients.enums import Channel

from .bookings import Appointment

MOST_RULES = 6


class ReminderSettings(TenantModel):
    """One row, or none: then the defaults count. Quiet hours are local times; the same twice: none."""

    quiet_from = models.TimeField(default=time(20))
    quiet_until = models.TimeField(default=time(8))
    may_cancel = models.BooleanField(default=False, help_text="By the link of a reminder, without signing in.")
    names_instructions = models.BooleanField(
        default=False, help_text="They may tell what the visit is for, so they are left out unless the clinic allows."
    )

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation_id"], name="reminder_settings_once"),
        ]


class ReminderRule(TenantModel):
    """Remind so long before a visit. Days are the calendar's, at the same local time; hours are hours that pass."""

    position = models.PositiveSmallIntegerField()
    amount = models.PositiveSmallIntegerField()
    unit = models.CharField(max_length=5, choices=LeadUnit.choices)
    channel = models.CharField(max_length=5, choices=Channel.choices)
    is_active = models.BooleanField(default=True)

    class Meta(TenantModel.Meta):
        ordering = ["position"]
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation_id", "position"], name="reminder_rule_position"),
            models.UniqueConstraint(fields=["organisation_id", "amount", "unit", "channel"], name="reminder_rule_once"),
            models.CheckConstraint(name="reminder_rules_at_most", condition=Q(position__lt=MOST_RULES)),
            models.CheckConstraint(name="reminder_rule_before", condition=Q(amount__gt=0)),
        ]

    @property
    def lead(self) -> timedelta:
        """Without the clock's change: of days, the real one may be an hour more or less."""
        return timedelta(**{self.unit: self.amount})


class Reminder(TenantModel):
    """A reminder was queued for an appointment at this time by this rule: the outbox's message is about this row."""

    appointment = TenantForeignKey(Appointment, models.CASCADE, related_name="reminders")
    starts_at = models.DateTimeField()
    amount = models.PositiveSmallIntegerField()
    unit = models.CharField(max_length=5, choices=LeadUnit.choices)
    channel = models.CharField(max_length=5, choices=Channel.choices)
    queued_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["organisation_id", "appointment", "starts_at", "amount", "unit", "channel"],
                name="reminder_once",
            ),
        ]


class Recall(TenantModel):
    """A patient was asked to come again after this visit."""

    visit = TenantForeignKey(Appointment, models.CASCADE, related_name="+")
    queued_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation_id", "visit"], name="recall_once"),
        ]
