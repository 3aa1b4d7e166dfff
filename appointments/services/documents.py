"""What a patient shares with the clinic for a coming visit, and takes back until it begins."""

from datetime import datetime
from functools import partial
from uuid import UUID

from django.core.files.base import File
from django.utils.translation import gettext_lazy as _

from appointments.enums import AppointmentStatus
from appointments.models import Appointment
from doctolib.queues import queue_for
from doctolib.tenancy.scopes import Tenant, patient_scope
from patients.enums import DocumentKind, DocumentOrigin
from patients.models import Document
from patients.services.documents import add_document, delete_document, sealed_file
from patients.uploads import UploadRefused

MOST = 10  # of one visit


class TooManyDocuments(UploadRefused):
    message = _("You have shared 10 documents for this visit. Delete one before you add another.")
    status = 409


class VisitBegun(UploadRefused):
    message = _("This visit has begun, is over or was cancelled. Documents can no longer be shared.")
    status = 409


def share_document(
    *,
    organisation: Tenant,
    person_id: UUID,
    actor: str,
    appointment_id: UUID,
    file: File,
    kind: DocumentKind,
    now: datetime,
) -> Document:
    """Keep a file that the patient sends for a visit. Enters the patient's scope by itself: call it outside of one.

    Raises UploadRefused (VisitBegun, TooManyDocuments), KmsUnavailable.
    """
    enter = partial(patient_scope, organisation, person_id, actor=actor)
    with sealed_file(file, organisation=organisation, enter=enter) as sealed, enter():
        appointment = _coming(appointment_id, now)
        # Two uploads at once do not both find room below the limit.
        queue_for(f"documents {appointment_id}")
        if Document.objects.filter(appointment_id=appointment_id, origin=DocumentOrigin.PATIENT).count() >= MOST:
            raise TooManyDocuments
        return add_document(
            sealed,
            patient=appointment.patient,
            kind=kind,
            origin=DocumentOrigin.PATIENT,
            appointment_id=appointment_id,
        )


def take_back_document(document: Document, *, now: datetime) -> None:
    """Runs in the patient's scope. Raises VisitBegun."""
    if not may_take_back(document, now=now):
        raise VisitBegun
    delete_document(document)


def may_take_back(document: Document, *, now: datetime) -> bool:
    """The patient's own, until the visit that it is for begins: from then on it is part of the record."""
    if document.origin != DocumentOrigin.PATIENT or document.appointment_id is None:
        return False
    return Appointment.objects.filter(pk=document.appointment_id, starts_at__gt=now).exists()


def _coming(appointment_id: UUID, now: datetime) -> Appointment:
    """Raises VisitBegun."""
    found = Appointment.objects.filter(pk=appointment_id, status=AppointmentStatus.BOOKED, starts_at__gt=now)
    appointment = found.select_related("patient").first()
    if appointment is None:
        raise VisitBegun
    return appointment
