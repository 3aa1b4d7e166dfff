from django.db import models

from doctolib.tenancy.classes import TableClass


class Specialty(models.Model):
    """One code of the German value set of medical specialties.

    Source: IHE Deutschland, code system "AerztlicheFachrichtungen" (OID 1.2.276.0.76.5.114). Filled by a migration.
    """

    table_class = TableClass.REFERENCE

    code = models.CharField(max_length=8, primary_key=True)
    name_de = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100)

    class Meta:
        ordering = ["name_de"]
        verbose_name_plural = "specialties"

    def __str__(self) -> str:
        from django.utils.translation import get_language

        return self.name_en if (get_language() or "de").startswith("en") else self.name_de
