"""Which database a model lives in: identity and reference in `default`, person in `pool`, tenant where the scope says.

`default` and `pool` are two connections to one database: a scope's role and transaction never touch identity rows.
"""

from django.apps import apps
from django.db.models import Model

from .classes import TableClass, table_class
from .scopes import ScopeMissing, current_scope

IDENTITY, POOL, OWNER = "default", "pool", "owner"


class ScopeRouter:
    def db_for_read(self, model: type[Model], **hints: object) -> str:
        kind = table_class(model)
        if kind is TableClass.PERSON:
            return POOL
        if kind is not TableClass.TENANT:
            return IDENTITY
        scope = current_scope()
        if scope is None:
            raise ScopeMissing(f"{model._meta.label} is only to be had inside a scope.")
        return scope.database

    db_for_write = db_for_read

    def allow_relation(self, one: Model, other: Model, **hints: object) -> bool | None:
        # Not type(): request.user is a lazy object.
        return True if table_class(one.__class__) is table_class(other.__class__) else None

    def allow_migrate(self, db: str, app_label: str, model_name: str | None = None, **hints: object) -> bool:
        """Only owner aliases migrate; a dedicated database gets the tenant tables alone."""
        if db == OWNER:
            return True
        if not db.endswith("_owner"):
            return False
        if "table_class" in hints:
            return hints["table_class"] == TableClass.TENANT
        return model_name is not None and _class_in_migration(app_label, model_name, hints) is TableClass.TENANT


def _class_in_migration(app_label: str, model_name: str, hints: dict) -> TableClass | None:
    """A model as a migration sees it has no ``table_class``: ask today's model, or its columns if it is gone."""
    try:
        return table_class(apps.get_model(app_label, model_name))
    except LookupError:
        fields = {field.name for field in hints["model"]._meta.fields} if "model" in hints else set()
        return TableClass.TENANT if "organisation_id" in fields and "account_id" not in fields else None
