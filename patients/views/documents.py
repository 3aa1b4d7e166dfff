"""Documents of a patient, for the clinic's staff."""

from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.staff import staff_only, staff_page, staff_scope
from crypto import keyring
from patients.enums import DocumentKind, DocumentOrigin
from patients.forms import UploadForm
from patients.models import Document, Patient
from patients.selectors import patient_view, visible_patients
from patients.selectors_documents import document_view, documents_of_patient
from patients.services.documents import (
    PURPOSES,
    NotReady,
    add_document,
    delete_document,
    open_document,
    sealed_file,
)
from patients.uploads import UploadRefused

from .files import file_response


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def documents(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """All documents, and a form for another one. The file is looked at and stored outside of the scope."""
    with staff_scope(request):
        patient = _patient(request, patient_id)
        shown = {"patient": patient_view(patient, today=timezone.localdate()), "person_id": patient.person_id}
        found = documents_of_patient(patient)
    form = UploadForm.sent(request) if request.method == "POST" else UploadForm()
    if form.is_valid():
        try:
            _keep(request, patient_id, form)
        except UploadRefused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("The document is stored."))
            return HttpResponseRedirect(reverse("patient-documents", args=[patient_id]), status=303)
    return _page(request, "documents", status=form.status if form.errors else 200, documents=found, form=form, **shown)


def _keep(request: HttpRequest, patient_id: UUID, form: UploadForm) -> None:
    """Raises UploadRefused."""
    enter = partial(staff_scope, request)
    with sealed_file(form.cleaned_data["file"], organisation=request.user.organisation, enter=enter) as sealed, enter():
        add_document(
            sealed,
            patient=_patient(request, patient_id),
            kind=DocumentKind(form.cleaned_data["kind"]),
            origin=DocumentOrigin.CLINIC,
            uploaded_by=request.user.pk,
        )


@staff_only
@require_safe
def document(request: HttpRequest, patient_id: UUID, document_id: UUID) -> HttpResponseBase:
    """The file itself; nobody is given what the scanner has not seen."""
    keyring.warm(request.user.organisation.pk, PURPOSES)
    with staff_scope(request):
        try:
            file = open_document(_document(request, patient_id, document_id))
        except NotReady:
            raise Http404 from None
    return file_response(file)


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, patient_id: UUID, document_id: UUID) -> HttpResponse:
    """Ask once, then delete."""
    found = _document(request, patient_id, document_id)
    if request.method == "POST":
        delete_document(found)
        messages.success(request, _("The document is deleted."))
        return HttpResponseRedirect(reverse("patient-documents", args=[patient_id]), status=303)
    patient = patient_view(found.patient, today=timezone.localdate())
    return _page(request, "document_delete", patient=patient, document=document_view(found))


def _patient(request: HttpRequest, patient_id: UUID) -> Patient:
    return get_object_or_404(visible_patients(request.user), pk=patient_id)


def _document(request: HttpRequest, patient_id: UUID, document_id: UUID) -> Document:
    return get_object_or_404(
        Document.objects.select_related("patient"), pk=document_id, patient=_patient(request, patient_id)
    )


def _page(request: HttpRequest, name: str, *, status: int = 200, **context: Any) -> HttpResponse:
    shared = {"section": "patients", "organisation": request.user.organisation}
    return render(request, f"pro/{name}.html", {**shared, **context}, status=status)
