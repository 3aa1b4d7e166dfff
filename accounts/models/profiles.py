"""What a clinic, its units and its people say of themselves on their public pages: drafts, and what is published.

A draft is seen by the clinic alone; publishing copies it. Visitors' policies show the current published version and
its photo, nothing else.
"""

import uuid
from typing import NamedTuple

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language

from doctolib.tenancy.models import TenantForeignKey, TenantModel

from .organisations import Practitioner, Unit

ABOUT = ["organisation_id", "unit", "practitioner"]


class Words(NamedTuple):
    """A text in the page's language, or in German where there is no other: then ``lang`` says so."""

    text: str
    lang: str = ""


class ProfilePhoto(TenantModel):
    """A picture as it was drawn anew (doctolib.pictures): a JPEG without the file's own information."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    content = models.BinaryField()
    width = models.PositiveSmallIntegerField(help_text="Pixels.")
    height = models.PositiveSmallIntegerField(help_text="Pixels.")
    is_public = models.BooleanField(default=False, help_text="Part of a current published profile.")


class ProfileContent(TenantModel):
    """Of the unit or the practitioner it names; of the whole clinic when it names none."""

    unit = TenantForeignKey(Unit, models.CASCADE, null=True, blank=True, related_name="+")
    practitioner = TenantForeignKey(Practitioner, models.CASCADE, null=True, blank=True, related_name="+")
    text_de = models.TextField(blank=True, max_length=4000)
    text_en = models.TextField(blank=True, max_length=4000)
    directions_de = models.TextField(blank=True, max_length=1000, help_text="Getting there, parking.")
    directions_en = models.TextField(blank=True, max_length=1000)
    accessibility_de = models.TextField(blank=True, max_length=1000, help_text="In plain words.")
    accessibility_en = models.TextField(blank=True, max_length=1000)
    hours_de = models.TextField(blank=True, max_length=500, help_text="Beside the hours that can be booked.")
    hours_en = models.TextField(blank=True, max_length=500)
    languages = models.CharField(max_length=200, blank=True, help_text="Codes of ISO 639-1, separated by blanks.")
    photo = TenantForeignKey(ProfilePhoto, models.SET_NULL, null=True, blank=True, related_name="+")
    photo_text_de = models.CharField(max_length=200, blank=True, help_text="What the photo shows, for who cannot see.")
    photo_text_en = models.CharField(max_length=200, blank=True)

    class Meta(TenantModel.Meta):
        abstract = True
        constraints = [
            *TenantModel.Meta.constraints,
            models.CheckConstraint(
                name="%(class)s_about_one", condition=Q(unit__isnull=True) | Q(practitioner__isnull=True)
            ),
        ]

    @property
    def text(self) -> Words:
        return _words(self.text_de, self.text_en)

    @property
    def directions(self) -> Words:
        return _words(self.directions_de, self.directions_en)

    @property
    def accessibility(self) -> Words:
        return _words(self.accessibility_de, self.accessibility_en)

    @property
    def hours(self) -> Words:
        return _words(self.hours_de, self.hours_en)

    @property
    def photo_text(self) -> Words:
        return _words(self.photo_text_de, self.photo_text_en)


# What publishing copies, and a new draft begins with.
CONTENT = tuple(
    field.attname
    for field in ProfileContent._meta.local_fields
    if field.name not in ("organisation_id", "unit", "practitioner")
)


class ProfileDraft(ProfileContent):
    """What is still to be published; one at a time of each subject, or none."""

    changed_at = models.DateTimeField()
    changed_by = models.UUIDField(help_text="The professional's account.")

    class Meta(ProfileContent.Meta):
        abstract = False
        constraints = [
            *ProfileContent.Meta.constraints,
            models.UniqueConstraint(fields=ABOUT, name="profile_draft_once", nulls_distinct=False),
        ]


class PublishedProfile(ProfileContent):
    """A version that was published. Former ones stay, without photo, to tell who published what, and when."""

    is_current = models.BooleanField(default=True)
    published_at = models.DateTimeField()
    published_by = models.UUIDField(null=True, help_text="The professional's account; empty for the demo.")

    class Meta(ProfileContent.Meta):
        abstract = False
        ordering = ["-published_at", "-pk"]
        constraints = [
            *ProfileContent.Meta.constraints,
            models.UniqueConstraint(
                fields=ABOUT, name="published_profile_current_once", condition=Q(is_current=True), nulls_distinct=False
            ),
        ]


def _words(german: str, english: str) -> Words:
    if not (get_language() or "de").startswith("en"):
        return Words(german)
    return Words(english) if english else Words(german, "de" if german else "")
