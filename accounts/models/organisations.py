"""Clinics and what they show of themselves."""

import uuid
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.validators import ArrayMaxLengthValidator
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.enums import FederalState, OrganisationKind, Sex
from doctolib.tenancy.classes import TableClass
from doctolib.tenancy.models import TenantForeignKey, TenantModel

# First parts of addresses that are not an organisation's.
RESERVED_SLUGS = {"account", "dev", "health", "i18n", "my", "search", "static", "styleguide", "admin", "api", "media"}
IDLE_MINUTES = (5, 720)  # what an organisation may choose between
validate_slug = RegexValidator(r"^[a-z0-9](-?[a-z0-9])+$", _("Use lower-case letters, digits and hyphens."))


MOST_FRAME_ORIGINS = 10
# Scheme, host, perhaps a port, and nothing else: in the header a semicolon would begin another directive.
validate_origin = RegexValidator(
    r"\Ahttps://([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9](:[1-9][0-9]{0,4})?\Z",
    _("Write an address like https://www.example.org, without a path."),
)


def validate_time_zone(value: str) -> None:
    if value not in available_timezones():
        raise ValidationError(_("This is not the name of a time zone."))


def validate_database(value: str) -> None:
    if value not in settings.DATABASES or value == "default" or value.endswith("owner"):
        raise ValidationError(_("There is no such database for organisations."))


class Organisation(models.Model):
    """A practice or a hospital: the customer, responsible for its patients' data."""

    table_class = TableClass.IDENTITY

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.CharField(max_length=60, unique=True, validators=[validate_slug])
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=OrganisationKind.choices)
    phone = models.CharField(max_length=30)
    email = models.EmailField(blank=True)
    website = models.URLField(blank=True)
    profile_de = models.TextField(blank=True)
    profile_en = models.TextField(blank=True)
    time_zone = models.CharField(max_length=40, default="Europe/Berlin", validators=[validate_time_zone])
    federal_state = models.CharField(max_length=2, choices=FederalState.choices)
    closed_on_holidays = models.BooleanField(default=True)
    # The alias of the database its tenant tables live in. Moving to another one is an operation, not an edit.
    database = models.CharField(max_length=40, default="pool", validators=[validate_database])
    is_published = models.BooleanField(default=True)
    frame_origins = ArrayField(
        models.CharField(max_length=200, validators=[validate_origin]),
        default=list,
        blank=True,
        size=MOST_FRAME_ORIGINS,
        validators=[ArrayMaxLengthValidator(MOST_FRAME_ORIGINS)],
        help_text="Websites whose pages may show the clinic's small booking page in a frame.",
    )
    idle_minutes = models.PositiveSmallIntegerField(default=30)  # then its professionals are signed out
    # Whether there is any access zone: without one, no request looks for them. Written by services.zones alone.
    has_zones = models.BooleanField(default=False, editable=False)
    # Rules of the clinic's own administrators for its professionals, beside "on a new device".
    factor_every_time = models.BooleanField(default=False)
    factor_strong = models.BooleanField(default=False)  # an authenticator app or a passkey, no text message
    # When an administrator last looked through who may what, who it was, and when they were reminded to.
    rights_reviewed_at = models.DateTimeField(null=True, editable=False)
    rights_reviewed_by = models.UUIDField(null=True, editable=False)
    rights_reminded_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="organisation_slug_not_reserved", condition=~models.Q(slug__in=sorted(RESERVED_SLUGS))
            ),
            models.CheckConstraint(
                name="organisation_idle_minutes", condition=models.Q(idle_minutes__range=IDLE_MINUTES)
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def profile(self) -> str:
        return _in_language(self.profile_de, self.profile_en)


class Site(TenantModel):
    """A place with an address."""

    name = models.CharField(max_length=120)
    street = models.CharField(max_length=120)
    postal_code = models.CharField(max_length=5)
    city = models.CharField(max_length=80)
    access_de = models.TextField(blank=True, help_text="The way in, in plain words.")
    access_en = models.TextField(blank=True)

    class Meta(TenantModel.Meta):
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def access(self) -> str:
        return _in_language(self.access_de, self.access_en)

    @property
    def access_lang(self) -> str:
        """``de`` where an English page has to show the German text."""
        return "de" if self.access == self.access_de and _english() else ""

    @property
    def address(self) -> str:
        return f"{self.street}, {self.postal_code} {self.city}"


LONGEST_WAY = 480  # minutes, a working day


class TravelTime(TenantModel):
    """How long the way between two sites takes, both ways."""

    site = TenantForeignKey(Site, models.CASCADE, related_name="+")
    other = TenantForeignKey(Site, models.CASCADE, related_name="+")
    minutes = models.PositiveSmallIntegerField()

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation_id", "site", "other"], name="travel_time_once"),
            models.CheckConstraint(name="travel_time_in_order", condition=models.Q(site__lt=models.F("other"))),
            models.CheckConstraint(name="travel_time_minutes", condition=models.Q(minutes__range=(1, LONGEST_WAY))),
        ]


class Unit(TenantModel):
    """A department, ward or out-patient clinic of a hospital; a practice has one."""

    site = TenantForeignKey(Site, models.PROTECT, related_name="units")
    slug = models.CharField(max_length=60, validators=[validate_slug])
    name_de = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120, blank=True)
    specialty = models.CharField(
        max_length=8, help_text="Code of accounts.Specialty; a reference table is never joined."
    )
    phone = models.CharField(max_length=30, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta(TenantModel.Meta):
        ordering = ["position", "name_de"]
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation_id", "slug"], name="unit_slug_in_organisation"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return _in_language(self.name_de, self.name_en)


class UnitMember(TenantModel):
    """A professional who works in a unit and has what the unit was given. Someone may be in several."""

    unit = TenantForeignKey(Unit, models.CASCADE, related_name="members")
    user_id = models.UUIDField(help_text="The professional's account, an identity row.")
    is_unit_admin = models.BooleanField(default=False, help_text="Gives the unit's members rights on its calendars.")

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["organisation_id", "user_id"], name="unit_member_of_user")]
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation_id", "unit", "user_id"], name="unit_member_once"),
        ]


class Practitioner(TenantModel):
    """Someone patients are seen by. Public: the clinic publishes these facts."""

    user_id = models.UUIDField(null=True, blank=True, help_text="The professional's account, an identity row.")
    title = models.CharField(max_length=40, blank=True)
    first_name = models.CharField(max_length=80)
    last_name = models.CharField(max_length=80)
    specialty = models.CharField(max_length=8)
    languages = models.CharField(max_length=60, blank=True, help_text="Codes of ISO 639-1, separated by blanks.")
    sex = models.CharField(max_length=7, choices=Sex.choices, default=Sex.UNKNOWN)

    class Meta(TenantModel.Meta):
        ordering = ["last_name", "first_name"]

    def __str__(self) -> str:
        return " ".join(filter(None, [self.title, self.first_name, self.last_name]))


def _in_language(german: str, english: str) -> str:
    return english if english and _english() else german


def _english() -> bool:
    return (get_language() or "de").startswith("en")
