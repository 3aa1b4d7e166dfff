"""Prescriptions: record and correct one, and say for which an appointment counts."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.staff import staff_page
from appointments.forms_prescriptions import PrescriptionForm, TieForm
from appointments.models import Prescription
from appointments.rules import may_change
from appointments.selectors.visible import visible_appointments
from appointments.services import prescriptions
from appointments.services.booking import BookingRefused
from doctolib import audit
from patients.models import Patient
from patients.selectors import name_of, visible_patients

from .desk.answers import in_panel
from .together import changed, show


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    patient = get_object_or_404(visible_patients(request.user), pk=patient_id)
    form = PrescriptionForm(request.POST or None, today=timezone.localdate())
    if not form.is_valid():
        return _page(request, patient, form, title=_("New prescription"))
    prescriptions.record_prescription(patient=patient, prescribed=form.prescribed())
    messages.success(request, _("The prescription is recorded."))
    return HttpResponseRedirect(reverse("patient-card", args=[patient.pk]), status=303)


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, prescription_id: UUID) -> HttpResponse:
    rows = Prescription.objects.filter(patient__in=visible_patients(request.user)).select_related("patient")
    found = get_object_or_404(rows, pk=prescription_id)
    form = PrescriptionForm(
        request.POST or None, initial=PrescriptionForm.initial_of(found), today=timezone.localdate()
    )
    title = _("Change the prescription")
    if not form.is_valid():
        audit.record("prescription.viewed", found, about=found.patient)
        return _page(request, found.patient, form, title=title)
    try:
        prescriptions.change_prescription(prescription=found, prescribed=form.prescribed())
    except BookingRefused as refusal:
        return _page(request, found.patient, form, title=title, refusal=refusal, status=409)
    messages.success(request, _("Saved."))
    return HttpResponseRedirect(reverse("patient-card", args=[found.patient_id]), status=303)


def _page(
    request: HttpRequest, patient: Patient, form: PrescriptionForm, *, title: str, status: int = 200, refusal=None
) -> HttpResponse:
    context = {
        "form": form,
        "title": title,
        "name": name_of(patient.name),
        "back_href": reverse("patient-card", args=[patient.pk]),
        "refusal": refusal,
        "section": "patients",
        "organisation": request.user.organisation,
    }
    return render(request, "pro/prescription.html", context, status=422 if form.errors else status)


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def tie(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    rows = visible_appointments(request.user).select_related("patient", "calendar", "reason")
    found = get_object_or_404(rows, pk=appointment_id)
    if not may_change(request.user, found):
        raise PermissionDenied(_("You may see this appointment, but not change it."))
    if not visible_patients(request.user).filter(pk=found.patient_id).exists():
        raise Http404
    sent = request.method == "POST"
    initial = {"prescription": str(found.prescription_id or "")}
    form = TieForm(request.POST if sent else None, found=found, today=timezone.localdate(), initial=initial)
    context = {"form": form, "appointment": found, "name": name_of(found.patient.name)}
    if not sent or not form.is_valid():
        return show(request, "pro/_tie.html", _("Prescription"), status=422 if sent else 200, **context)
    chosen = form.cleaned_data["prescription"]
    try:
        prescriptions.tie_appointment(
            appointment=found, prescription_id=UUID(chosen) if chosen else None, zone=request.user.organisation.zone
        )
    except BookingRefused as refusal:
        return show(request, "pro/_tie.html", _("Prescription"), status=409, refusal=refusal, **context)
    if in_panel(request):
        return changed(show(request, "pro/_tie.html", _("Prescription"), said=_("Saved."), **context))
    messages.success(request, _("Saved."))
    return HttpResponseRedirect(reverse("appointment", args=[found.pk]), status=303)
