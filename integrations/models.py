"""What partners need that no other room keeps."""

from django.db import models

from doctolib.tenancy.classes import TableClass


class TextedNumber(models.Model):
    """An organisation wrote to this number: a text that comes back may be meant for it. The number itself is not here,
    only a keyed hash of it."""

    table_class = TableClass.IDENTITY

    token = models.BinaryField()
    organisation_id = models.UUIDField()
    sent_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "organisation_id"], name="texted_number_once")]
        indexes = [models.Index(fields=["sent_at"], name="texted_number_by_time")]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.sent_at:%Y-%m-%d}"
