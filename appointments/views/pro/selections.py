"""Saved selections: save, rename, order the columns, start with one, delete."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.staff import staff_page
from appointments.enums import CalendarView, Colouring
from appointments.forms_selections import SelectionForm
from appointments.models import ZOOMS, Resource, Selection
from appointments.rules import may_change_selection
from appointments.selectors.selections import Choice, choices_of, units_to_share_with, visible_selections
from appointments.services import selections as services
from doctolib.numbers import row_number

from .chosen import asked_resources, resources_for
from .page import selection_address

STEPS = {"up": -1, "down": 1}


@staff_page
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    choices = choices_of(request.user, resources_for(request))
    rows = [{"choice": choice, "address": selection_address(choice)} for choice in choices]
    return _render(request, "pro/selections.html", {"rows": rows, "starts": any(c.is_default for c in choices)})


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """Save what the address names (``calendars``, in their order) under a name."""
    chosen = asked_resources(request, resources_for(request))
    form = SelectionForm(
        request.POST if request.method == "POST" else None,
        units=units_to_share_with(request.user),
        initial={
            "view": _known(request.GET.get("view", ""), CalendarView.values) or CalendarView.DAY,
            "colours": _known(request.GET.get("colours", ""), Colouring.values) or Colouring.REASON,
            "zoom": ZOOMS[0],
        },
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = services.save_selection(
                user=request.user, resource_ids=[each.pk for each in chosen], **form.cleaned_data
            )
        except services.SelectionRefused as refusal:
            form.add_error(None, _words(refusal))
        else:
            messages.success(request, _("“%(name)s” is saved.") % {"name": made.name})
            return HttpResponseRedirect(f"{reverse('calendar-selection')}?selection={made.pk}", status=303)
    context = {"form": form, "resources": chosen}
    return _render(request, "pro/selection_add.html", context, status=422 if form.is_bound else 200)


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, selection_id: int) -> HttpResponse:
    found = _mine(request, selection_id)
    form = _form(request, found)
    if request.method == "POST" and form.is_valid():
        services.change_selection(selection=found, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return HttpResponseRedirect(reverse("selections"), status=303)
    return _change_page(request, found, form, status=422 if form.is_bound else 200)


@staff_page
@require_POST
def calendars(request: HttpRequest, selection_id: int) -> HttpResponse:
    """Which columns it has: those that stay keep their order, new ones follow."""
    found = _mine(request, selection_id)
    seen = resources_for(request)
    wanted = {text for text in request.POST.getlist("calendars")}
    if not wanted <= {str(each.pk) for each in seen}:
        raise Http404
    before = [place.resource_id for place in found.places.all()]
    kept = [pk for pk in before if str(pk) in wanted]
    new = [each.pk for each in seen if str(each.pk) in wanted and each.pk not in kept]
    try:
        services.set_resources(selection=found, resource_ids=[*kept, *new], seen=[each.pk for each in seen])
    except services.NothingChosen as refusal:
        form = _form(request, found, bound=False)
        return _change_page(request, found, form, problem=_words(refusal), status=409)
    messages.success(request, _("Saved."))
    return HttpResponseRedirect(reverse("selection-change", args=[found.pk]), status=303)


@staff_page
@require_POST
def order(request: HttpRequest, selection_id: int) -> HttpResponse:
    """One arrow button: ``move`` is ``up 17`` or ``down 17``."""
    found = _mine(request, selection_id)
    word, _space, number = request.POST.get("move", "").partition(" ")
    seen = [each.pk for each in resources_for(request)]
    resource_id = row_number(number)
    if word not in STEPS or resource_id not in seen:
        raise Http404
    services.move_resource(selection=found, resource_id=resource_id, step=STEPS[word], seen=seen)
    return HttpResponseRedirect(f"{reverse('selection-change', args=[found.pk])}#{word}-{number}", status=303)


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, selection_id: int) -> HttpResponse:
    found = _mine(request, selection_id)
    if request.method != "POST":
        return _render(request, "pro/selection_delete.html", {"selection": found})
    services.delete_selection(selection=found)
    messages.success(request, _("“%(name)s” is deleted.") % {"name": found.name})
    return HttpResponseRedirect(reverse("selections"), status=303)


@staff_page
@require_POST
def start_with(request: HttpRequest) -> HttpResponse:
    """``selection`` is what the calendar opens with after signing in; empty: what is usual."""
    text = request.POST.get("selection", "")
    found = _visible(request, row_number(text) or 0) if text else None
    services.set_default(user=request.user, selection=found)
    messages.success(request, _("Saved. It counts when you sign in the next time."))
    return HttpResponseRedirect(reverse("selections"), status=303)


def _visible(request: HttpRequest, selection_id: int) -> Selection:
    return get_object_or_404(visible_selections(request.user).select_related("unit"), pk=selection_id)


def _mine(request: HttpRequest, selection_id: int) -> Selection:
    """Raises Http404 for what is not to be seen, PermissionDenied for what is somebody else's."""
    found = _visible(request, selection_id)
    if not may_change_selection(request.user, found):
        raise PermissionDenied(_("Only who made this selection, or an administrator, can change it."))
    return found


def _form(request: HttpRequest, found: Selection, *, bound: bool = True) -> SelectionForm:
    units = units_to_share_with(request.user)
    if found.unit is not None and found.unit not in units:
        units.append(found.unit)
    initial = {name: getattr(found, name) for name in ("name", "view", "colours", "zoom")}
    data = request.POST if bound and request.method == "POST" else None
    return SelectionForm(data, units=units, initial={**initial, "unit": found.unit_id})


def _change_page(
    request: HttpRequest, found: Selection, form: SelectionForm, *, problem: str = "", status: int = 200
) -> HttpResponse:
    seen = resources_for(request)
    choice = next(each for each in choices_of(request.user, seen) if each.pk == found.pk)
    context = {
        "selection": found,
        "form": form,
        "choice": choice,
        "problem": problem,
        "address": selection_address(choice),
        "others": _with_marks(seen, choice),
    }
    return _render(request, "pro/selection.html", context, status=status)


def _with_marks(seen: list[Resource], choice: Choice) -> list[tuple[Resource, bool]]:
    return [(resource, resource.pk in choice.resource_ids) for resource in seen]


def _known(text: str, values: list[str]) -> str:
    return text if text in values else ""


def _words(refusal: services.SelectionRefused) -> str:
    if isinstance(refusal, services.TooManySelections):
        text = _("You keep %(count)d selections already. Please delete one first.")
        return text % {"count": services.MOST_OF_ONE}
    return _("Please choose at least one calendar.")


def _render(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    shared = {"section": "calendar", "organisation": request.user.organisation}
    return render(request, template, {**shared, **context}, status=status)
