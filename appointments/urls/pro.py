from django.urls import include, path, re_path

from appointments.views import pro
from appointments.views.pro import reminders, statistics, waiting

waiting_list = [
    path("", waiting.waiting_page, name="waiting-list"),
    path("add/", waiting.add, name="waiting-add"),
    path("set-up/", waiting.set_up, name="waiting-set-up"),
    path("<uuid:entry_id>/", waiting.entry, name="waiting-entry"),
    path("<uuid:entry_id>/act/", waiting.act, name="waiting-act"),
    path("<uuid:entry_id>/change/", waiting.change, name="waiting-change"),
    path("<uuid:entry_id>/offer/", waiting.offer, name="waiting-offer"),
    path("<uuid:entry_id>/offers/<uuid:offer_id>/", waiting.answer, name="waiting-answer"),
    path("<uuid:entry_id>/remove/", waiting.remove, name="waiting-remove"),
]

urlpatterns = [
    path("", pro.start, name="calendar"),
    path("day/", pro.day, name="calendar-day"),
    path("week/", pro.week, name="calendar-week"),
    path("list/", pro.as_list, name="calendar-list"),
    path("why/", pro.why, name="calendar-why"),
    path("appointments/<uuid:appointment_id>/", pro.appointment, name="appointment"),
    path("appointments/new/", pro.desk.new, name="appointment-new"),
    path("appointments/<uuid:appointment_id>/move/", pro.desk.move, name="appointment-move"),
    path("appointments/<uuid:appointment_id>/status/", pro.desk.status, name="appointment-status"),
    path("appointments/<uuid:appointment_id>/note/", pro.desk.note, name="appointment-note"),
    path("appointments/<uuid:appointment_id>/cancel/", pro.desk.cancel, name="appointment-cancel"),
    path("calendar/preview.json", pro.desk.preview, name="calendar-preview"),
    path("calendar/next.json", pro.desk.next_free, name="calendar-next"),
    path("calendar/undo/", pro.desk.undo, name="calendar-undo"),
    path("calendar/changes/", pro.desk.changes, name="calendar-changes"),
    path("settings/rights/", pro.rights, name="rights"),
    path("settings/units/", pro.settings.units, name="clinic-units"),
    path("settings/units/<int:unit_id>/", pro.settings.unit, name="clinic-unit"),
    path("settings/units/<int:unit_id>/members/", pro.settings.unit_add, name="unit-add"),
    path("settings/units/<int:unit_id>/members/<uuid:user_id>/remove/", pro.settings.unit_remove, name="unit-remove"),
    path("settings/units/<int:unit_id>/members/<uuid:user_id>/lead/", pro.settings.unit_lead, name="unit-lead"),
    path("settings/calendars/", pro.settings.calendars, name="clinic-calendars"),
    path("settings/calendars/add/", pro.settings.calendar_add, name="calendar-add"),
    path("settings/reminders/", reminders.set_up, name="reminders"),
    path("settings/recalls/", reminders.recalls, name="recalls"),
    path("settings/review/", pro.review.review, name="rights-review"),
    re_path(r"^settings/review/who-may-what\.(?P<form>csv|xlsx)$", pro.review.review_file, name="rights-review-file"),
    path("settings/review/done/", pro.review.review_done, name="rights-review-done"),
    path("statistics/", statistics.page, name="statistics"),
    re_path(r"^statistics/statistics\.(?P<form>csv|xlsx)$", statistics.file, name="statistics-file"),
    path("waiting/", include(waiting_list)),
    path("api/", include("appointments.api.urls")),
]
