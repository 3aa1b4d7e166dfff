"""Where one is signed in and who tried to be: the same at the patients' and the professionals' door."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.selectors_access import connections_of, sessions_of
from accounts.services import sessions

from .common import page


@login_required
@require_safe
def connections(request: HttpRequest) -> HttpResponse:
    key = request.session.session_key
    own = sessions_of(request.user, current=key, now=timezone.now())
    context = {"sessions": own, "others": len(own) > 1, "connections": connections_of(request.user)}
    with timezone.override(request.user.organisation.zone if request.user.organisation else None):
        return page(request, "accounts/connections.html", context)


@login_required
@require_POST
def end_session(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    """End one session of one's own: it is nobody from its next request on."""
    if not sessions.end(request.user, connection_id):
        raise Http404
    messages.success(request, _("The device is signed out."))
    return HttpResponseRedirect(reverse("connections"), status=303)


@login_required
@require_POST
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    ended = sessions.end_others(request.user, request.session)
    words = ngettext("%(number)d other device is signed out.", "%(number)d other devices are signed out.", ended)
    messages.success(request, words % {"number": ended})
    return HttpResponseRedirect(reverse("connections"), status=303)


@require_http_methods(["GET", "POST"])
def session(request: HttpRequest) -> HttpResponse:
    """How many seconds are left until one is signed out, for the warning; POST means someone wants to stay."""
    if not request.user.is_authenticated:
        return JsonResponse({"seconds": 0}, status=401)
    return JsonResponse({"seconds": request.session_seconds})
