"""Documents: kept, given out, deleted.

Looking at a file, asking the scanner, the key management and the storage may take long, so they run outside of scopes;
each step that touches rows enters one of its own. Only ciphertext leaves this module for the storage.
"""

import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID, uuid4

from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage, storages
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crypto import keyring
from crypto.errors import CannotOpen
from crypto.files import FileKey
from doctolib import audit, outbox
from doctolib.tenancy.models import scope_organisation_id
from doctolib.tenancy.scopes import Scope, Tenant, organisation_scope, require_scope
from patients.enums import DocumentKind, DocumentOrigin, DocumentState
from patients.models import Document, Patient
from patients.scanners import ScannerAway, is_clean
from patients.uploads import Upload, UploadRefused, looked_at

logger = logging.getLogger(__name__)

LABEL = "patients.document.file"
PURPOSES = ("data", "file", "audit")  # the keys that documents need
SCANNED_AT_ONCE = 20  # waiting documents of one clinic in one round
ORPHANED_AFTER = timedelta(hours=1)  # a file whose row is being written is younger

Enter = Callable[[], AbstractContextManager[Scope]]


class Harmful(UploadRefused):
    message = _("The virus scanner found something in this file. It was not kept.")


class NotReady(Exception):
    """The document waits for the scanner, or was found harmful."""


class FileMissing(Exception):
    """The storage does not have the document's file."""


@dataclass(frozen=True, slots=True, repr=False)
class SealedFile:
    """A file in the storage whose row is still to be written."""

    id: UUID
    upload: Upload
    state: DocumentState
    file_key: bytes
    storage_name: str


@dataclass(frozen=True, slots=True, repr=False)
class OpenFile:
    """A document's file with its key: it can be read outside of the scope that lent the key."""

    id: UUID
    name: str
    type: str
    size: int
    key: FileKey
    storage_name: str

    def chunks(self) -> Iterator[bytes]:
        """The plaintext as it streams. Raises FileMissing, CannotOpen."""
        try:
            file = document_storage().open(self.storage_name)
        except FileNotFoundError:
            raise FileMissing from None
        with file:
            yield from self.key.open(file.chunks())


def document_storage() -> Storage:
    return storages["documents"]


# Keeping one ---------------------------------------------------------------------------------------------------------


@contextmanager
def sealed_file(file: File, *, organisation: Tenant, enter: Enter) -> Iterator[SealedFile]:
    """Look at an uploaded file and put its ciphertext into the storage; it is taken out again when the block fails.

    ``enter`` enters the scope of whoever uploads; call this outside of one. Raises UploadRefused, KmsUnavailable.
    """
    upload = looked_at(file)
    state = _scanned(upload)
    keyring.warm(organisation.id, PURPOSES)
    document_id = uuid4()
    with enter():
        key, wrapped = FileKey.create(owner=organisation.id, label=LABEL, file=document_id)
    storage = document_storage()
    ciphertext = ContentFile(b"".join(key.seal([upload.content])))
    name = storage.save(f"{organisation.id.hex}/{secrets.token_hex(16)}", ciphertext)
    try:
        yield SealedFile(document_id, upload, state, wrapped, name)
    except BaseException:
        storage.delete(name)
        raise


def _scanned(upload: Upload) -> DocumentState:
    """Raises Harmful. The scanner is away: the document is kept, and waits."""
    try:
        if is_clean([upload.content]):
            return DocumentState.READY
    except ScannerAway as error:
        logger.warning("a document waits, the virus scanner is away: %s", error)
        return DocumentState.WAITING
    raise Harmful


def add_document(
    sealed: SealedFile,
    *,
    patient: Patient,
    kind: DocumentKind,
    origin: DocumentOrigin,
    appointment_id: UUID | None = None,
    uploaded_by: UUID | None = None,
) -> Document:
    """The row of a file. Runs in the patient's own scope, or in the organisation's."""
    document = Document.objects.create(
        id=sealed.id,
        patient=patient,
        person_id=patient.person_id,
        appointment_id=appointment_id,
        kind=kind,
        origin=origin,
        state=sealed.state,
        details=sealed.upload.details,
        file_key=sealed.file_key,
        storage_name=sealed.storage_name,
        uploaded_by=uploaded_by,
    )
    audit.record("document.uploaded", document, about=patient)
    _tell_patient(document)
    return document


def _tell_patient(document: Document) -> None:
    """Of what the clinic shared, once it may be opened and where an account can open it."""
    if (
        document.origin == DocumentOrigin.CLINIC
        and document.state == DocumentState.READY
        and document.person_id is not None
    ):
        outbox.queue("document.shared", about=document)


# Giving it out, deleting it ------------------------------------------------------------------------------------------


def open_document(document: Document) -> OpenFile:
    """Its file, to be read when the scope is left. Raises NotReady, CannotOpen, KeyUnavailable."""
    if document.state != DocumentState.READY:
        raise NotReady
    audit.record("document.opened", document, about=document.patient)
    return _opened(document)


def _opened(document: Document) -> OpenFile:
    key = FileKey.unwrap(
        bytes(document.file_key),
        owner=scope_organisation_id(),
        label=LABEL,
        file=document.pk,
        subject=document.person_id,
    )
    details = document.details
    return OpenFile(document.pk, details["name"], details["type"], details["size"], key, document.storage_name)


def delete_document(document: Document) -> None:
    """The row, and with it the file's key; then the file. Who may is the caller's question."""
    audit.record("document.deleted", document, about=document.patient)
    document.delete()
    _delete_file_after_commit(document)


def _delete_file_after_commit(document: Document) -> None:
    """What the storage keeps all the same is an orphan that opens nothing, and is swept (remove_orphans)."""
    remove = partial(document_storage().delete, document.storage_name)
    transaction.on_commit(remove, using=require_scope().database, robust=True)


def unlink_person(person_id: UUID) -> None:
    """Documents stay with the clinic and lose the tie to an account. Runs in an organisation scope."""
    for document in Document.objects.filter(person_id=person_id).select_related("patient"):
        Document.objects.filter(pk=document.pk).update(person_id=None)
        audit.record("document.unlinked", document, about=document.patient)


# By the clock --------------------------------------------------------------------------------------------------------


def scan_waiting(organisation: Tenant) -> int:
    """Ask the scanner for documents that it has not seen, oldest first; returns how many. Raises ScannerAway."""
    keyring.warm(organisation.id, PURPOSES)
    enter = partial(organisation_scope, organisation, actor="scanner")
    with enter():
        waiting = Document.objects.filter(state=DocumentState.WAITING).order_by("created_at")[:SCANNED_AT_ONCE]
        files = [_opened(document) for document in waiting]
    for file in files:
        try:
            clean = is_clean(file.chunks())
        except (FileMissing, CannotOpen) as error:  # its own trouble, not the next one's
            logger.error("document %s cannot be scanned: %s", file.id, type(error).__name__)
            continue
        with enter():
            _settle(file.id, clean=clean)
    return len(files)


def _settle(document_id: UUID, *, clean: bool) -> None:
    found = Document.objects.select_for_update(of=("self",)).filter(pk=document_id, state=DocumentState.WAITING)
    document = found.select_related("patient").first()
    if document is None:  # deleted meanwhile, or another worker was quicker
        return
    document.state = DocumentState.READY if clean else DocumentState.HARMFUL
    document.save(update_fields=["state"])
    audit.record("document.scanned" if clean else "document.refused", document, about=document.patient)
    if clean:
        _tell_patient(document)
    else:
        _delete_file_after_commit(document)


def orphans(organisation: Tenant, *, now: datetime | None = None) -> list[str]:
    """Files of a clinic that no row names, older than ORPHANED_AFTER."""
    storage, folder, now = document_storage(), organisation.id.hex, now or timezone.now()
    try:
        _folders, names = storage.listdir(folder)
    except FileNotFoundError:
        return []
    with organisation_scope(organisation, actor="sweep"):
        kept = Document.objects.exclude(state=DocumentState.HARMFUL)
        known = set(kept.values_list("storage_name", flat=True))
    unknown = [f"{folder}/{name}" for name in sorted(names) if f"{folder}/{name}" not in known]
    return [name for name in unknown if storage.get_modified_time(name) <= now - ORPHANED_AFTER]


def remove_orphans(organisation: Tenant) -> int:
    """Delete them; returns how many."""
    found = orphans(organisation)
    for name in found:
        document_storage().delete(name)
    return len(found)
