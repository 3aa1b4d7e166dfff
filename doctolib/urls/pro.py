"""Clinic staff."""

from django.urls import include, path

from accounts.urls.pro import settings_urlpatterns

from . import handlers, shared

globals().update(handlers)

urlpatterns = [
    *shared,
    path("account/", include("accounts.urls.pro")),
    path("settings/", include(settings_urlpatterns)),
    path("patients/", include("patients.urls.pro")),
    path("", include("appointments.urls.pro")),
]
