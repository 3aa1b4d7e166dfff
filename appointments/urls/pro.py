from django.urls import include, path

from appointments.views import pro

urlpatterns = [
    path("", pro.start, name="calendar"),
    path("day/", pro.day, name="calendar-day"),
    path("week/", pro.week, name="calendar-week"),
    path("list/", pro.as_list, name="calendar-list"),
    path("why/", pro.why, name="calendar-why"),
    path("appointments/<uuid:appointment_id>/", pro.appointment, name="appointment"),
    path("appointments/<uuid:appointment_id>/cancel/", pro.cancel, name="appointment-cancel"),
    path("api/", include("appointments.api.urls")),
]
