"""The public directory: what the search over all clinics reads."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import get_language

from accounts.enums import FederalState
from doctolib.tenancy.classes import TableClass

from .organisations import Organisation


class DirectoryEntry(models.Model):
    """A unit of a published clinic: a copy of what its own pages show, made by publishing it.

    Tenant rows are seen one clinic at a time, so a search over all clinics needs a table of its own. No health data and
    no patients; of practitioners the name and the row's id, which the clinic publishes.
    """

    table_class = TableClass.REFERENCE

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="directory")
    unit_slug = models.CharField(max_length=60)
    unit_de = models.CharField(max_length=120)
    unit_en = models.CharField(max_length=120, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    is_only = models.BooleanField(default=False, help_text="The organisation has no other unit.")
    specialty = models.CharField(max_length=8)
    specialty_de = models.CharField(max_length=100, blank=True)
    specialty_en = models.CharField(max_length=100, blank=True)
    phone = models.CharField(max_length=30)
    street = models.CharField(max_length=120)
    postal_code = models.CharField(max_length=5)
    city = models.CharField(max_length=80)
    federal_state = models.CharField(max_length=2, choices=FederalState.choices)
    access_de = models.TextField(blank=True)
    access_en = models.TextField(blank=True)
    languages = ArrayField(models.CharField(max_length=8), default=list, help_text="Codes of ISO 639-1.")
    insurances = ArrayField(models.CharField(max_length=10), default=list, help_text="Accepted by any online reason.")
    people = models.JSONField(default=list, help_text="[id, name] of each practitioner, by surname.")
    # For the search: folded words, see accounts.words.
    words = models.TextField(help_text="Of names, specialty, people, city.")
    place_words = models.TextField(help_text="Of city and federal state.")
    published_at = models.DateTimeField()

    class Meta:
        ordering = ["organisation", "position", "unit_slug"]
        verbose_name_plural = "directory entries"
        constraints = [models.UniqueConstraint(fields=["organisation", "unit_slug"], name="directory_unit_once")]

    def __str__(self) -> str:
        return self.unit

    @property
    def unit(self) -> str:
        return self.unit_en if self.unit_en and _english() else self.unit_de

    @property
    def specialty_name(self) -> str:
        return self.specialty_en if self.specialty_en and _english() else self.specialty_de

    @property
    def access(self) -> str:
        return self.access_en if self.access_en and _english() else self.access_de

    @property
    def address(self) -> str:
        return f"{self.street}, {self.postal_code} {self.city}"


def _english() -> bool:
    return (get_language() or "de").startswith("en")
