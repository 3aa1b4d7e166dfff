"""One appointment: its panel beside the calendar, the same as a page of its own, cancelling."""

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from accounts.staff import staff_page
from appointments.enums import Referral
from appointments.models import Appointment
from appointments.rules import may_cancel, may_change
from appointments.selectors.calendar import rooms_of
from appointments.selectors.told import told_about
from appointments.selectors.visible import visible_appointments
from appointments.services.booking import BookingRefused, cancel_appointment
from doctolib import audit
from doctolib.forms import Form
from patients.rules import may_open_patients
from patients.selectors import patient_view
from patients.selectors_documents import documents_of_appointment, referrals


class CancelForm(Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}),
        help_text=_("For your colleagues. The patient does not see it."),
    )


@staff_page
@require_safe
def appointment(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    found = _appointment(request, appointment_id)
    audit.record("appointment.viewed", found, about=found.patient)
    return _show(request, found, form=CancelForm(auto_id="cancel-%s"))


@staff_page
@require_POST
def cancel(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    found = _appointment(request, appointment_id)
    if not may_change(request.user, found):
        raise PermissionDenied(_("You may see this appointment, but not change it."))
    form = CancelForm(request.POST, auto_id="cancel-%s")
    if not form.is_valid():
        return _show(request, found, form=form, status=422)
    try:
        found = cancel_appointment(appointment=found, now=timezone.now(), reason=form.cleaned_data["reason"])
    except BookingRefused as refusal:
        return _show(request, found, form=form, refusal=refusal, status=409)
    response = _show(request, _appointment(request, found.pk), form=form, just_cancelled=True)
    response.headers["HX-Trigger"] = "appointments-changed"  # the grid behind the panel fetches its events again
    return response


def _appointment(request: HttpRequest, appointment_id: UUID) -> Appointment:
    appointments = visible_appointments(request.user).select_related(
        "calendar", "calendar__unit", "calendar__site", "calendar__practitioner", "reason", "patient"
    )
    return get_object_or_404(appointments, pk=appointment_id)


def _show(request: HttpRequest, found: Appointment, *, status: int = 200, **context: Any) -> HttpResponse:
    organisation = request.user.organisation
    wanted = found.reason.referral != Referral.NONE
    shared = {
        "appointment": found,
        "patient": patient_view(found.patient, today=timezone.localdate()),
        "rooms": rooms_of(found.pk),
        "details": found.details or {},
        "referral_wanted": wanted,
        "referrals": referrals(documents_of_appointment(found.pk)) if wanted else [],
        "told": told_about([found.pk]),
        "may_cancel": may_cancel(request.user, found) and found.ends_at > timezone.now(),
        "may_open_patients": may_open_patients(request.user, organisation.pk),
        "section": "calendar",
        "organisation": organisation,
    }
    template = "pro/_appointment.html" if "HX-Request" in request.headers else "pro/appointment.html"
    return render(request, template, {**shared, **context}, status=status)
