"""One URL configuration a door. What all three share is here."""

from django.urls import include, path

from doctolib import pages, views
from doctolib.styleguide import styleguide

shared = [
    path("health/live", views.live, name="live"),
    path("health/ready", views.ready, name="ready"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("styleguide/", styleguide, name="styleguide"),
    *(
        path(f"pages/{name}/", pages.page, {"name": name}, name=name)
        for name in ("accessibility", "privacy", "imprint")
    ),
]

handlers = {
    "handler400": "doctolib.views.bad_request",
    "handler403": "doctolib.views.forbidden",
    "handler404": "doctolib.views.not_found",
    "handler500": "doctolib.views.server_error",
}
