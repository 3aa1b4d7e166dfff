"""One appointment: its panel beside the calendar, and the same as a page of its own."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.staff import staff_page
from appointments.enums import AppointmentStatus, Referral
from appointments.forms_desk import STATUSES, CancelReasonForm, NoteForm, VersionField
from appointments.models import Appointment
from appointments.rules import may_cancel, may_change
from appointments.selectors.calendar import rooms_of
from appointments.selectors.series import together_of
from appointments.selectors.staff_times import waited_minutes
from appointments.selectors.told import told_about
from appointments.selectors.visible import bookable_calendars, visible_appointments
from doctolib import audit
from patients.rules import may_open_patients
from patients.selectors import patient_view
from patients.selectors_documents import documents_of_appointment, referrals

MOVABLE = (AppointmentStatus.BOOKED, AppointmentStatus.ARRIVED, AppointmentStatus.IN_TREATMENT)


class CancelForm(CancelReasonForm):
    version = VersionField(required=False)  # a page may be older than this field


@staff_page
@require_safe
def appointment(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    found = found_appointment(request, appointment_id)
    audit.record("appointment.viewed", found, about=found.patient)
    return show(request, found)


def found_appointment(request: HttpRequest, appointment_id: UUID) -> Appointment:
    """The appointment, if the user may see it; else 404."""
    appointments = visible_appointments(request.user).select_related(
        "calendar", "calendar__unit", "calendar__site", "calendar__practitioner", "reason", "patient"
    )
    return get_object_or_404(appointments, pk=appointment_id)


def show(request: HttpRequest, found: Appointment, *, status: int = 200, **context: Any) -> HttpResponse:
    """``said``: what was just done, ``refusal``: why not, as of desk/answers.py."""
    organisation = request.user.organisation
    wanted = found.reason.referral != Referral.NONE
    details = found.details or {}
    is_coming = found.ends_at > timezone.now()
    shared = {
        "appointment": found,
        "patient": patient_view(found.patient, today=timezone.localdate()),
        "rooms": rooms_of(found.pk),
        "referral_wanted": wanted,
        "referrals": referrals(documents_of_appointment(found.pk)) if wanted else [],
        "together": together_of(found, today=timezone.localdate()),
        "told": told_about([pk for pk in (found.pk, found.series_id, found.chain_id) if pk]),
        "may_repeat": may_change(request.user, found) and found.series_id is None,
        "may_tie": may_change(request.user, found) and may_open_patients(request.user, organisation.pk),
        "waited": waited_minutes(found, now=timezone.now()),
        "details": details,
        "form": CancelForm(auto_id="cancel-%s", initial={"version": found.version}),
        "note_form": NoteForm(auto_id="note-%s", initial={"note": details.get("note", ""), "version": found.version}),
        "statuses": status_buttons(found) if may_change(request.user, found) else [],
        "may_change": may_change(request.user, found) and found.status != AppointmentStatus.CANCELLED,
        "may_move": may_change(request.user, found) and found.status in MOVABLE and is_coming,
        "may_cancel": may_cancel(request.user, found) and is_coming,
        "may_duplicate": bool(bookable_calendars(request.user)[:1]),
        "may_open_patients": may_open_patients(request.user, organisation.pk),
        "section": "calendar",
        "organisation": organisation,
    }
    template = "pro/_appointment.html" if "HX-Request" in request.headers else "pro/appointment.html"
    return render(request, template, {**shared, **context}, status=status)


def status_buttons(found: Appointment) -> list[dict[str, Any]]:
    """The statuses that it can be given now: with one that is cancelled, none."""
    if found.status == AppointmentStatus.CANCELLED:
        return []
    return [{"value": value, "current": value == found.status} for value, _label in STATUSES]
