"""Patients for support: pseudonyms only, the key is not to be had in the support scope."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from doctolib.platform_admin import ReadOnlyTenantAdmin
from patients.models import Patient


@admin.register(Patient)
class PatientAdmin(ReadOnlyTenantAdmin):
    called = _("patient"), _("patients")
    labels = {"language": _("language"), "created_at": _("created")}
    list_display = ["id", "last_name", "first_name", "birth_date", "phone", "created_at"]
    fields = ["id", "last_name", "first_name", "birth_date", "phone", "email", "language", "created_at"]
    ordering = ["-created_at"]

    @admin.display(description=_("last name"))
    def last_name(self, patient: Patient) -> str:
        return patient.name["last_name"]

    @admin.display(description=_("first name"))
    def first_name(self, patient: Patient) -> str:
        return patient.name["first_name"]

    @admin.display(description=_("date of birth"))
    def birth_date(self, patient: Patient) -> str:
        return patient.name["birth_date"]

    @admin.display(description=_("phone"))
    def phone(self, patient: Patient) -> str:
        return patient.contact["phone"]

    @admin.display(description=_("email"))
    def email(self, patient: Patient) -> str:
        return patient.contact["email"]
