"""Absences: the list, entering, changing, deleting, and what becomes of the appointments they strike.

Entering and changing are one step for whoever looked at the list of appointments: the absence is written first, in a
transaction of its own, then each appointment moves or is cancelled in one of its own. So these views enter the scope
themselves, once for each.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.staff import staff_only, staff_page, staff_scope
from appointments.enums import AbsenceReach
from appointments.forms_absences import AbsenceChangeForm, AbsenceForm, DeleteForm, initial_of
from appointments.forms_rebooking import Presets, choices_of
from appointments.models import Absence, Resource
from appointments.selectors.hours_week import absences_of, settable_calendars, settable_resources
from appointments.selectors.rebooking import Places, places_for
from appointments.selectors.struck import Struck, appointments_struck
from appointments.selectors.visible import bookable_calendars, visible_calendars
from appointments.services import absences as services
from appointments.services.rebooking import Fate, Outcome, carry_out
from doctolib.numbers import row_number

from .missing import no_calendar

EDIT = require_http_methods(["GET", "HEAD", "POST"])
PAGE = 50


@staff_page
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Calendars, rooms and devices whose hours or absences the user may set."""
    hours = {calendar.pk for calendar in settable_calendars(request.user)}
    resources = settable_resources(request.user)
    if not resources and not hours:
        return no_calendar(request, _("You may set neither opening hours nor absences in any calendar."))
    rows = [{"resource": resource, "hours": resource.pk in hours} for resource in resources]
    return _show(request, "hours_set_up", {"rows": rows})


@staff_page
@require_safe
def absences(request: HttpRequest) -> HttpResponse:
    """Those that last or come, or with ``past`` those that are over; of one resource or of all."""
    resources = _resources(request)
    now, past = timezone.now(), "past" in request.GET
    chosen = _chosen(request, resources)
    ids = [resource.pk for resource in ([chosen] if chosen else resources)]
    page = Paginator(absences_of(ids, now=now, past=past), PAGE).get_page(request.GET.get("page"))
    struck = [] if past else _struck_by(list(page), now)
    rows = [{"absence": absence, **_words(absence), "struck": count} for absence, count in
            zip(page, struck or [0] * len(page), strict=True)]  # fmt: skip
    context = {
        "rows": rows,
        "page": page,
        "past": past,
        "resources": resources,
        "chosen": chosen,
        "query": "".join([f"resource={chosen.pk}&" if chosen else "", "past=1&" if past else ""]),
    }
    return _show(request, "absences", context)


@staff_only
@EDIT
def add(request: HttpRequest) -> HttpResponse:
    with staff_scope(request):
        resources = _resources(request)
        initial = {"key": uuid4(), "all_day": True, "first_day": request.GET.get("day") or None}
        if chosen := _chosen(request, resources):
            initial["resources"] = [str(chosen.pk)]
        form = AbsenceForm(_sent(request), initial=initial, resources=resources)
        context = {"form": form, "title": _("Enter an absence")}
        if request.method != "POST" or not form.is_valid():
            return _show(request, "absence_form", context, status=422 if form.is_bound else 200)
    given = form.cleaned_data
    wanted = set(given["resources"])

    def write(**looked: Any) -> Sequence[UUID]:
        return services.enter_absences(
            key=given["key"],
            resources=[resource for resource in resources if str(resource.pk) in wanted],
            spans=form.spans(),
            zone=request.user.organisation.zone,
            note=given["note"],
            **looked,
        )

    return _write(request, write, context, done=_("The absence is entered."))


@staff_only
@EDIT
def change(request: HttpRequest, absence_id: UUID) -> HttpResponse:
    zone = request.user.organisation.zone
    with staff_scope(request):
        absence = _absence(request, absence_id)
        series = {"is_series": absence.series_id is not None}
        form = AbsenceChangeForm(_sent(request), initial=initial_of(absence, zone), **series)
        context = {"form": form, "absence": absence, "title": _("Change an absence")}
        if request.method != "POST" or not form.is_valid():
            return _show(request, "absence_form", context, status=422 if form.is_bound else 200)
        rows = _reached(request, absence, form.chosen_reach)

    def write(**looked: Any) -> Sequence[UUID]:
        note = form.cleaned_data["note"]
        services.change_absences(absence=absence, rows=rows, to=form.span(), zone=zone, note=note, **looked)
        return [row.pk for row in rows]

    return _write(request, write, context, done=_("The absence is changed."))


@staff_page
@EDIT
def delete(request: HttpRequest, absence_id: UUID) -> HttpResponse:
    absence = _absence(request, absence_id)
    form = DeleteForm(_sent(request), is_series=absence.series_id is not None)
    if request.method != "POST" or not form.is_valid():
        status = 422 if form.is_bound else 200
        return _show(
            request, "absence_delete", {"form": form, "absence": absence, "when": _words(absence)}, status=status
        )
    count = services.delete_absences(rows=_reached(request, absence, form.chosen_reach))
    text = ngettext("%(count)d absence is deleted.", "%(count)d absences are deleted.", count)
    messages.success(request, text % {"count": count})
    return HttpResponseRedirect(reverse("absences"), status=303)


@staff_only
@EDIT
def hits(request: HttpRequest, absence_id: UUID) -> HttpResponse:
    """The appointments in an absence that was entered before, with the same choices."""
    now = timezone.now()
    with staff_scope(request):
        absence = _absence(request, absence_id)
        struck = appointments_struck(services.away_of([absence]), now=now)
        context = {"absence": absence, "title": _("Appointments in an absence")}
        if request.method != "POST" or Presets.asked(request.POST):
            calendars = _open_calendars(request)
            places = places_for(struck, calendars, now=now, zone=request.user.organisation.zone)
            return _ask(request, context, struck, places, status=200)
    return _done(request, context, [absence.pk], now)


# The one step --------------------------------------------------------------------------------------------------------


def _write(
    request: HttpRequest, write: Callable[..., Sequence[UUID]], context: dict[str, Any], *, done: str
) -> HttpResponse:
    """Write, unless appointments lie there that were not looked at: then they are listed first."""
    now = timezone.now()
    listed = frozenset(choice.appointment_id for choice in choices_of(request.POST))
    presets = Presets.asked(request.POST)
    try:
        with staff_scope(request):
            calendars = _open_calendars(request)
            ids = write(now=now, calendars=calendars, seen=frozenset() if presets else listed)
    except services.StrikesAppointments as question:
        fresh = bool(listed) and not presets
        with staff_scope(request):
            return _ask(request, context, question.struck, question.places, status=409 if fresh else 200, fresh=fresh)
    except services.ChangedMeanwhile:
        raise Http404 from None
    if not listed:
        messages.success(request, done)
        return HttpResponseRedirect(reverse("absences"), status=303)
    return _done(request, {**context, "done": done}, ids, now)


def _ask(
    request: HttpRequest,
    context: dict[str, Any],
    struck: Sequence[Struck],
    places: dict[UUID, Places],
    *,
    status: int,
    fresh: bool = False,
) -> HttpResponse:
    """The appointments hit, each with what may become of it."""
    rows = Presets(request.POST).rows(struck, places)
    more = {"rows": rows, "fresh": fresh, "kept": _kept(request)}
    return _show(request, "absence_hits", {**context, **more}, status=status)


def _kept(request: HttpRequest) -> list[tuple[str, str]]:
    """What was typed, for the next time it is sent."""
    own = ("act-", "was-", "csrfmiddlewaretoken", "all")
    return [
        (name, value)
        for name in request.POST
        if not name.startswith(own[:2]) and name not in own
        for value in request.POST.getlist(name)
    ]


@dataclass(frozen=True, slots=True)
class Results:
    """What became of the appointments, and in numbers."""

    outcomes: list[Outcome]

    def of(self, fate: Fate) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.fate == fate]

    @property
    def text(self) -> str:
        """``7 verschoben, 1 abgesagt, 1 nicht möglich``."""
        counts = {fate: len(self.of(fate)) for fate in Fate}
        words = {
            Fate.MOVED: _("%(count)d moved"),
            Fate.CANCELLED: _("%(count)d cancelled"),
            Fate.LEFT: _("%(count)d left"),
            Fate.FAILED: _("%(count)d not possible"),
        }
        return ", ".join(word % {"count": counts[fate]} for fate, word in words.items() if counts[fate])


def _done(request: HttpRequest, context: dict[str, Any], ids: Sequence[UUID], now: datetime) -> HttpResponse:
    """Carry the choices out and say what became of each. Sent again, the page says the same."""
    organisation = request.user.organisation
    outcomes = carry_out(organisation=organisation, user=request.user, choices=choices_of(request.POST), now=now)
    results = Results(outcomes)
    with staff_scope(request):
        more = {
            "results": results,
            "moved": results.of(Fate.MOVED),
            "cancelled": results.of(Fate.CANCELLED),
            "left": results.of(Fate.LEFT),
            "failed": results.of(Fate.FAILED),
            "first_id": ids[0] if ids else None,
        }
        return _show(request, "absence_done", {**context, **more})


# What may be seen and set --------------------------------------------------------------------------------------------


def _resources(request: HttpRequest) -> list[Resource]:
    resources = settable_resources(request.user)
    if not resources:
        raise PermissionDenied(_("You may enter absences in no calendar."))
    return resources


def _chosen(request: HttpRequest, resources: Sequence[Resource]) -> Resource | None:
    text = request.GET.get("resource", "")
    if not text:
        return None
    found = next((resource for resource in resources if str(resource.pk) == text), None)
    if found is None:
        if visible_calendars(request.user).filter(pk=row_number(text)).exists():
            raise PermissionDenied(_("You may see this calendar, but not enter absences in it."))
        raise Http404
    return found


def _absence(request: HttpRequest, absence_id: UUID) -> Absence:
    """404 of a resource that is not to be seen, 403 of one that is not to be set."""
    settable = {resource.pk for resource in settable_resources(request.user)}
    absence = get_object_or_404(Absence.objects.select_related("resource"), pk=absence_id)
    if absence.resource_id not in settable:
        if visible_calendars(request.user).filter(pk=absence.resource_id).exists():
            raise PermissionDenied(_("You may see this calendar, but not change its absences."))
        raise Http404
    return absence


def _reached(request: HttpRequest, absence: Absence, reach: AbsenceReach) -> list[Absence]:
    """Of the series what this user may set."""
    settable = {resource.pk for resource in settable_resources(request.user)}
    return [row for row in services.reached(absence, reach) if row.resource_id in settable]


def _open_calendars(request: HttpRequest) -> dict[int, str]:
    """Where appointments may be moved to."""
    return dict(bookable_calendars(request.user).order_by("position", "name", "id").values_list("pk", "name"))


def _struck_by(rows: Sequence[Absence], now: datetime) -> list[int]:
    """How many appointments lie in each, by their calendars alone: rooms are looked at on the absence's own page."""
    struck = appointments_struck(services.away_of(rows), now=now)
    return [
        sum(
            each.calendar_id == row.resource_id and each.starts_at < row.ends_at and each.ends_at > row.starts_at
            for each in struck
        )
        for row in rows
    ]


def _words(absence: Absence) -> dict[str, Any]:
    starts, ends = timezone.localtime(absence.starts_at), timezone.localtime(absence.ends_at)
    all_day = starts.time() == ends.time() == datetime.min.time()
    last = ends.date() if not all_day else services.last_day(ends.date())
    return {"starts": starts, "ends": ends, "all_day": all_day, "last_day": last, "one_day": starts.date() == last}


def _sent(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _show(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    shared = {"section": "settings", "organisation": request.user.organisation}
    return render(request, f"pro/{template}.html", {**shared, **context}, status=status)
