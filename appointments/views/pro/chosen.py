"""Which calendars a page shows: asked for by the address, remembered in the session, or the usual ones."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest

from appointments.enums import Colouring
from appointments.models import Calendar
from appointments.selectors.selections import Choice, choices_of
from appointments.selectors.visible import visible_calendars
from doctolib.numbers import row_number

AT_FIRST = 6  # calendars shown to someone who has not chosen any and has none of their own
REMEMBERED = "calendars"  # session keys: numbers and a word, no personal data
REMEMBERED_SELECTION = "calendar-selection"
REMEMBERED_COLOURS = "calendar-colours"


@dataclass
class Chosen:
    """What is shown, and among what it was chosen."""

    all_calendars: list[Calendar]
    choices: list[Choice]
    calendars: list[Calendar]
    choice: Choice | None = None
    colours: str = ""  # as asked for; empty: what suits the view


def calendars_for(request: HttpRequest) -> list[Calendar]:
    """The calendars that may be seen, by unit."""
    return list(
        visible_calendars(request.user)
        .select_related("unit", "practitioner")
        .order_by("unit__position", "unit__name_de", "unit_id", "position", "name", "id")
    )


def chosen_by(request: HttpRequest) -> Chosen:
    """Raises Http404 for a calendar or a selection that is not there to be seen."""
    found = Chosen(calendars := calendars_for(request), choices_of(request.user, calendars), [])
    found.choice = _asked_selection(request, found.choices)
    asked = asked_calendars(request, calendars)
    if found.choice is not None:
        found.calendars = found.choice.calendars
    elif asked:
        found.calendars = asked
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


def asked_calendars(request: HttpRequest, calendars: list[Calendar]) -> list[Calendar]:
    """In the order of the address."""
    by_id = {calendar.pk: calendar for calendar in calendars}
    asked = [part for text in request.GET.getlist("calendars") for part in text.split(",") if part]
    ids = list(dict.fromkeys(row_number(part) or 0 for part in asked))
    if not set(ids) <= by_id.keys():
        raise Http404
    return [by_id[pk] for pk in ids]


def _remembered(request: HttpRequest, found: Chosen) -> None:
    """What this session last showed; else the selection to start with, one's own calendars, or the first unit's."""
    by_id = {calendar.pk: calendar for calendar in found.all_calendars}
    begun = REMEMBERED in request.session
    number = request.session.get(REMEMBERED_SELECTION)
    for choice in found.choices:
        if choice.calendars and (choice.pk == number or (not begun and choice.is_default)):
            found.choice, found.calendars = choice, choice.calendars
            return
    remembered = [by_id[pk] for pk in request.session.get(REMEMBERED, ()) if pk in by_id]
    own = [each for each in found.all_calendars if each.practitioner and _is_own(each, request)]
    first = [each for each in found.all_calendars if each.unit_id == found.all_calendars[0].unit_id]
    found.calendars = remembered or own or first[:AT_FIRST]


def _is_own(calendar: Calendar, request: HttpRequest) -> bool:
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
        wanted[REMEMBERED] = [calendar.pk for calendar in found.calendars]
        wanted[REMEMBERED_SELECTION] = found.choice.pk if found.choice else None
    if request.GET.get("colours", "") in Colouring:
        wanted[REMEMBERED_COLOURS] = found.colours
    for key, value in wanted.items():
        if request.session.get(key) != value:
            request.session[key] = value
