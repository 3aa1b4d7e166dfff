"""Patients for support: pseudonyms only, the key is not to be had in the support scope."""

from django.contrib import admin

from doctolib.platform_admin import ReadOnlyTenantAdmin
from patients.models import Patient


@admin.register(Patient)
class PatientAdmin(ReadOnlyTenantAdmin):
    list_display = ["id", "last_name", "first_name", "birth_date", "phone", "created_at"]
    fields = ["id", "last_name", "first_name", "birth_date", "phone", "language", "created_at"]
    ordering = ["-created_at"]

    @admin.display
    def last_name(self, patient: Patient) -> str:
        return patient.name["last_name"]

    @admin.display
    def first_name(self, patient: Patient) -> str:
        return patient.name["first_name"]

    @admin.display
    def birth_date(self, patient: Patient) -> str:
        return patient.name["birth_date"]

    @admin.display
    def phone(self, patient: Patient) -> str:
        return patient.contact["phone"]
