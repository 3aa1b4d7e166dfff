"""Search as one types: the options of a combobox, or a list of results without scripts."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.staff import staff_page
from doctolib import audit
from patients.rules import may_open_patients
from patients.selectors_search import find_patients, read_query


@staff_page
@require_POST
def find(request: HttpRequest) -> HttpResponse:
    """``q`` comes in the body: a name must not be in an address, which is logged."""
    if not may_open_patients(request.user, request.user.organisation_id):
        raise PermissionDenied(_("You have no right to open patient records."))
    asked = read_query(request.POST.get("q", "")[:200], today=timezone.localdate())
    matches, more = find_patients(asked)
    if asked.is_enough:
        audit.record("patients.searched", request.user)
    context = {"matches": matches, "more": more, "is_enough": asked.is_enough}
    response = render(request, "pro/_patient_options.html", context)
    if asked.is_enough:
        response.headers["X-Enough"] = "more" if more else "all"  # for what the script says aloud
    return response
