"""Appointments on the patient's card: what is ahead first, then what was."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from appointments.selectors.prescriptions import prescriptions_of
from appointments.selectors.told import told_about
from appointments.selectors.visible import bookable_calendars, visible_appointments, visible_entries
from appointments.selectors.waiting_pages import entries, views
from patients.models import Patient
from patients.selectors import Section, register_section

MOST = 200  # the latest; a card is not an archive


def _appointments(request: HttpRequest, patient: Patient) -> dict[str, Any]:
    now = timezone.now()
    found = list(
        visible_appointments(request.user)
        .filter(patient=patient)
        .select_related("calendar", "calendar__practitioner", "reason")
        .defer("details")
        .order_by("-starts_at")[:MOST]
    )
    ahead = [appointment for appointment in reversed(found) if appointment.ends_at > now]
    return {"ahead": ahead, "past": [appointment for appointment in found if appointment.ends_at <= now]}


def _waiting(request: HttpRequest, patient: Patient) -> dict[str, Any]:
    found = entries(visible_entries(request.user), patient=patient, closed_at=None)
    return {"entries": views(found, request.user.organisation, now=timezone.now()), "patient_id": patient.pk}


def _told(request: HttpRequest, patient: Patient) -> dict[str, Any]:
    found = visible_appointments(request.user).filter(patient=patient).order_by("-starts_at")
    starts = dict(found.values_list("pk", "starts_at")[:MOST])
    return {"messages": [(message, starts[message.about]) for message in told_about(starts)]}


def _prescriptions(request: HttpRequest, patient: Patient) -> dict[str, Any]:
    return {
        "prescriptions": prescriptions_of(patient.pk, today=timezone.localdate()),
        "patient_id": patient.pk,
        "may_plan": bookable_calendars(request.user).exists(),
    }


def register() -> None:
    register_section(Section("appointments", _("Appointments"), "pro/_patient_appointments.html", _appointments))
    register_section(
        Section("prescriptions", _("Prescriptions"), "pro/_patient_prescriptions.html", _prescriptions, position=5)
    )
    register_section(Section("told", _("Notifications"), "pro/_patient_told.html", _told))
    register_section(Section("waiting", _("Waiting list"), "pro/_patient_waiting.html", _waiting))
