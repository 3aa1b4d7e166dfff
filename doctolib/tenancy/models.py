"""Base classes of tables under row-level security."""

import uuid

from django.db import models

from .classes import TableClass
from .scopes import require_scope


def scope_organisation_id() -> uuid.UUID:
    organisation_id = require_scope().organisation_id
    assert organisation_id is not None
    return organisation_id


def scope_account_id() -> uuid.UUID:
    account_id = require_scope("person").account_id
    assert account_id is not None
    return account_id


class TenantForeignKey(models.ForeignKey):
    """A foreign key between tenant tables. The database's constraint is composite (isolation.composite_key): a plain
    one would bypass row-level security and tell whether a foreign id exists."""

    def __init__(self, to, on_delete, **options):
        super().__init__(to, on_delete, **{"db_constraint": False, "db_index": False, **options})


class TenantModel(models.Model):
    """A row of one organisation. The organisation comes from the scope; policies check it again."""

    table_class = TableClass.TENANT

    organisation_id = models.UUIDField(default=scope_organisation_id, editable=False)

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "id"], name="%(app_label)s_%(class)s_in_organisation")
        ]

    def __str__(self) -> str:
        """Never a value: it may be shown where the keys are not to be had."""
        return f"{self._meta.verbose_name} {str(self.pk)[:8]}"


class PersonModel(models.Model):
    """A row of one patient account, for which the platform itself is responsible."""

    table_class = TableClass.PERSON

    account_id = models.UUIDField(default=scope_account_id, editable=False)

    class Meta:
        abstract = True
        constraints = [models.UniqueConstraint(fields=["account_id", "id"], name="%(app_label)s_%(class)s_in_account")]
