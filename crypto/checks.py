"""System checks: labels are unique, rows can be bound, the key management service is allowed."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import models

from . import kms
from .fields import SealedField


def _sealed_fields() -> Iterator[tuple[type[models.Model], SealedField]]:
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.local_fields:
            if isinstance(field, SealedField):
                yield model, field


@register(Tags.models)
def sealed_fields_are_bound(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Two fields with one label could swap their values; a row without an id of its own making has no place."""
    problems: list[CheckMessage] = []
    seen: dict[str, SealedField] = {}

    def report(text: str, where: Any, number: int) -> None:
        problems.append(Error(text, obj=where, id=f"crypto.E00{number}"))

    for model, field in _sealed_fields():
        other = seen.setdefault(field.label, field)
        if other is not field:
            report(f"{other} has the label {field.label!r} already.", field, 1)
        pk = model._meta.pk
        if not (pk.is_relation or (isinstance(pk, models.UUIDField) and pk.has_default())):
            report("A sealed row needs a UUID of its own making as its id.", model, 2)
        if getattr(model, "table_class", None) not in ("tenant", "person", "identity"):
            report("A sealed row is a tenant's, a person's or an identity.", model, 3)
    return problems


@register(Tags.security)
def key_management_is_allowed(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    try:
        kms.service()
    except ImproperlyConfigured as error:
        return [Error(str(error), id="crypto.E004")]
    return []
