"""Appointments for support, with pseudonyms."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from appointments.models import Appointment
from doctolib.platform_admin import ReadOnlyTenantAdmin


@admin.register(Appointment)
class AppointmentAdmin(ReadOnlyTenantAdmin):
    called = _("appointment"), _("appointments")
    labels = {
        "calendar": _("calendar"),
        "reason": _("visit reason"),
        "starts_at": _("start"),
        "ends_at": _("end"),
        "status": _("status"),
        "origin": _("origin"),
        "created_at": _("created"),
    }
    list_display = ["id", "starts_at", "calendar", "reason", "patient_name", "status", "origin"]
    list_filter = ["status", "origin"]
    list_select_related = ["calendar", "reason", "patient"]
    fields = ["id", "calendar", "reason", "patient_name", "starts_at", "ends_at", "status", "origin", "created_at"]
    ordering = ["-starts_at"]

    @admin.display(description=_("patient"))
    def patient_name(self, appointment: Appointment) -> str:
        return "{first_name} {last_name}".format_map(appointment.patient.name)
