"""The four classes of tables, and which class a model has."""

from enum import StrEnum
from functools import cache

from django.apps import apps
from django.db.models import Model

# Models of Django and of libraries; ours carry ``table_class`` themselves.
FOREIGN = {
    "admin": "identity",
    "auth": "identity",
    "contenttypes": "identity",
    "django_otp_webauthn": "identity",
}


class TableClass(StrEnum):
    TENANT = "tenant"  # a clinic is responsible; carries organisation_id; under row-level security
    PERSON = "person"  # the platform is responsible towards a patient account; under row-level security
    IDENTITY = "identity"  # needed before a scope is known; no health data; personal fields encrypted
    REFERENCE = "reference"  # code lists, the public directory


@cache  # asked with every query
def table_class(model: type[Model]) -> TableClass:
    """The class of a model's table; a many-to-many table has the class of the model that declares it.

    Raises LookupError for a model that names none.
    """
    if model._meta.auto_created:
        model = model._meta.auto_created
    found = getattr(model, "table_class", None) or FOREIGN.get(model._meta.app_label)
    if found is None:
        raise LookupError(f"{model._meta.label} names no table class.")
    return TableClass(found)


def models_of(*classes: TableClass) -> list[type[Model]]:
    """All concrete models of these classes, many-to-many tables included, proxies left out."""
    models = apps.get_models(include_auto_created=True)
    real = [model for model in models if model._meta.managed and not model._meta.proxy]
    return [model for model in real if table_class(model) in classes]
