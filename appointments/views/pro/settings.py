"""Calendars and units, for administrators."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Unit, UnitMember, User
from accounts.selectors import professionals_of, specialties
from accounts.selectors_profile import About
from accounts.services import units as services
from accounts.services.set_up import AlreadyThere
from accounts.staff import administrator_page
from appointments.enums import ResourceKind
from appointments.forms_settings import MemberForm, ResourceChangeForm, ResourceForm
from appointments.models import Calendar, Resource
from appointments.selectors.reason_pages import calendar_hindrances, coming_count
from appointments.services.calendars import add_resource, change_resource
from doctolib.hosts import address


@administrator_page
@require_safe
def calendars(request: HttpRequest) -> HttpResponse:
    resources = Resource.objects.select_related("unit", "site", "practitioner")
    rows = resources.order_by("unit__position", "unit__name_de", "unit_id", "kind", "position", "name")
    return _render(request, "pro/calendars.html", {"resources": rows})


@administrator_page
def calendar_add(request: HttpRequest) -> HttpResponse:
    if not Unit.objects.exists():
        messages.info(request, _("A calendar belongs to a unit. Set up the unit first."))
        return HttpResponseRedirect(reverse("unit-new"), status=303)
    form = ResourceForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _render(request, "pro/calendar_add.html", {"form": form}, status=422 if form.is_bound else 200)
    try:
        made = add_resource(**form.cleaned_data)
    except AlreadyThere as refusal:
        form.add_error("name", str(refusal.message))
        return _render(request, "pro/calendar_add.html", {"form": form}, status=422)
    messages.success(request, _("%(name)s is set up.") % {"name": made.name})
    if made.kind != ResourceKind.CALENDAR:
        return HttpResponseRedirect(reverse("clinic-calendars"))
    messages.info(request, _("Only administrators see the new calendar. Give others their rights here."))
    return HttpResponseRedirect(f"{reverse('rights')}?unit={made.unit_id}")


@administrator_page
@require_http_methods(["GET", "HEAD", "POST"])
def calendar_change(request: HttpRequest, resource_id: int) -> HttpResponse:
    """A calendar, room or device; with what keeps patients from booking it, or the way to what they see."""
    found = get_object_or_404(Resource, pk=resource_id)
    form = ResourceChangeForm(request.POST if request.method == "POST" else None, instance=found)
    if form.is_valid():
        try:
            if form.changed_data:
                change_resource(resource=form.instance, fields=form.changed_data)
        except AlreadyThere as refusal:
            form.add_error("name", str(refusal.message))
        else:
            messages.success(request, _("%(name)s is saved.") % {"name": found.name})
            return HttpResponseRedirect(reverse("clinic-calendars"), status=303)
    context = {"form": form, **_calendar_facts(request, resource_id)}
    return _render(request, "pro/calendar_change.html", context, status=422 if form.errors else 200)


def _calendar_facts(request: HttpRequest, resource_id: int) -> dict[str, Any]:
    """What else the page says of it, as it is in the database."""
    resource = Resource.objects.select_related("unit").get(pk=resource_id)
    organisation, now = request.user.organisation, timezone.now()
    facts: dict[str, Any] = {"resource": resource, "is_calendar": resource.kind == ResourceKind.CALENDAR}
    if facts["is_calendar"]:
        query = urlencode({"unit": resource.unit.slug, "calendar": resource.pk})
        facts |= {
            "coming": coming_count(resource, now=now),
            "hindrances": calendar_hindrances(resource, organisation=organisation, now=now),
            "public_address": address("www", f"/{organisation.slug}/book/?{query}"),
        }
    return facts


@administrator_page
@require_safe
def units(request: HttpRequest) -> HttpResponse:
    rows = list(Unit.objects.select_related("site").prefetch_related("members"))
    found = [{"unit": unit, "members": len(unit.members.all())} for unit in rows]
    return _render(request, "pro/units.html", {"rows": found})


@administrator_page
@require_safe
def unit(request: HttpRequest, unit_id: int) -> HttpResponse:
    return _unit(request, unit_id)


@administrator_page
@require_POST
def unit_add(request: HttpRequest, unit_id: int) -> HttpResponse:
    people = professionals_of(request.user.organisation, now=timezone.now())
    form = MemberForm(request.POST, people=people)
    if not form.is_valid():
        return _unit(request, unit_id, form=form, status=422)
    found, user = _member(request, unit_id, form.cleaned_data["person"])
    services.add_member(unit=found, user=user)
    return _back(request, found, _("Added. The person has what the unit was given."))


@administrator_page
@require_POST
def unit_remove(request: HttpRequest, unit_id: int, user_id: UUID) -> HttpResponse:
    found, user = _member(request, unit_id, user_id)
    services.remove_member(unit=found, user=user)
    return _back(request, found, _("Removed. The person no longer has what the unit was given."))


@administrator_page
@require_POST
def unit_lead(request: HttpRequest, unit_id: int, user_id: UUID) -> HttpResponse:
    found, user = _member(request, unit_id, user_id)
    services.set_leader(unit=found, user=user, value=request.POST.get("value") == "on")
    return _back(request, found, _("Saved. It counts at once."))


def _member(request: HttpRequest, unit_id: int, user_id: UUID) -> tuple[Unit, User]:
    user = get_object_or_404(User, pk=user_id, organisation=request.user.organisation)
    return get_object_or_404(Unit, pk=unit_id), user


def _back(request: HttpRequest, unit: Unit, done: str) -> HttpResponse:
    messages.success(request, done)
    return HttpResponseRedirect(reverse("clinic-unit", args=[unit.pk]))


def _unit(request: HttpRequest, unit_id: int, *, form: MemberForm | None = None, status: int = 200) -> HttpResponse:
    found = get_object_or_404(Unit.objects.select_related("site"), pk=unit_id)
    people = professionals_of(request.user.organisation, now=timezone.now())
    leads = dict(UnitMember.objects.filter(unit=found).values_list("user_id", "is_unit_admin"))
    specialty = next((str(each) for each in specialties() if each.code == found.specialty), found.specialty)
    context = {
        "unit": found,
        "unit_key": About(unit=found).key,
        "specialty": specialty,
        "members": [{"person": each, "leads": leads[each.id]} for each in people if each.id in leads],
        "calendars": Calendar.objects.filter(unit=found),
        "form": form or MemberForm(people=[each for each in people if each.id not in leads]),
    }
    return _render(request, "pro/unit.html", context, status=status)


def _render(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    shared = {"section": "settings", "organisation": request.user.organisation}
    return render(request, template, {**shared, **context}, status=status)
