"""Saved selections as pages show them. In the organisation's scope."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Q, QuerySet

from accounts.models import Unit, UnitMember, User
from appointments.models import Resource, Selection, SelectionDefault
from appointments.rules import may_change_selection, may_share_with_any_unit

MOST = 60  # columns of one selection: what the feed answers at once


@dataclass(frozen=True)
class Choice:
    """A selection for one viewer: the calendars, rooms and devices of it that they may see, in its order."""

    selection: Selection
    resources: list[Resource]
    hidden: int  # those of it that the viewer may not see
    may_change: bool
    is_default: bool

    @property
    def pk(self) -> int:
        return self.selection.pk

    @property
    def name(self) -> str:
        return self.selection.name

    @cached_property
    def resource_ids(self) -> list[int]:
        return [resource.pk for resource in self.resources]


def visible_selections(user: User) -> QuerySet[Selection]:
    """One's own, and those shared with a unit of one's own; administrators see all shared ones."""
    shared = Q(unit__isnull=False) if may_share_with_any_unit(user) else Q(unit_id__in=_unit_ids(user))
    return Selection.objects.filter(Q(user_id=user.pk) | shared)


def choices_of(user: User, resources: Sequence[Resource]) -> list[Choice]:
    """The selections that the user may choose, by name. ``resources``: those they may see. Three queries."""
    by_id = {resource.pk: resource for resource in resources}
    default = SelectionDefault.objects.filter(user_id=user.pk).values_list("selection_id", flat=True).first()
    found = visible_selections(user).select_related("unit").prefetch_related("places").order_by("name", "id")
    return [_choice(selection, user, by_id, default) for selection in found]


def _choice(selection: Selection, user: User, by_id: dict[int, Resource], default: int | None) -> Choice:
    places = [place.resource_id for place in selection.places.all()]
    seen = [by_id[pk] for pk in places if pk in by_id]
    may_change = may_change_selection(user, selection)
    return Choice(selection, seen, len(places) - len(seen), may_change, is_default=selection.pk == default)


def units_to_share_with(user: User) -> list[Unit]:
    """Whose members may be shown a selection: the user's own units; an administrator's are all."""
    units = Unit.objects.all() if may_share_with_any_unit(user) else Unit.objects.filter(pk__in=_unit_ids(user))
    return list(units.order_by("position", "name_de", "id"))


def _unit_ids(user: User) -> list[int]:
    return list(UnitMember.objects.filter(user_id=user.pk).values_list("unit_id", flat=True))
