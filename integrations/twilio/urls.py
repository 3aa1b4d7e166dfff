"""Addresses that Twilio calls, under /api/twilio/."""

from django.urls import path

from . import views

urlpatterns = [
    path("receipts/<slug:owner>/<uuid:message_id>/", views.receipt, name="twilio-receipt"),
    path("messages/", views.message, name="twilio-message"),
]
