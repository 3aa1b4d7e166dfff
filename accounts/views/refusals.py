"""Pages and words for people who may not come in, or not any more."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.enums import Ending
from accounts.models import User
from accounts.networks import client_address
from accounts.rules import idle_limit


def outside_zone(request: HttpRequest, user: User) -> HttpResponse:
    """403: why this professional cannot work from here, and whom to ask."""
    if "HX-Request" in request.headers:  # a fragment has no place for it: the whole page says it
        return HttpResponse(status=403, headers={"HX-Refresh": "true"})
    context = {"clinic": user.organisation, "address": client_address(request), "lang": user.language}
    return render(request, "errors/outside_zone.html", context, status=403)


def ending_text(user: User, ending: Ending) -> str:
    """Why someone was signed out, with the way on."""
    if ending == Ending.OLD:
        return _("You were signed out because you signed in 12 hours ago. Sign in again.")
    minutes = idle_limit(user) // timedelta(minutes=1)
    if minutes % 60:
        sentence = ngettext(
            "You were signed out because nothing happened for %(number)d minute.",
            "You were signed out because nothing happened for %(number)d minutes.",
            minutes,
        )
        return sentence % {"number": minutes}
    sentence = ngettext(
        "You were signed out because nothing happened for %(number)d hour.",
        "You were signed out because nothing happened for %(number)d hours.",
        minutes // 60,
    )
    return sentence % {"number": minutes // 60}
