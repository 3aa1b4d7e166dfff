"""Save, change, order and delete selections of calendars. In the organisation's scope; callers asked the rules."""

from collections.abc import Sequence
from uuid import UUID

from accounts.models import Unit, User
from appointments.models import Selection, SelectionCalendar, SelectionDefault
from doctolib import audit, prepared
from doctolib.tenancy.scopes import require_scope

MOST_OF_ONE = 50  # selections that one professional may keep
FORGET = "DELETE FROM appointments_selection WHERE user_id = $1 AND unit_id IS NULL"


class SelectionRefused(Exception):
    """Base of what cannot be done with a selection."""


class TooManySelections(SelectionRefused):
    """Someone keeps as many as there may be."""


class NothingChosen(SelectionRefused):
    """A selection of nothing shows nothing."""


def save_selection(
    *, user: User, name: str, resource_ids: Sequence[int], view: str, zoom: int, colours: str, unit: Unit | None = None
) -> Selection:
    """Keep these calendars in this order. Raises TooManySelections, NothingChosen."""
    if not resource_ids:
        raise NothingChosen
    if Selection.objects.filter(user_id=user.pk).count() >= MOST_OF_ONE:
        raise TooManySelections
    made = Selection.objects.create(user_id=user.pk, name=name, view=view, zoom=zoom, colours=colours, unit=unit)
    SelectionCalendar.objects.bulk_create(_places(made, resource_ids))
    audit.record("selection.saved", made)
    return made


def change_selection(
    *, selection: Selection, name: str, view: str, zoom: int, colours: str, unit: Unit | None
) -> Selection:
    """Other words or another look. Who no longer sees it does not start with it either."""
    selection.name, selection.view, selection.zoom, selection.colours = name, view, zoom, colours
    if selection.unit_id != (unit.pk if unit else None):
        SelectionDefault.objects.filter(selection=selection).exclude(user_id=selection.user_id).delete()
    selection.unit = unit
    selection.save(update_fields=["name", "view", "zoom", "colours", "unit"])
    audit.record("selection.changed", selection)
    return selection


def set_resources(*, selection: Selection, resource_ids: Sequence[int], seen: Sequence[int]) -> None:
    """Show these calendars in this order. What the one who changes it may not see (not in ``seen``) stays, at the end.

    Raises NothingChosen.
    """
    places = _locked_places(selection)
    kept = [place.resource_id for place in places if place.resource_id not in set(seen)]
    wanted = list(dict.fromkeys([*resource_ids, *kept]))
    if not wanted:
        raise NothingChosen
    _write(selection, places, wanted)


def move_resource(*, selection: Selection, resource_id: int, step: int, seen: Sequence[int]) -> bool:
    """Put a column one place forward (-1) or back (1) among those that are seen. False when it is at the edge."""
    places = _locked_places(selection)
    order = [place.resource_id for place in places]
    shown = [pk for pk in order if pk in set(seen)]
    if resource_id not in shown:
        return False
    at = shown.index(resource_id)
    if not 0 <= at + step < len(shown):
        return False
    one, other = order.index(resource_id), order.index(shown[at + step])
    order[one], order[other] = order[other], order[one]
    _write(selection, places, order)
    return True


def delete_selection(*, selection: Selection) -> None:
    audit.record("selection.deleted", selection)
    selection.delete()


def set_default(*, user: User, selection: Selection | None) -> None:
    """Start with this selection after signing in; None: with what is usual."""
    if selection is None:
        SelectionDefault.objects.filter(user_id=user.pk).delete()
    else:
        SelectionDefault.objects.update_or_create(user_id=user.pk, defaults={"selection": selection})


def forget_selections(user_id: UUID) -> None:
    """Someone's account is deleted: their own go; what is shared stays with the unit, and administrators change it."""
    SelectionDefault.objects.filter(user_id=user_id).delete()
    # In one statement, without looking at what points there (the database cascades): support may not read that.
    prepared.rows(FORGET, [user_id], using=require_scope("organisation", "support").database)


def _locked_places(selection: Selection) -> list[SelectionCalendar]:
    """Two people who order the columns do it one after the other."""
    Selection.objects.select_for_update(of=("self",), no_key=True).get(pk=selection.pk)
    return list(SelectionCalendar.objects.filter(selection=selection))


def _write(selection: Selection, places: list[SelectionCalendar], order: Sequence[int]) -> None:
    SelectionCalendar.objects.filter(pk__in=[place.pk for place in places]).delete()
    SelectionCalendar.objects.bulk_create(_places(selection, order))
    audit.record("selection.changed", selection)


def _places(selection: Selection, resource_ids: Sequence[int]) -> list[SelectionCalendar]:
    ordered = enumerate(dict.fromkeys(resource_ids))
    return [SelectionCalendar(selection=selection, resource_id=pk, position=at) for at, pk in ordered]
