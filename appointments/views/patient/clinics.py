"""The list of clinics, and a clinic's own page."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from appointments.selectors.public import organisation_page, published_organisations
from doctolib.tenancy.middleware import in_scope

from .frame import page, visiting


@require_safe
def organisations(request: HttpRequest) -> HttpResponse:
    return page(request, "organisations", clinics=published_organisations())


@require_safe
@in_scope(visiting)
def organisation(request: HttpRequest, slug: str) -> HttpResponse:
    shown = organisation_page(request.organisation, now=timezone.now())
    return page(request, "organisation", page=shown)
