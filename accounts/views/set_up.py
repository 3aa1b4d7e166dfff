"""Sites, units and practitioners, for administrators to set up."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.forms_set_up import PractitionerForm, SiteForm, UnitForm
from accounts.models import Practitioner, Site, Unit
from accounts.selectors import professionals_of
from accounts.selectors_profile import About
from accounts.services import set_up as services
from accounts.staff import administrator_page

asks = require_http_methods(["GET", "HEAD", "POST"])


@administrator_page
@require_safe
def sites(request: HttpRequest) -> HttpResponse:
    rows = Site.objects.annotate(unit_count=Count("units"))
    return _page(request, "pro/sites.html", {"sites": rows})


@administrator_page
@asks
def site_add(request: HttpRequest) -> HttpResponse:
    return _site(request, Site())


@administrator_page
@asks
def site_change(request: HttpRequest, site_id: int) -> HttpResponse:
    return _site(request, get_object_or_404(Site, pk=site_id))


@administrator_page
@require_POST
def site_remove(request: HttpRequest, site_id: int) -> HttpResponse:
    site = get_object_or_404(Site, pk=site_id)
    return _remove(
        request, site, back="sites", again=lambda why: _site_page(request, site, SiteForm(instance=site), why)
    )


@administrator_page
@asks
def unit_new(request: HttpRequest) -> HttpResponse:
    if not Site.objects.exists():
        messages.info(request, _("A unit is at a site. Set up the site first."))
        return HttpResponseRedirect(reverse("site-add"), status=303)
    return _unit(request, Unit())


@administrator_page
@asks
def unit_change(request: HttpRequest, unit_id: int) -> HttpResponse:
    return _unit(request, get_object_or_404(Unit, pk=unit_id))


@administrator_page
@require_POST
def unit_delete(request: HttpRequest, unit_id: int) -> HttpResponse:
    unit = get_object_or_404(Unit, pk=unit_id)
    again = partial(_unit_page, request, unit, UnitForm(instance=unit))
    return _remove(request, unit, back="clinic-units", again=again)


@administrator_page
@require_POST
def unit_move(request: HttpRequest, unit_id: int) -> HttpResponse:
    """One place up or down in all lists."""
    unit = get_object_or_404(Unit, pk=unit_id)
    services.move(unit, Unit.objects.all(), up=request.POST.get("to") == "up")
    return HttpResponseRedirect(f"{reverse('clinic-units')}#unit-{unit.pk}", status=303)


@administrator_page
@require_safe
def practitioners(request: HttpRequest) -> HttpResponse:
    rows = Practitioner.objects.prefetch_related("calendars__unit")
    return _page(request, "pro/practitioners.html", {"practitioners": rows})


@administrator_page
@asks
def practitioner_add(request: HttpRequest) -> HttpResponse:
    return _practitioner(request, Practitioner())


@administrator_page
@asks
def practitioner_change(request: HttpRequest, practitioner_id: int) -> HttpResponse:
    return _practitioner(request, get_object_or_404(Practitioner, pk=practitioner_id))


@administrator_page
@require_POST
def practitioner_remove(request: HttpRequest, practitioner_id: int) -> HttpResponse:
    person = get_object_or_404(Practitioner, pk=practitioner_id)
    again = partial(_practitioner_page, request, person, PractitionerForm(instance=person, people=_people(request)))
    return _remove(request, person, back="practitioners", again=again)


def _site(request: HttpRequest, site: Site) -> HttpResponse:
    form = SiteForm(_sent(request), instance=site)
    if form.is_valid():
        try:
            services.save_site(site=form.instance, ways=form.ways())
        except services.AlreadyThere as refusal:
            form.add_error("name", str(refusal.message))
        else:
            return _saved(request, form, "sites")
    return _site_page(request, site, form)


def _unit(request: HttpRequest, unit: Unit) -> HttpResponse:
    form = UnitForm(_sent(request), instance=unit)
    if form.is_valid():
        try:
            services.save_unit(unit=form.instance)
        except services.AlreadyThere as refusal:
            form.add_error("name_de", str(refusal.message))
        else:
            return _saved(request, form, "clinic-unit", unit.pk)
    return _unit_page(request, unit, form)


def _practitioner(request: HttpRequest, person: Practitioner) -> HttpResponse:
    form = PractitionerForm(_sent(request), instance=person, people=_people(request))
    if form.is_valid():
        try:
            is_another = form.cleaned_data["is_another"] or not _name_changed(form)
            services.save_practitioner(practitioner=form.instance, is_another=is_another)
        except services.AlreadyThere:
            form.ask_again()
        else:
            return _saved(request, form, "practitioners")
    return _practitioner_page(request, person, form)


def _name_changed(form: PractitionerForm) -> bool:
    """Of two people with one name each can be changed otherwise without a question."""
    return not form.instance.pk or bool({"first_name", "last_name"} & set(form.changed_data))


def _site_page(request: HttpRequest, site: Site, form: SiteForm, refused: str = "") -> HttpResponse:
    return _page(
        request, "pro/site.html", {"site": site, "form": form, "refused": refused}, status=_status(form, refused)
    )


def _unit_page(request: HttpRequest, unit: Unit, form: UnitForm, refused: str = "") -> HttpResponse:
    context = {"unit": unit, "form": form, "refused": refused}
    return _page(request, "pro/unit_change.html", context, status=_status(form, refused))


def _practitioner_page(
    request: HttpRequest, person: Practitioner, form: PractitionerForm, refused: str = ""
) -> HttpResponse:
    context = {"person": person, "key": About(practitioner=person).key, "form": form, "refused": refused}
    return _page(request, "pro/practitioner.html", context, status=_status(form, refused))


def _remove(
    request: HttpRequest, row: Site | Unit | Practitioner, *, back: str, again: Callable[[str], HttpResponse]
) -> HttpResponse:
    name = str(row)
    try:
        services.remove(row)
    except services.InUse as refusal:
        return again(str(refusal.message))
    messages.success(request, _("%(name)s is removed.") % {"name": name})
    return HttpResponseRedirect(reverse(back), status=303)


def _saved(request: HttpRequest, form: Any, name: str, *args: Any) -> HttpResponse:
    messages.success(request, _("%(name)s is saved.") % {"name": form.instance})
    return HttpResponseRedirect(reverse(name, args=args), status=303)


def _people(request: HttpRequest) -> list[Any]:
    return professionals_of(request.user.organisation, now=timezone.now())


def _sent(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _status(form: Any, refused: str) -> int:
    if refused:
        return 409
    return 422 if form.errors else 200


def _page(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    shared = {"section": "settings", "organisation": request.user.organisation}
    return render(request, template, {**shared, **context}, status=status)
