"""What search engines ask for: which pages there are, and which are none of their business."""

from itertools import islice

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from accounts.models import DirectoryEntry
from appointments.selectors.directory import published_entries

MOST = 50_000  # addresses in one file, says the protocol
# Booking asks for free times, which is work for nothing; the rest is somebody's own.
NOT_FOR_ROBOTS = ("/account/", "/my/", "/*/book/", "/*/appointments/", "/i18n/")


@require_safe
@cache_control(public=True, max_age=3600)
def sitemap(request: HttpRequest) -> HttpResponse:
    """Every page of every published clinic, from the directory alone."""
    pages = {reverse("organisations"): None, reverse("ranking"): None}
    for entry in published_entries().iterator():
        pages.update(dict.fromkeys(_pages_of(entry), entry.published_at))
    addresses = [(request.build_absolute_uri(path), changed) for path, changed in islice(pages.items(), MOST)]
    return render(request, "appointments/sitemap.xml", {"addresses": addresses}, content_type="application/xml")


@require_safe
@cache_control(public=True, max_age=3600)
def robots(request: HttpRequest) -> HttpResponse:
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in NOT_FOR_ROBOTS),
        f"Sitemap: {request.build_absolute_uri(reverse('sitemap'))}",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


def _pages_of(entry: DirectoryEntry) -> list[str]:
    slug = entry.organisation.slug
    units = [] if entry.is_only else [reverse("unit", args=[slug, entry.unit_slug])]
    people = [reverse("practitioner", args=[slug, person_id]) for person_id, _name in entry.people]
    return [reverse("organisation", args=[slug]), *units, *people]
