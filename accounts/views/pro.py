"""The professional's own account and the organisation's settings: what there is, for whom."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.enums import ProArea
from accounts.own_pages import administers
from accounts.pro_pages import pages_for
from accounts.selectors import contact_of
from accounts.set_up_steps import steps
from accounts.staff import staff_page


@staff_page
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    context = {
        "contact": contact_of(request.user),
        "pages": pages_for(request.user, ProArea.OWN),
        "organisation": request.user.organisation,
    }
    return render(request, "pro/account.html", context)


@staff_page
@require_safe
def settings(request: HttpRequest) -> HttpResponse:
    context = {
        "pages": pages_for(request.user, ProArea.CLINIC),
        "steps": steps() if administers(request.user) else [],
        "section": "settings",
        "organisation": request.user.organisation,
    }
    return render(request, "pro/settings.html", context)
