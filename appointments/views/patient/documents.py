"""A patient's documents at a clinic: share, read, take back. Files are looked at and streamed outside of scopes."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.selectors import PersonView, persons_at
from accounts.throttling import key_of, take
from appointments.enums import Referral
from appointments.selectors.patient import AppointmentView
from appointments.services.documents import MOST, VisitBegun, may_take_back, share_document, take_back_document
from crypto import keyring
from doctolib.tenancy.middleware import in_scope
from doctolib.tenancy.scopes import patient_scope
from patients.enums import DocumentKind
from patients.forms import UploadForm
from patients.models import Document
from patients.selectors_documents import (
    DocumentView,
    document_view,
    documents_of_appointment,
    own_documents,
    referrals,
)
from patients.services.documents import PURPOSES, NotReady, open_document
from patients.uploads import UploadRefused
from patients.views.files import file_response

from .frame import as_patient, at_known_clinic, page, see_other
from .own import own_appointment

UPLOADS = 40  # of one account
UPLOAD_WINDOW = timedelta(hours=1)


class TooManyUploads(UploadRefused):
    message = gettext_lazy("You have uploaded many files in a short time. Try again in an hour.")
    status = 429


class Shared(NamedTuple):
    """What the page about a visit's documents shows."""

    appointment: AppointmentView
    person: PersonView
    documents: list[DocumentView]

    @property
    def full(self) -> bool:
        return sum(document.from_patient for document in self.documents) >= MOST

    @property
    def wants_referral(self) -> bool:
        return self.appointment.referral != Referral.NONE and not referrals(self.documents)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@in_scope(at_known_clinic)
def shared_documents(request: HttpRequest, slug: str, appointment_id: UUID) -> HttpResponse:
    """What was shared for a visit, and a form for another file until the visit begins."""
    now = timezone.now()
    with as_patient(request, slug, appointment_id):
        view = own_appointment(request, appointment_id, now)
        shared = Shared(view, request.person, documents_of_appointment(appointment_id))
    if not view.changeable:
        return see_other(reverse("appointment", args=[slug, appointment_id]))
    first = DocumentKind.REFERRAL if shared.wants_referral else None
    form = UploadForm.sent(request) if request.method == "POST" else UploadForm(initial={"kind": first})
    if form.is_valid():
        try:
            _share(request, shared, form)
        except UploadRefused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("The document has been sent to the clinic."))
            return see_other(reverse("appointment-documents", args=[slug, appointment_id]))
    return page(
        request,
        "documents",
        status=form.status if form.errors else 200,
        form=form,
        appointment=shared.appointment,
        documents=shared.documents,
        referrals=referrals(shared.documents),
        full=shared.full,
    )


def _share(request: HttpRequest, shared: Shared, form: UploadForm) -> None:
    """Raises UploadRefused."""
    now = timezone.now()
    if not take(key_of("upload", str(request.user.pk)), limit=UPLOADS, window=UPLOAD_WINDOW, now=now):
        raise TooManyUploads
    share_document(
        organisation=request.organisation,
        person_id=shared.person.id,
        actor=request.user.actor,
        appointment_id=shared.appointment.id,
        file=form.cleaned_data["file"],
        kind=DocumentKind(form.cleaned_data["kind"]),
        now=now,
    )


@login_required
@require_safe
@in_scope(at_known_clinic)
def my_documents(request: HttpRequest, slug: str) -> HttpResponse:
    """What all persons of the account have at one clinic, from the clinic and from them."""
    found = []
    for person in _persons(request):
        with patient_scope(request.organisation, person.id, actor=request.user.actor):
            documents = own_documents(person.id)
        if documents:
            found.append((person, documents))
    return page(request, "my_documents", persons=found)


@login_required
@require_safe
@in_scope(at_known_clinic)
def document(request: HttpRequest, slug: str, document_id: UUID) -> HttpResponseBase:
    """The file itself."""
    with _own_document(request, document_id) as found:
        try:
            file = open_document(found)
        except NotReady:
            raise Http404 from None
    return file_response(file)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@in_scope(at_known_clinic)
def delete_document(request: HttpRequest, slug: str, document_id: UUID) -> HttpResponse:
    """Ask once, then take it back. What can no longer be taken back leads to the list."""
    now = timezone.now()
    with _own_document(request, document_id) as found:
        shown, allowed = document_view(found), may_take_back(found, now=now)
        if request.method == "POST":
            try:
                take_back_document(found, now=now)
            except VisitBegun:
                allowed = False
    if not allowed:
        messages.warning(request, _("This document can no longer be deleted online. Please call the clinic."))
        return see_other(reverse("my-documents", args=[slug]))
    back_href = reverse("appointment-documents", args=[slug, shown.appointment_id])
    if request.method == "POST":
        messages.success(request, _("The document is deleted."))
        return see_other(back_href)
    return page(request, "document_delete", document=shown, back_href=back_href)


@contextmanager
def _own_document(request: HttpRequest, document_id: UUID) -> Iterator[Document]:
    """A document of one of the account's persons, in that person's scope. Raises Http404."""
    for person in _persons(request):
        with patient_scope(request.organisation, person.id, actor=request.user.actor):
            found = Document.objects.select_related("patient").filter(pk=document_id).first()
            if found is not None:
                yield found
                return
    raise Http404


def _persons(request: HttpRequest) -> list[PersonView]:
    """The account's persons at this clinic. Raises Http404 when there are none."""
    persons = persons_at(request.user.pk, request.organisation.pk)
    if not persons:
        raise Http404
    keyring.warm(request.organisation.pk, PURPOSES)
    return persons
