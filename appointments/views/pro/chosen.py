"""Which calendars, rooms and devices a page shows: those of the address, what the session remembers, or the usual."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest

from appointments.enums import Colouring, ResourceKind
from appointments.models import Resource
from appointments.selectors.selections import Choice, choices_of
from appointments.selectors.visible import visible_calendars, visible_equipment
from doctolib.numbers import row_number

KINDS = (ResourceKind.ROOM, ResourceKind.DEVICE)
AT_FIRST = 6  # calendars shown to someone who has not chosen any and has none of their own
REMEMBERED = "calendars"  # session keys: numbers and a word, no personal data
REMEMBERED_SELECTION = "calendar-selection"
REMEMBERED_COLOURS = "calendar-colours"


@dataclass
class Chosen:
    """What is shown, and among what it was chosen."""

    all_resources: list[Resource]
    choices: list[Choice]
    resources: list[Resource]
    choice: Choice | None = None
    colours: str = ""  # as asked for; empty: what suits the view


def resources_for(request: HttpRequest) -> list[Resource]:
    """What may be seen as a column: calendars by unit, then rooms, then devices."""
    calendars = (
        visible_calendars(request.user)
        .select_related("unit", "practitioner")
        .order_by("unit__position", "unit__name_de", "unit_id", "position", "name", "id")
    )
    equipment = (
        visible_equipment(request.user).select_related("unit", "practitioner").order_by("position", "name", "id")
    )
    return [*calendars, *sorted(equipment, key=lambda each: KINDS.index(each.kind))]


def chosen_by(request: HttpRequest) -> Chosen:
    """Raises Http404 for a resource or a selection that is not there to be seen."""
    found = Chosen(resources := resources_for(request), choices_of(request.user, resources), [])
    found.choice = _asked_selection(request, found.choices)
    asked = asked_resources(request, resources)
    if found.choice is not None:
        found.resources = found.choice.resources
    elif asked:
        found.resources = asked
    else:
        _remembered(request, found)
    found.colours = _colours(request, found.choice)
    _remember(request, found)
    return found


def _asked_selection(request: HttpRequest, choices: list[Choice]) -> Choice | None:
    text = request.GET.get("selection", "")
    if not text:
        return None
    for choice in choices:
        if str(choice.pk) == text:
            return choice
    raise Http404


def asked_resources(request: HttpRequest, resources: list[Resource]) -> list[Resource]:
    """In the order of the address."""
    by_id = {resource.pk: resource for resource in resources}
    asked = [part for text in request.GET.getlist("calendars") for part in text.split(",") if part]
    ids = list(dict.fromkeys(row_number(part) or 0 for part in asked))
    if not set(ids) <= by_id.keys():
        raise Http404
    return [by_id[pk] for pk in ids]


def _remembered(request: HttpRequest, found: Chosen) -> None:
    """What this session last showed; else the selection to start with, one's own calendars, or the first unit's."""
    by_id = {resource.pk: resource for resource in found.all_resources}
    begun = REMEMBERED in request.session
    number = request.session.get(REMEMBERED_SELECTION)
    for choice in found.choices:
        if choice.resources and (choice.pk == number or (not begun and choice.is_default)):
            found.choice, found.resources = choice, choice.resources
            return
    remembered = [by_id[pk] for pk in request.session.get(REMEMBERED, ()) if pk in by_id]
    calendars = [each for each in found.all_resources if each.kind == ResourceKind.CALENDAR]
    own = [each for each in calendars if each.practitioner and _is_own(each, request)]
    first = [each for each in calendars if each.unit_id == calendars[0].unit_id]
    found.resources = remembered or own or first[:AT_FIRST]


def _is_own(calendar: Resource, request: HttpRequest) -> bool:
    return calendar.practitioner is not None and calendar.practitioner.user_id == request.user.pk


def _colours(request: HttpRequest, choice: Choice | None) -> str:
    asked = request.GET.get("colours", "")
    if asked in Colouring:
        return asked
    if choice is not None:
        return choice.selection.colours
    return request.session.get(REMEMBERED_COLOURS, "")


def _remember(request: HttpRequest, found: Chosen) -> None:
    """Only what was asked for, and only when it is new: a session is written to the database."""
    wanted = {}
    if "selection" in request.GET or "calendars" in request.GET or found.choice is not None:
        wanted[REMEMBERED] = [resource.pk for resource in found.resources]
        wanted[REMEMBERED_SELECTION] = found.choice.pk if found.choice else None
    if request.GET.get("colours", "") in Colouring:
        wanted[REMEMBERED_COLOURS] = found.colours
    for key, value in wanted.items():
        if request.session.get(key) != value:
            request.session[key] = value
