from django.urls import include, path, re_path

from appointments.views import pro
from appointments.views.pro import (
    absences,
    chains,
    hours,
    month,
    palette,
    prescriptions,
    preview,
    printed,
    reasons,
    reminders,
    selections,
    series,
    series_plan,
    texts,
    today,
    waiting,
)

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

# Appointments that belong together.
together = [
    path("series/new/", series_plan.plan, name="series-new"),
    path("appointments/<uuid:appointment_id>/series/", series.overview, name="appointment-series"),
    path("appointments/<uuid:appointment_id>/series/move/", series.move, name="series-move"),
    path("appointments/<uuid:appointment_id>/series/cancel/", series.cancel, name="series-cancel"),
    path("visits/new/", chains.plan, name="visit-new"),
    path("appointments/<uuid:appointment_id>/visit/", chains.overview, name="appointment-visit"),
    path("appointments/<uuid:appointment_id>/visit/move/", chains.move, name="visit-move"),
    path("appointments/<uuid:appointment_id>/visit/cancel/", chains.cancel, name="visit-cancel"),
    path("appointments/<uuid:appointment_id>/prescription/", prescriptions.tie, name="appointment-prescription"),
    path("patients/<uuid:patient_id>/prescriptions/new/", prescriptions.new, name="prescription-new"),
    path("prescriptions/<uuid:prescription_id>/", prescriptions.change, name="prescription"),
]

selections_list = [
    path("", selections.index, name="selections"),
    path("add/", selections.add, name="selection-add"),
    path("start/", selections.start_with, name="selection-start"),
    path("<int:selection_id>/", selections.change, name="selection-change"),
    path("<int:selection_id>/calendars/", selections.calendars, name="selection-calendars"),
    path("<int:selection_id>/order/", selections.order, name="selection-order"),
    path("<int:selection_id>/delete/", selections.delete, name="selection-delete"),
]

opening_hours = [
    path("", hours.week, name="calendar-hours"),
    path("add/", hours.add, name="hours-add"),
    path("extra/", hours.extra, name="hours-extra"),
    path("copy/", hours.copy, name="hours-copy"),
    path("<int:block_id>/", hours.change, name="hours-change"),
    path("<int:block_id>/end/", hours.end, name="hours-end"),
]

absence_pages = [
    path("", absences.absences, name="absences"),
    path("add/", absences.add, name="absence-add"),
    path("<uuid:absence_id>/", absences.change, name="absence-change"),
    path("<uuid:absence_id>/delete/", absences.delete, name="absence-delete"),
    path("<uuid:absence_id>/appointments/", absences.hits, name="absence-hits"),
]

visit_reasons = [
    path("", reasons.reason_list, name="reasons"),
    path("add/", reasons.add, name="reason-add"),
    path("<int:reason_id>/", reasons.reason, name="reason"),
    path("<int:reason_id>/calendars/", reasons.calendars, name="reason-calendars"),
    path("<int:reason_id>/needs/", reasons.needs, name="reason-needs"),
    path("<int:reason_id>/questions/", reasons.questions, name="reason-questions"),
    path("<int:reason_id>/act/", reasons.act, name="reason-act"),
    path("<int:reason_id>/<slug:section>/", reasons.section, name="reason-section"),
]

urlpatterns = [
    path("", pro.start, name="calendar"),
    path("calendar/", pro.start, name="calendar-selection"),
    path("calendar/work-week/", pro.work_week, name="calendar-work-week"),
    path("calendar/month/", month.month, name="calendar-month"),
    path("calendar/today/", today.today, name="calendar-today"),
    path("calendar/today/gap/", today.next_gap, name="calendar-gap"),
    path("calendar/print/", printed.printed, name="calendar-print"),
    path("calendar/selections/", include(selections_list)),
    path("palette/", palette.palette, name="palette"),
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
    path("settings/calendars/<int:resource_id>/", pro.settings.calendar_change, name="calendar-change"),
    path("settings/reasons/", include(visit_reasons)),
    path("settings/profile/<slug:key>/preview/", preview.profile, name="profile-preview"),
    path("settings/reminders/", reminders.set_up, name="reminders"),
    path("settings/recalls/", reminders.recalls, name="recalls"),
    path("settings/notices/", texts.notices, name="notices"),
    path("settings/texts/", texts.texts, name="texts"),
    path("settings/texts/<str:kind>/<str:language>/", texts.text, name="text"),
    path("settings/texts/<str:kind>/<str:language>/standard/<str:channel>/", texts.standard, name="text-standard"),
    path("settings/review/", pro.review.review, name="rights-review"),
    re_path(r"^settings/review/who-may-what\.(?P<form>csv|xlsx)$", pro.review.review_file, name="rights-review-file"),
    path("settings/review/done/", pro.review.review_done, name="rights-review-done"),
    path("settings/hours/", absences.overview, name="hours-set-up"),
    path("calendars/<int:calendar_id>/hours/", include(opening_hours)),
    path("absences/", include(absence_pages)),
    path("waiting/", include(waiting_list)),
    path("", include(together)),
    path("api/", include("appointments.api.urls")),
]
