"""The search over clinics, and the public pages of a clinic, its units and its people."""

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from appointments import structured_data
from appointments.search_form import SearchForm
from appointments.selectors.directory import AHEAD, COMPARED, search
from appointments.selectors.languages import languages_in_words
from appointments.selectors.public import organisation_page
from doctolib.tenancy.middleware import in_scope

from .frame import page, see_other, visiting


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
    return page(request, "organisation", page=shown, structured=structured_data.data_block(data))


@require_safe
@in_scope(visiting)
def unit(request: HttpRequest, slug: str, unit_slug: str) -> HttpResponse:
    """A unit of several; the only one of a clinic has the clinic's page."""
    shown = organisation_page(request.organisation, now=timezone.now())
    found = next((unit for unit in shown.units if unit.slug == unit_slug), None)
    if found is None:
        raise Http404
    if shown.is_single:
        return see_other(reverse("organisation", args=[slug]))
    url = request.build_absolute_uri(request.path)
    data = structured_data.of_unit(request.organisation, found, url=url, home=_home(request))
    return page(
        request,
        "unit",
        page=shown,
        unit=found,
        languages=languages_in_words(found.languages),
        structured=structured_data.data_block(data),
    )


@require_safe
@in_scope(visiting)
def practitioner(request: HttpRequest, slug: str, practitioner_id: int) -> HttpResponse:
    """Someone with a calendar in use; a unit each where they see patients."""
    shown = organisation_page(request.organisation, now=timezone.now())
    places = [(unit, person) for unit in shown.units for person in unit.practitioners if person.id == practitioner_id]
    if not places:
        raise Http404
    person = places[0][1]
    url = request.build_absolute_uri(request.path)
    data = structured_data.of_practitioner(
        request.organisation, person, [unit for unit, _person in places], url=url, home=_home(request)
    )
    return page(
        request,
        "practitioner",
        page=shown,
        person=person,
        places=places,
        languages=languages_in_words(person.languages),
        structured=structured_data.data_block(data),
    )


def _home(request: HttpRequest) -> str:
    return request.build_absolute_uri(reverse("organisation", args=[request.organisation.slug]))
