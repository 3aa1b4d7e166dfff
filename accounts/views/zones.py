"""Access zones and sign-in rules, for an organisation's administrators."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.forms_access import SignInRulesForm, ZoneForm
from accounts.models import AccessZone
from accounts.networks import client_address
from accounts.selectors_access import professionals_by_name, zone_at, zones_of
from accounts.services import zones
from accounts.services.sign_in_rules import set_sign_in_rules
from accounts.staff import administrator_page
from accounts.verified import fresh_factor

asks = require_http_methods(["GET", "HEAD", "POST"])


@administrator_page
@require_safe
def zone_list(request: HttpRequest) -> HttpResponse:
    address = client_address(request)
    context = {
        "zones": zones_of(request.user.organisation_id),
        "address": address,
        "here": zone_at(request.user.organisation_id, address),
    }
    return _page(request, "accounts/zones.html", context)


@administrator_page
@asks
def zone_add(request: HttpRequest) -> HttpResponse:
    return _edit(request, None)


@administrator_page
@asks
def zone_change(request: HttpRequest, zone_id: UUID) -> HttpResponse:
    return _edit(request, _zone(request, zone_id))


@administrator_page
@asks
def zone_remove(request: HttpRequest, zone_id: UUID) -> HttpResponse:
    zone = _zone(request, zone_id)
    if request.method != "POST":
        return _page(request, "accounts/zone_remove.html", {"zone": zone})
    name = zone.name
    try:
        zones.remove_zone(zone, by=request.user, address=client_address(request), confirmed=_confirmed(request))
    except zones.WouldLockOut as refusal:
        return _warning(request, refusal, back=reverse("zones"), fields=[])
    return _done(request, _("The access zone “%(name)s” is removed.") % {"name": name})


@administrator_page
@fresh_factor
@asks
def sign_in_rules(request: HttpRequest) -> HttpResponse:
    organisation = request.user.organisation
    initial = {name: getattr(organisation, name) for name in SignInRulesForm.base_fields}
    form = SignInRulesForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        set_sign_in_rules(organisation, **form.cleaned_data)
        messages.success(request, _("The sign-in rules are saved."))
        return HttpResponseRedirect(reverse("sign-in-rules"), status=303)
    return _page(request, "pro/sign_in_rules.html", {"form": form}, status=422 if form.errors else 200)


def _edit(request: HttpRequest, zone: AccessZone | None) -> HttpResponse:
    """Add or change a zone; a change that locks people out is asked about on a page of its own first."""
    professionals = [(str(user.pk), name) for user, name in professionals_by_name(request.user.organisation_id)]
    data = request.POST if request.method == "POST" else None
    form = ZoneForm(data, professionals=professionals, zone=zone)
    if form.is_valid() and "edit" not in request.POST:
        who = {"by": request.user, "address": client_address(request), "confirmed": _confirmed(request)}
        try:
            if zone is None:
                zone = zones.add_zone(form.details(), **who)
            else:
                zones.change_zone(zone, form.details(), **who)
        except zones.NameTaken:
            form.add_error("name", _("There is a zone with this name already."))
        except zones.WouldLockOut as refusal:
            fields = [(name, value) for name in form.fields for value in request.POST.getlist(name)]
            return _warning(request, refusal, back="", fields=fields)
        else:
            return _done(request, _("The access zone “%(name)s” is saved.") % {"name": zone.name})
    context = {"form": form, "zone": zone, "address": client_address(request)}
    return _page(request, "accounts/zone.html", context, status=422 if form.errors else 200)


def _warning(
    request: HttpRequest, refusal: zones.WouldLockOut, *, back: str, fields: list[tuple[str, str]]
) -> HttpResponse:
    """409: what the change would lock. ``fields`` is what was typed, to be sent again."""
    context = {
        "lockouts": refusal.lockouts,
        "address": client_address(request),
        "fields": fields,
        "back": back,
    }
    return _page(request, "accounts/zone_warning.html", context, status=409)


def _zone(request: HttpRequest, zone_id: UUID) -> AccessZone:
    for zone in zones_of(request.user.organisation_id):
        if zone.pk == zone_id:
            return zone
    raise Http404


def _confirmed(request: HttpRequest) -> bool:
    return request.POST.get("confirmed") == "yes"


def _done(request: HttpRequest, words: str) -> HttpResponse:
    messages.success(request, words)
    return HttpResponseRedirect(reverse("zones"), status=303)


def _page(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    shared = {"section": "settings", "organisation": request.user.organisation}
    return render(request, template, {**shared, **context}, status=status)
