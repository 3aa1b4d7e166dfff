"""Why patients come, and what a visit needs."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language

from accounts.models import Unit
from appointments.enums import Audience, Edge, HorizonUnit, QuestionKind, Referral
from doctolib.tenancy.models import TenantForeignKey, TenantModel
from patients.enums import Insurance

from .resources import Calendar, Resource


def all_insurances() -> list[str]:
    return list(Insurance.values)


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
    # How far ahead may be booked online. With opens_at, the next day (or month) may be booked from that local time on.
    horizon = models.PositiveSmallIntegerField(default=90)
    horizon_unit = models.CharField(max_length=6, choices=HorizonUnit.choices, default=HorizonUnit.DAYS)
    opens_at = models.TimeField(null=True, blank=True)
    is_online = models.BooleanField(default=True)
    is_archived = models.BooleanField(default=False, help_text="No longer booked; what was booked keeps it.")
    capacity = models.PositiveSmallIntegerField(default=1, help_text="Patients at one time; more than one is a group.")
    # Who may book it online. Staff may always.
    audience = models.CharField(max_length=6, choices=Audience.choices, default=Audience.ANYONE)
    seen_within = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Months since the last visit at most, for known patients."
    )
    insurances = ArrayField(
        models.CharField(max_length=10, choices=Insurance.choices), default=all_insurances, help_text="Who may book."
    )
    age_from = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Years on the day of the visit.")
    age_until = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Years, this one included.")
    referral = models.CharField(max_length=6, choices=Referral.choices, default=Referral.NONE)
    price = models.DecimalField(
        max_digits=8, decimal_places=2, null=True, blank=True, help_text="Euros, shown to those who pay themselves."
    )
    most_live = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Coming appointments for this reason that one person may have."
    )
    # Moving and cancelling online.
    move_until = models.PositiveIntegerField(default=0, help_text="Minutes before the visit.")
    cancel_until = models.PositiveIntegerField(default=0, help_text="Minutes before the visit.")
    most_moves = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Moves of one appointment.")
    # After a visit for this reason, another one may be booked within a window, counted in days.
    follow_up = TenantForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+")
    follow_up_from = models.PositiveSmallIntegerField(null=True, blank=True)
    follow_up_until = models.PositiveSmallIntegerField(null=True, blank=True)
    only_as_follow_up = models.BooleanField(default=False)
    recall_after = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Months after a visit, until patients are asked to come again."
    )
    notice_after = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Days after a visit, until patients get a follow-up notice."
    )
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
            models.CheckConstraint(name="reason_archived_offline", condition=~Q(is_archived=True, is_online=True)),
            models.CheckConstraint(name="reason_takes_someone", condition=Q(capacity__gt=0)),
            models.CheckConstraint(
                name="reason_ages",
                condition=Q(age_from__isnull=True) | Q(age_until__isnull=True) | Q(age_from__lte=F("age_until")),
            ),
            models.CheckConstraint(
                name="reason_follow_up",
                condition=Q(follow_up__isnull=True)
                | Q(follow_up_from__isnull=False, follow_up_until__gte=F("follow_up_from")),
            ),
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
    most_a_day = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Visits for this reason in this calendar on one local day."
    )

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation_id", "calendar", "reason"], name="calendar_offers_once"),
            models.CheckConstraint(name="offer_takes_time", condition=Q(duration__isnull=True) | Q(duration__gt=0)),
        ]


class Requirement(TenantModel):
    """A visit for this reason also needs one (or ``quantity``) of some rooms or devices, for its whole time, buffers
    included."""

    reason = TenantForeignKey(VisitReason, models.CASCADE, related_name="requirements")
    name = models.CharField(max_length=120)
    quantity = models.PositiveSmallIntegerField(default=1)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["organisation_id", "reason"], name="requirement_of_reason")]
        constraints = [
            *TenantModel.Meta.constraints,
            models.CheckConstraint(name="requirement_quantity", condition=Q(quantity__gte=1, quantity__lte=4)),
        ]


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


class Question(TenantModel):
    """What someone who books for a reason is asked. The answers are sealed in the appointment's details."""

    reason = TenantForeignKey(VisitReason, models.CASCADE, related_name="questions")
    kind = models.CharField(max_length=6, choices=QuestionKind.choices, default=QuestionKind.TEXT)
    text_de = models.CharField(max_length=200)
    text_en = models.CharField(max_length=200, blank=True)
    options_de = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    options_en = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    is_required = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta(TenantModel.Meta):
        ordering = ["position", "id"]
        indexes = [models.Index(fields=["organisation_id", "reason"], name="question_of_reason")]

    @property
    def text(self) -> str:
        return self.text_en if self.text_en and _english() else self.text_de

    @property
    def options(self) -> list[str]:
        return self.options_en if self.options_en and _english() else self.options_de


class BookingRules(TenantModel):
    """Limits of a whole organisation for bookings online. One row, or none: then nothing is limited."""

    most_a_day = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Visits of one person on one day.")
    no_shows = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Visits missed in a year after which a patient may only book by phone."
    )
    offer_minutes = models.PositiveSmallIntegerField(
        default=120, help_text="How long a time is kept for someone of the waiting list."
    )

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation_id"], name="booking_rules_once"),
        ]


def _english() -> bool:
    return (get_language() or "de").startswith("en")
