"""Pages of a clinic in which nothing is set up yet."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.rules import may_administer


def no_calendar(request: HttpRequest, denied: str) -> HttpResponse:
    """There is no calendar in which the user may do what they want: whoever may set one up is led there, everybody
    else reads ``denied``. Raises PermissionDenied."""
    if not may_administer(request.user, request.user.organisation_id):
        raise PermissionDenied(denied)
    messages.info(request, _("There is no calendar yet. Set one up first."))
    return HttpResponseRedirect(reverse("settings"), status=303)
