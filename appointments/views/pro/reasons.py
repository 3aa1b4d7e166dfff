"""Visit reasons, for administrators: an overview of each, and a page for each of its sections."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Unit
from accounts.services.set_up import SetUpRefused
from accounts.staff import administrator_page
from appointments.enums import ResourceKind
from appointments.forms_reason_parts import NeedsForm, OffersForm, QuestionsForm
from appointments.forms_reasons import SECTIONS, AddForm
from appointments.models import Calendar, Resource, VisitReason
from appointments.selectors.needs import needs_of, offers_of
from appointments.selectors.reason_pages import details, hindrances, parts, reasons_by_unit
from appointments.services import reasons as services
from doctolib.hosts import address

asks = require_http_methods(["GET", "HEAD", "POST"])


@administrator_page
@require_safe
def reason_list(request: HttpRequest) -> HttpResponse:
    """All reasons, or those of one unit."""
    text = request.GET.get("unit", "")
    unit = get_object_or_404(Unit, pk=int(text)) if text.isascii() and text.isdigit() and len(text) < 19 else None
    groups = reasons_by_unit(unit.pk if unit else None)
    return _page(request, "reasons", {"groups": groups, "unit": unit, "units": Unit.objects.all()})


@administrator_page
@asks
def add(request: HttpRequest) -> HttpResponse:
    if not Unit.objects.exists():
        messages.info(request, _("A visit reason belongs to a unit. Set up the unit first."))
        return HttpResponseRedirect(reverse("unit-new"), status=303)
    initial = {"unit": request.GET.get("unit"), "duration": 30}
    form = AddForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        try:
            made = services.add_reason(reason=form.instance)
        except SetUpRefused as refusal:
            form.add_error("name_de", str(refusal.message))
        else:
            messages.success(request, _("%(name)s is set up. Which calendars offer it?") % {"name": made.name})
            return _see_other("reason-calendars", made)
    return _page(request, "reason_add", {"form": form}, status=422 if form.errors else 200)


@administrator_page
@require_safe
def reason(request: HttpRequest, reason_id: int) -> HttpResponse:
    return _overview(request, _reason(reason_id))


@administrator_page
@asks
def section(request: HttpRequest, reason_id: int, section: str) -> HttpResponse:
    """Some fields of a reason."""
    found = _reason(reason_id)
    if section not in SECTIONS:
        raise Http404
    form = SECTIONS[section](request.POST if request.method == "POST" else None, instance=found)
    if form.is_valid():
        try:
            if form.changed_data:
                services.change_reason(reason=form.instance, section=section, fields=list(form.fields))
        except SetUpRefused as refusal:
            form.add_error("name_de", str(refusal.message))
        else:
            return _saved(request, found, section)
    context = {"form": form, "title": form.title, "text": form.text, "reason": _reason(reason_id)}
    return _page(request, "reason_section", context, status=422 if form.errors else 200)


@administrator_page
@asks
def calendars(request: HttpRequest, reason_id: int) -> HttpResponse:
    """Which calendars offer it. Calendars out of use are listed when they do."""
    found = _reason(reason_id)
    offers = offers_of(found)
    rows = list(
        Calendar.objects.filter(Q(is_active=True) | Q(pk__in=offers))
        .select_related("unit")
        .order_by("unit__position", "unit__name_de", "unit_id", "position", "name", "pk")
    )
    form = OffersForm(request.POST if request.method == "POST" else None, calendars=rows, offers=offers)
    if form.is_valid():
        services.set_offers(reason=found, offers=form.offers())
        return _saved(request, found, "calendars")
    return _page(request, "reason_calendars", {"form": form, "reason": found}, status=422 if form.errors else 200)


@administrator_page
@asks
def needs(request: HttpRequest, reason_id: int) -> HttpResponse:
    """Which rooms and devices a visit takes."""
    found = _reason(reason_id)
    there = needs_of(found)
    chosen = {pk for need in there for pk in need.resources}
    rows = list(
        Resource.objects.exclude(kind=ResourceKind.CALENDAR)
        .filter(Q(is_active=True) | Q(pk__in=chosen))
        .select_related("unit", "site")
        .order_by("kind", "unit__position", "position", "name", "pk")
    )
    form = NeedsForm(request.POST if request.method == "POST" else None, resources=rows, needs=there)
    if form.is_valid():
        services.set_needs(reason=found, needs=form.needs())
        return _saved(request, found, "needs")
    context = {"form": form, "reason": found, "resources": rows}
    return _page(request, "reason_needs", context, status=422 if form.errors else 200)


@administrator_page
@asks
def questions(request: HttpRequest, reason_id: int) -> HttpResponse:
    """What patients are asked when they book it."""
    found = _reason(reason_id)
    form = QuestionsForm(request.POST if request.method == "POST" else None, questions=list(found.questions.all()))
    if form.is_valid():
        services.set_questions(reason=found, questions=form.questions())
        return _saved(request, found, "questions")
    return _page(request, "reason_questions", {"form": form, "reason": found}, status=422 if form.errors else 200)


@administrator_page
@require_POST
def act(request: HttpRequest, reason_id: int) -> HttpResponse:
    """Put it online or take it off, copy, order, archive, bring back, remove."""
    found = _reason(reason_id)
    action = ACTIONS.get(request.POST.get("act", ""))
    if action is None:
        raise Http404
    try:
        return action(request, found)
    except SetUpRefused as refusal:
        return _overview(request, _reason(reason_id), refused=str(refusal.message), status=409)


def _copy(request: HttpRequest, reason: VisitReason) -> HttpResponse:
    made = services.copy_reason(reason=reason)
    messages.success(request, _("This is the copy. Give it a name of its own."))
    return HttpResponseRedirect(reverse("reason-section", args=[made.pk, "names"]), status=303)


def _up(request: HttpRequest, reason: VisitReason) -> HttpResponse:
    return _moved(reason, up=True)


def _down(request: HttpRequest, reason: VisitReason) -> HttpResponse:
    return _moved(reason, up=False)


def _moved(reason: VisitReason, *, up: bool) -> HttpResponse:
    if not reason.is_archived:
        services.move_reason(reason=reason, up=up)
    return HttpResponseRedirect(f"{reverse('reasons')}?unit={reason.unit_id}#reason-{reason.pk}", status=303)


def _archive(request: HttpRequest, reason: VisitReason) -> HttpResponse:
    services.archive_reason(reason=reason)
    messages.success(request, _("Archived. Nobody can book it any more; appointments stay."))
    return _see_other("reason", reason)


def _restore(request: HttpRequest, reason: VisitReason) -> HttpResponse:
    services.restore_reason(reason=reason)
    messages.success(request, _("It is back, but not online yet."))
    return _see_other("reason", reason)


def _remove(request: HttpRequest, reason: VisitReason) -> HttpResponse:
    name = reason.name
    services.remove_reason(reason=reason)
    messages.success(request, _("%(name)s is removed.") % {"name": name})
    return HttpResponseRedirect(f"{reverse('reasons')}?unit={reason.unit_id}", status=303)


ACTIONS: dict[str, Callable[[HttpRequest, VisitReason], HttpResponse]] = {
    "copy": _copy,
    "up": _up,
    "down": _down,
    "archive": _archive,
    "restore": _restore,
    "remove": _remove,
}


def _overview(request: HttpRequest, reason: VisitReason, *, refused: str = "", status: int = 200) -> HttpResponse:
    organisation = request.user.organisation
    own, more = details(reason), parts(reason)
    sections = [(key, SECTIONS[key].title, own[key], reverse("reason-section", args=[reason.pk, key])) for key in own]
    titles = {"calendars": _("Calendars"), "needs": _("Rooms and devices"), "questions": _("Questions")}
    sections += [(key, titles[key], more[key], reverse(f"reason-{key}", args=[reason.pk])) for key in more]
    context = {
        "reason": reason,
        "sections": sections,
        "hindrances": hindrances(reason, organisation=organisation, now=timezone.now()),
        "public_address": address("www", f"/{organisation.slug}/book/times/?reason={reason.pk}"),
        "refused": refused,
    }
    return _page(request, "reason", context, status=status)


def _reason(reason_id: int) -> VisitReason:
    return get_object_or_404(VisitReason.objects.select_related("unit", "follow_up"), pk=reason_id)


def _saved(request: HttpRequest, reason: VisitReason, section: str) -> HttpResponse:
    messages.success(request, _("Saved."))
    return HttpResponseRedirect(f"{reverse('reason', args=[reason.pk])}#{section}", status=303)


def _see_other(name: str, reason: VisitReason) -> HttpResponse:
    return HttpResponseRedirect(reverse(name, args=[reason.pk]), status=303)


def _page(request: HttpRequest, name: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    shared = {"section": "settings", "organisation": request.user.organisation}
    return render(request, f"pro/{name}.html", {**shared, **context}, status=status)
