"""Addresses of patients. The first part is an organisation's slug; `my` is reserved (accounts.models)."""

from django.urls import include, path

from appointments.api.views import FreeTimes
from appointments.views import patient as views

booking = [
    path("", views.reasons, name="book-reason"),
    path("times/", views.times, name="book-times"),
    path("times.json", FreeTimes.as_view(), name="free-times"),
    path("hold/", views.hold, name="book-hold"),
    path("who/", views.who, name="book-who"),
    path("for/", views.whom, name="book-whom"),
    path("longer/", views.longer, name="book-longer"),
    path("give-up/", views.give_up, name="book-release"),
    path("check/", views.check, name="book-check"),
    path("done/<uuid:appointment_id>/", views.done, name="book-done"),
]

appointment = [
    path("", views.appointment, name="appointment"),
    path("cancel/", views.cancel, name="appointment-cancel"),
    path("move/", views.move, name="appointment-move"),
    path("move/check/", views.move_check, name="appointment-move-check"),
    path("calendar.ics", views.calendar_file, name="appointment-calendar"),
    path("documents/", views.shared_documents, name="appointment-documents"),
]

waiting = [
    path("join/", views.join, name="waiting-join"),
    path("<uuid:entry_id>/", views.own, name="waiting-own"),
    path("<uuid:entry_id>/change/", views.change, name="waiting-change"),
    path("<uuid:entry_id>/leave/", views.leave, name="waiting-leave"),
    path("<uuid:entry_id>/go-on/", views.go_on, name="waiting-go-on"),
    path("<uuid:entry_id>/accept/<uuid:offer_id>/", views.accept, name="waiting-accept"),
    path("<uuid:entry_id>/refuse/<uuid:offer_id>/", views.refuse, name="waiting-refuse"),
]

urlpatterns = [
    path("", views.organisations, name="organisations"),
    path("search/ranking/", views.ranking, name="ranking"),
    path("sitemap.xml", views.sitemap, name="sitemap"),
    path("robots.txt", views.robots, name="robots"),
    path("my/appointments/", views.my, name="my-appointments"),
    path("<slug:slug>/", views.organisation, name="organisation"),
    path("<slug:slug>/units/<slug:unit_slug>/", views.unit, name="unit"),
    path("<slug:slug>/people/<int:practitioner_id>/", views.practitioner, name="practitioner"),
    path("<slug:slug>/photos/<uuid:photo_id>.jpg", views.photo, name="photo"),
    path("<slug:slug>/book/", include(booking)),
    path("<slug:slug>/embed/", views.embed, name="embed"),
    path("<slug:slug>/documents/", views.my_documents, name="my-documents"),
    path("<slug:slug>/documents/<uuid:document_id>/", views.document, name="document"),
    path("<slug:slug>/documents/<uuid:document_id>/delete/", views.delete_document, name="document-delete"),
    path("<slug:slug>/reminders/", views.my_reminders, name="my-reminders"),
    path("<slug:slug>/r/<str:token>/", views.by_message_link, name="message-link"),  # short, for text messages
    path("<slug:slug>/o/<str:token>", views.by_link, name="waiting-link"),
    path("<slug:slug>/waiting/", include(waiting)),
    path("<slug:slug>/appointments/<uuid:appointment_id>/", include(appointment)),
]
