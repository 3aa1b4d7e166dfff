"""The search over clinics, and the public pages of a clinic, its units and its people."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import ProfilePhoto
from accounts.photos import photo_answer
from appointments import structured_data
from appointments.search_form import SearchForm
from appointments.selectors.directory import AHEAD, COMPARED, search
from appointments.selectors.languages import languages_in_words
from appointments.selectors.public import OrganisationPage, organisation_page
from doctolib.tenancy.middleware import in_scope

from .frame import home_of, page, see_other, visiting


@require_safe
def organisations(request: HttpRequest) -> HttpResponse:
    """The start page: what someone looks for, and all hits. Each clinic on the page is asked for its next free time."""
    form = SearchForm(request.GET)
    status = 200 if form.is_valid() else 422
    asked = form.asked()
    found = search(asked, page=request.GET.get("page"), now=timezone.now())
    query = request.GET.copy()
    query.pop("page", None)
    return page(
        request,
        "organisations",
        status=status,
        form=form,
        found=found,
        insurance=asked.insurance,  # booking asks for it as well
        searched=any(query.values()),
        query=f"{query.urlencode()}&" if query else "",
        weeks=AHEAD // 7,
    )


@require_safe
def ranking(request: HttpRequest) -> HttpResponse:
    """How hits are sorted, in words: the law wants it within reach of the hits (§ 5b UWG)."""
    return page(request, "ranking", compared=COMPARED, weeks=AHEAD // 7)


@require_safe
@in_scope(visiting)
def organisation(request: HttpRequest, slug: str) -> HttpResponse:
    shown = organisation_page(request.organisation, now=timezone.now())
    data = structured_data.of_organisation(request.organisation, shown, url=_home(request))
    return _public(request, "organisation", clinic_context(shown), data)


@require_safe
@in_scope(visiting)
def unit(request: HttpRequest, slug: str, unit_slug: str) -> HttpResponse:
    """A unit of several; the only one of a clinic has the clinic's page."""
    shown = organisation_page(request.organisation, now=timezone.now())
    context = unit_context(shown, unit_slug)
    if shown.is_single:
        return see_other(home_of(slug))
    url = request.build_absolute_uri(request.path)
    data = structured_data.of_unit(request.organisation, context["unit"], url=url, home=_home(request))
    return _public(request, "unit", context, data)


@require_safe
@in_scope(visiting)
def practitioner(request: HttpRequest, slug: str, practitioner_id: int) -> HttpResponse:
    """Someone with a calendar in use; a unit each where they see patients."""
    shown = organisation_page(request.organisation, now=timezone.now())
    context = person_context(shown, practitioner_id)
    url, units = request.build_absolute_uri(request.path), [unit for unit, _person in context["places"]]
    data = structured_data.of_practitioner(request.organisation, context["person"], units, url=url, home=_home(request))
    return _public(request, "practitioner", context, data)


@require_safe
@in_scope(visiting)
def photo(request: HttpRequest, slug: str, photo_id: UUID) -> HttpResponse:
    """A photo of a profile that is published now; the database shows visitors no other."""
    found = get_object_or_404(ProfilePhoto, pk=photo_id, is_public=True)
    return photo_answer(found, cache="public, max-age=86400")


def clinic_context(shown: OrganisationPage) -> dict[str, Any]:
    """What the template of a clinic's page needs; also for previews."""
    return {"page": shown, "profile": shown.profile, "languages": languages_in_words(shown.languages)}


def unit_context(shown: OrganisationPage, unit_slug: str) -> dict[str, Any]:
    """As ``clinic_context``, for a unit. Raises Http404."""
    found = next((unit for unit in shown.units if unit.slug == unit_slug), None)
    if found is None:
        raise Http404
    return {
        "page": shown,
        "unit": found,
        "profile": found.profile,
        "languages": languages_in_words(found.languages),
    }


def person_context(shown: OrganisationPage, practitioner_id: int) -> dict[str, Any]:
    """As ``clinic_context``, for someone with a calendar in use. Raises Http404."""
    places = [(unit, person) for unit in shown.units for person in unit.practitioners if person.id == practitioner_id]
    if not places:
        raise Http404
    person = places[0][1]
    return {
        "page": shown,
        "person": person,
        "places": places,
        "profile": person.profile,
        "languages": languages_in_words(person.languages),
    }


def _public(request: HttpRequest, name: str, context: dict[str, Any], data: dict[str, Any]) -> HttpResponse:
    """A page with its data for search engines, and where its photos are (a photo's id and .jpg follow)."""
    photos = f"{reverse('organisation', args=[request.organisation.slug])}photos/"
    return page(request, name, **context, photos=photos, structured=structured_data.data_block(data))


def _home(request: HttpRequest) -> str:
    return request.build_absolute_uri(home_of(request.organisation.slug))
