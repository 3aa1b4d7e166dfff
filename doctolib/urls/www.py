"""Patients."""

from django.urls import include, path

from . import handlers, shared

globals().update(handlers)

urlpatterns = [
    *shared,
    path("dev/phone/", include("doctolib.outbox.urls")),
    path("api/twilio/", include("integrations.twilio.urls")),
    path("account/", include("accounts.urls.patient")),
    path("", include("appointments.urls.patient")),  # last: an organisation's slug is the first part of its addresses
]
