"""Rooms and devices that visits need."""

from django.db.models import QuerySet

from appointments.models import RequiredResource, Resource


def rooms_for(reason_id: int) -> QuerySet[Resource]:
    """The rooms and devices in use of which a visit for this reason needs some."""
    fitting = RequiredResource.objects.filter(requirement__reason_id=reason_id).values("resource_id")
    return Resource.objects.filter(pk__in=fitting, is_active=True).order_by("position", "name", "id")
