"""Calendars, rooms and devices, set up by administrators."""

from collections.abc import Sequence

from django.db.models import Max

from accounts.models import Practitioner, Site, Unit
from accounts.services.set_up import AlreadyThere, one_at_a_time
from appointments.enums import Edge, ResourceKind
from appointments.models import Resource
from doctolib import audit


def add_resource(
    *, kind: ResourceKind, name: str, unit: Unit, site: Site, practitioner: Practitioner | None = None
) -> Resource:
    """A new one at the end of the list, in the next colour. Nobody but administrators may see a new calendar yet.

    Raises AlreadyThere.
    """
    one_at_a_time()
    _refuse_twin(kind, name, unit)
    last = Resource.objects.filter(kind=kind).aggregate(last=Max("position"))["last"]
    position = 0 if last is None else last + 1
    made = Resource.objects.create(
        kind=kind,
        name=name,
        unit=unit,
        site=site,
        practitioner=practitioner if kind == ResourceKind.CALENDAR else None,
        edge=list(Edge)[position % len(Edge)],
        position=position,
    )
    audit.record("resource.added", made)
    return made


def change_resource(*, resource: Resource, fields: Sequence[str]) -> None:
    """Save these fields of the instance. Raises AlreadyThere."""
    one_at_a_time()
    if {"name", "unit"} & set(fields):
        _refuse_twin(resource.kind, resource.name, resource.unit, but=resource)
    resource.save(update_fields=[*fields])
    audit.record("resource.changed", resource)
    if "is_active" in fields:
        audit.record("resource.activated" if resource.is_active else "resource.archived", resource)


def _refuse_twin(kind: str, name: str, unit: Unit | None, *, but: Resource | None = None) -> None:
    same = Resource.objects.filter(kind=kind, name__iexact=name, unit=unit)
    if (same.exclude(pk=but.pk) if but else same).exists():
        raise AlreadyThere
