"""Persons who are gone here and whom clinics still have to forget as ours."""

import uuid

from django.db import models

from doctolib.tenancy.classes import TableClass


class Unlinking(models.Model):
    """Work that a deletion leaves: clinics' records that still carry the id of a person who is gone.

    Names nobody: ids only. Removed when every clinic was reached (services.deletion).
    """

    table_class = TableClass.IDENTITY

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.UUIDField()
    is_whole_account = models.BooleanField()  # else one relative
    links = models.JSONField()  # [[person id, organisation id], …]
    requested_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["requested_at"], name="unlinking_by_age")]

    def __str__(self) -> str:
        return f"unlinking {str(self.id)[:8]}"
