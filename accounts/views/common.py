"""What the doors' account pages share: the way back to where someone came from, and the answer "not so often"."""

import math
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.models import Organisation
from accounts.throttling import Throttled

BASES = {"www": "public/base_public.html", "pro": "pro/base_pro.html", "admin": "admin/base_door.html"}
LANDING = {"www": "/my/appointments/", "pro": "/", "admin": "/"}
LONGEST_PATH = 1000


def next_path(request: HttpRequest) -> str:
    """Where to go on afterwards: a path of this host from the address, or "" for anything else."""
    path = request.GET.get("next", "")
    local = path.startswith("/") and len(path) <= LONGEST_PATH
    if local and url_has_allowed_host_and_scheme(path, allowed_hosts=None):
        return path
    return ""


def landing(request: HttpRequest) -> str:
    """Where to go on: where someone came from, else the door's own start."""
    return next_path(request) or LANDING[request.door]


def with_next(name: str, path: str) -> str:
    """The address of one of our pages that goes on to ``path`` in the end."""
    address = reverse(name)
    return f"{address}?{urlencode({'next': path})}" if path else address


def page(
    request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200, path: str | None = None
) -> HttpResponse:
    """An account page in the frame of its door, with the phone number of the clinic that someone is booking at."""
    path = next_path(request) if path is None else path
    clinic = _clinic(path) if request.door == "www" else None
    shared = {
        "base": BASES[request.door],
        "next": path,
        "next_query": f"?{urlencode({'next': path})}" if path else "",
        "clinic_name": clinic.name if clinic else "",
        "clinic_phone": clinic.phone if clinic else "",
    }
    return render(request, template, {**shared, **context}, status=status)


def throttled(request: HttpRequest, refusal: Throttled, message: str) -> HttpResponse:
    """429 with the time from which it works again."""
    clinic = _clinic(next_path(request)) if request.door == "www" else None
    context = {
        "message": message,
        "retry_at": refusal.retry_at + timedelta(seconds=59),  # shown in whole minutes, and never too early
        "clinic_name": clinic.name if clinic else "",
        "clinic_phone": clinic.phone if clinic else "",
    }
    wait = max(1, math.ceil((refusal.retry_at - timezone.now()).total_seconds()))
    response = render(request, "errors/429.html", context, status=429)
    response["Retry-After"] = str(wait)
    return response


def _clinic(path: str) -> Organisation | None:
    """The clinic whose pages the path is among: an address begins with its slug."""
    slug = path.strip("/").partition("/")[0].partition("?")[0]
    return Organisation.objects.filter(slug=slug).first() if slug else None
