"""Calendars, rooms and devices, set up by administrators."""

from django.db.models import Max

from accounts.models import Practitioner, Site, Unit
from appointments.enums import Edge, ResourceKind
from appointments.models import Resource
from doctolib import audit


def add_resource(
    *, kind: ResourceKind, name: str, unit: Unit, site: Site, practitioner: Practitioner | None = None
) -> Resource:
    """A new one at the end of the list, in the next colour. Nobody but administrators may see a new calendar yet."""
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
