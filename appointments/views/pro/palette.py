"""The command palette: a dialog everywhere in the portal, and a plain page. What is typed never is in an address."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.staff import staff_page
from appointments.selectors.palette import asks_for_patients, chosen, options
from appointments.services.palette import note_search, remember

LONGEST = 80


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def palette(request: HttpRequest) -> HttpResponse:
    """POST ``q``: what fits; POST ``choose``: go there (303). 404 is no answer here: what is not to be had is said."""
    value = request.POST.get("choose", "")
    if value:
        option = chosen(user=request.user, value=value)
        if option is not None:
            remember(user=request.user, option=option, now=timezone.now())
            return HttpResponseRedirect(option.address, status=303)
    text = request.POST.get("q", "")[:LONGEST]
    found = options(user=request.user, text=text, now=timezone.now())
    if asks_for_patients(request.user, text):
        note_search(user=request.user)
    context = {
        "options": found,
        "text": text,
        "problem": _("This is not to be had any more.") if value else "",
        "organisation": request.user.organisation,
    }
    template = "pro/_palette_options.html" if "HX-Request" in request.headers else "pro/palette.html"
    return render(request, template, context, status=409 if value else 200)
