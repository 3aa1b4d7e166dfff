"""Holds, appointments, and the one table of everything that occupies time."""

from datetime import timedelta

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Site
from appointments.enums import AppointmentStatus, CancelledBy, OccupancyStatus, Origin
from crypto.fields import SealedJSONField
from doctolib.ids import uuid7
from doctolib.tenancy.models import TenantForeignKey, TenantModel
from patients.models import Patient

from .reasons import VisitReason
from .resources import Calendar, Resource
from .series import Chain, Prescription, Series


class Hold(TenantModel):
    """A time kept for someone who is still filling in the form. Known by a random token of which only a hash is here.

    The appointment it becomes takes its id: confirming twice finds the first.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    token_hash = models.BinaryField()
    calendar = TenantForeignKey(Calendar, models.CASCADE, related_name="+")
    reason = TenantForeignKey(VisitReason, models.CASCADE, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    extensions = models.PositiveSmallIntegerField(default=0)
    # What the patient typed on the last page, until it is booked: services/drafts.py
    draft = SealedJSONField(label="appointments.hold.draft", null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    key_subject = "id"  # a key that is lent for one hold opens this row alone
    asks: bool  # whether its reason has questions: services/holds.py

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["organisation_id", "expires_at"], name="hold_by_end")]


class Appointment(TenantModel):
    """A visit of one patient. Its times are the visit's own; buffers are only in the occupancy."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    calendar = TenantForeignKey(Calendar, models.PROTECT, related_name="appointments")
    reason = TenantForeignKey(VisitReason, models.PROTECT, related_name="+")
    patient = TenantForeignKey(Patient, models.PROTECT, related_name="appointments")
    person_id = models.UUIDField(null=True, blank=True, help_text="The patient account's person who may see it.")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    status = models.CharField(max_length=12, choices=AppointmentStatus.choices, default=AppointmentStatus.BOOKED)
    origin = models.CharField(max_length=6, choices=Origin.choices)
    moves = models.PositiveSmallIntegerField(default=0)
    series = TenantForeignKey(Series, models.SET_NULL, null=True, blank=True, related_name="appointments")
    chain = TenantForeignKey(Chain, models.SET_NULL, null=True, blank=True, related_name="appointments")
    prescription = TenantForeignKey(Prescription, models.SET_NULL, null=True, blank=True, related_name="appointments")
    # {"note": …, "cancel_reason": …}; written by staff or patient
    details = SealedJSONField(label="appointments.appointment.details", null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    # Since when it has its time: reminders whose moment was over by then are not sent.
    timed_at = models.DateTimeField(default=timezone.now, db_default=Now())
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.CharField(max_length=7, choices=CancelledBy.choices, blank=True, default="", db_default="")
    arrived_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True, help_text="Since when it is in treatment.")
    # Marks for the staff: allowed by somebody although the time was not offered, or was taken.
    is_outside = models.BooleanField(default=False, db_default=False)
    is_overbooked = models.BooleanField(default=False, db_default=False)
    has_note = models.BooleanField(default=False, db_default=False)
    # One more with each change of time, calendar, status or note: who changes says which one was seen.
    version = models.PositiveSmallIntegerField(default=1, db_default=1)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["organisation_id", "calendar", "starts_at"], name="appointment_in_calendar"),
            models.Index(fields=["organisation_id", "starts_at"], name="appointment_by_time"),
            models.Index(fields=["organisation_id", "patient", "starts_at"], name="appointment_of_patient"),
            models.Index(
                fields=["organisation_id", "person_id", "starts_at"],
                name="appointment_of_person",
                condition=Q(person_id__isnull=False),
            ),
            *(
                models.Index(
                    fields=["organisation_id", whole, "starts_at"],
                    name=f"appointment_of_{whole}",
                    condition=Q(**{f"{whole}__isnull": False}),
                )
                for whole in ("series", "chain", "prescription")
            ),
        ]
        constraints = [
            *TenantModel.Meta.constraints,
            models.CheckConstraint(name="appointment_in_order", condition=Q(starts_at__lt=F("ends_at"))),
            models.CheckConstraint(
                name="appointment_cancelled_at",
                condition=Q(status="cancelled", cancelled_at__isnull=False)
                | (~Q(status="cancelled") & Q(cancelled_at__isnull=True)),
            ),
        ]


class OneInt(Func):
    """A range of one number: stands in for `=`, which in GiST would need btree_gist."""

    function = "int8range"
    template = "%(function)s(%(expressions)s)"

    def __init__(self, field: str) -> None:
        number = Func(F(field), template="(%(expressions)s)::bigint")
        super().__init__(number, number, Value("[]"))


class TsTzRange(Func):
    function = "tstzrange"


class Occupancy(TenantModel):
    """A resource is taken from ``starts_at`` to ``ends_at``, buffers included. A row is there: the time is taken.

    Lane 0 is normal; an overbooking or a clash that a hospital information system reports takes a higher lane, and
    every lane counts as busy. ``expires_at`` is set for holds only.
    """

    resource = TenantForeignKey(Resource, models.PROTECT, related_name="+")
    lane = models.PositiveSmallIntegerField(default=0)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    status = models.CharField(max_length=8, choices=OccupancyStatus.choices)
    # The composite keys cascade in the database: no query to find these rows first.
    hold = TenantForeignKey(Hold, models.DO_NOTHING, null=True, blank=True, related_name="occupancy")
    appointment = TenantForeignKey(Appointment, models.DO_NOTHING, null=True, blank=True, related_name="occupancy")
    # Of a visit: what it is for and where. Limits count by the first, ways between sites follow from the second.
    reason = TenantForeignKey(VisitReason, models.DO_NOTHING, null=True, blank=True, related_name="+")
    site = TenantForeignKey(Site, models.DO_NOTHING, null=True, blank=True, related_name="+")
    person_id = models.UUIDField(null=True, blank=True, help_text="As on the appointment, for the patient's policy.")
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(
                fields=["organisation_id", "resource", "starts_at"],
                include=["ends_at", "expires_at", "site", "reason"],  # all that sec.busy reads
                name="occupancy_of_resource",
            ),
            models.Index(fields=["organisation_id", "hold"], name="occupancy_of_hold", condition=Q(hold__isnull=False)),
            models.Index(
                fields=["organisation_id", "appointment"],
                name="occupancy_of_appointment",
                condition=Q(appointment__isnull=False),
            ),
        ]
        constraints = [
            *TenantModel.Meta.constraints,
            ExclusionConstraint(
                name="occupancy_no_overlap",
                expressions=[
                    (OneInt("resource"), RangeOperators.OVERLAPS),
                    (OneInt("lane"), RangeOperators.OVERLAPS),
                    (TsTzRange("starts_at", "ends_at"), RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("This time is already taken."),
            ),
            # At most a day, so that who overlaps a moment is found by the start alone. Longer: an absence.
            models.CheckConstraint(
                name="occupancy_in_order",
                condition=Q(starts_at__lt=F("ends_at")) & Q(ends_at__lte=F("starts_at") + timedelta(days=1)),
            ),
            models.CheckConstraint(
                name="occupancy_status_fits",
                condition=Q(status="held", hold__isnull=False, appointment__isnull=True, expires_at__isnull=False)
                | Q(status="booked", hold__isnull=True, appointment__isnull=False, expires_at__isnull=True)
                | Q(status__in=["blocked", "kis"], hold__isnull=True, expires_at__isnull=True),
            ),
        ]
