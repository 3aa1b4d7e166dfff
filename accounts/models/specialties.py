from django.db import models
from django.utils.translation import get_language

from doctolib.tenancy.classes import TableClass


class Specialty(models.Model):
    """One code of the German code system of medical specialties, filled by a migration.

    Source: IHE Deutschland, code system "AerztlicheFachrichtungen" (http://ihe-d.de/CodeSystems/AerztlicheFachrichtungen,
    OID 1.3.6.1.4.1.19376.3.276.1.5.4).
    """

    table_class = TableClass.REFERENCE

    code = models.CharField(max_length=8, primary_key=True)
    name_de = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100)
    is_deprecated = models.BooleanField(default=False, help_text="Still read, no longer offered.")

    class Meta:
        ordering = ["name_de"]
        verbose_name_plural = "specialties"

    def __str__(self) -> str:
        return self.name_en if (get_language() or "de").startswith("en") else self.name_de
