"""What screens read of documents. Everything runs in an organisation scope, or in the patient's own."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from patients.enums import DocumentKind, DocumentOrigin, DocumentState
from patients.models import Document, Patient

MOST = 200  # the latest; a list is not an archive


@dataclass(frozen=True, slots=True, repr=False)
class DocumentView:
    """A document as lists show it. Its file is another matter (services.documents.open_document)."""

    id: UUID
    name: str
    size: int  # bytes
    kind: DocumentKind
    origin: DocumentOrigin
    state: DocumentState
    appointment_id: UUID | None
    created_at: datetime

    @property
    def is_ready(self) -> bool:
        return self.state == DocumentState.READY

    @property
    def from_patient(self) -> bool:
        return self.origin == DocumentOrigin.PATIENT


def documents_of_patient(patient: Patient) -> list[DocumentView]:
    """The latest first."""
    return _views(Document.objects.filter(patient=patient).order_by("-created_at")[:MOST])


def documents_of_appointment(appointment_id: UUID) -> list[DocumentView]:
    """What the patient shared for a visit, and the clinic; in the order they came."""
    return _views(Document.objects.filter(appointment_id=appointment_id).order_by("created_at")[:MOST])


def own_documents(person_id: UUID) -> list[DocumentView]:
    """Of a patient account's person, the latest first. Runs in that person's scope."""
    return _views(Document.objects.filter(person_id=person_id).order_by("-created_at")[:MOST])


def referrals(documents: Iterable[DocumentView]) -> list[DocumentView]:
    """Those that count as the referral: one that was found harmful is none."""
    return [
        document
        for document in documents
        if document.kind == DocumentKind.REFERRAL and document.state != DocumentState.HARMFUL
    ]


def document_view(document: Document) -> DocumentView:
    details = document.details
    return DocumentView(
        id=document.pk,
        name=details["name"],
        size=details["size"],
        kind=DocumentKind(document.kind),
        origin=DocumentOrigin(document.origin),
        state=DocumentState(document.state),
        appointment_id=document.appointment_id,
        created_at=document.created_at,
    )


def _views(documents: Iterable[Document]) -> list[DocumentView]:
    return [document_view(document) for document in documents]
