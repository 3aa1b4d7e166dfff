"""Clinic staff."""

from django.urls import include, path

from . import handlers, shared

globals().update(handlers)

urlpatterns = [
    *shared,
    path("account/", include("accounts.urls.pro")),
    path("patients/", include("patients.urls.pro")),
    path("", include("appointments.urls.pro")),
]
