"""What staff did to appointments, so that each can undo their own."""

from django.db import models

from appointments.enums import ChangeKind, Whole
from doctolib.ids import uuid7
from doctolib.tenancy.models import TenantForeignKey, TenantModel

from .bookings import Appointment


class AppointmentChange(TenantModel):
    """One change by one professional. The states are times, calendar, status and marks: nothing about the patient."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    appointment = TenantForeignKey(Appointment, models.CASCADE, related_name="changes")
    user_id = models.UUIDField(help_text="The professional's account, an identity row.")
    kind = models.CharField(max_length=9, choices=ChangeKind.choices)
    made_at = models.DateTimeField()
    before = models.JSONField(null=True)  # services/staff/changes.py says what is in it; null for a new appointment
    after = models.JSONField()
    from_version = models.PositiveSmallIntegerField(help_text="The appointment's version before it; 0 for a new one.")
    # The appointment's version that it left. While that is the current one, the change can be undone.
    version = models.PositiveSmallIntegerField()
    undone_at = models.DateTimeField(null=True, blank=True)
    # One action on several appointments: a row for each, undone together. The one with part 0 stands for all.
    action = models.UUIDField(null=True)
    whole = models.CharField(max_length=6, choices=Whole.choices, blank=True, default="", db_default="")
    part = models.PositiveSmallIntegerField(default=0, db_default=0)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["organisation_id", "user_id", "-made_at"], name="change_of_user"),
            models.Index(fields=["organisation_id", "appointment"], name="change_of_appointment"),
            models.Index(
                fields=["organisation_id", "action"], name="change_of_action", condition=models.Q(action__isnull=False)
            ),
        ]
        constraints = [
            *TenantModel.Meta.constraints,
            models.CheckConstraint(
                name="change_of_one_or_several",
                condition=models.Q(action=None, whole="", part=0)
                | models.Q(action__isnull=False) & ~models.Q(whole=""),
            ),
        ]
