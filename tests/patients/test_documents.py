"""Documents: what is kept and where, who opens them, the scanner, files without rows; and the staff's pages."""

import os
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import UserKind
from crypto.errors import CannotOpen
from doctolib import audit
from doctolib.audit.models import AuditEvent
from doctolib.outbox.models import OutboxMessage
from doctolib.tenancy.scopes import organisation_scope, patient_scope, support_scope, visitor_scope
from patients import messages, tasks
from patients.enums import DocumentKind, DocumentOrigin
from patients.models import Document
from patients.services import documents
from patients.services.documents import FileMissing, NotReady
from patients.uploads import NotAccepted
from tests import factories, pro
from tests.documents import EICAR, PDF, clamd, document_files, pdf, photo, picture, stored

__all__ = ["document_files"]
pytestmark = pytest.mark.django_db

CANARY = b"Kanarienvogel-4711"
BEFUND = PDF + CANARY


@pytest.fixture
def clinic(document_files):
    return pro.clinic()


@pytest.fixture
def patient(clinic):
    with clinic.scope():
        return factories.patient(person_id=uuid4())


@pytest.fixture
def address(patient) -> str:
    return f"/patients/{patient.pk}/documents/"


def keep(clinic, patient, file=None, *, origin=DocumentOrigin.CLINIC) -> Document:
    enter = partial(organisation_scope, clinic.organisation, actor="test")
    with documents.sealed_file(file or pdf(content=BEFUND), organisation=clinic.organisation, enter=enter) as sealed:
        with enter():
            return documents.add_document(sealed, patient=patient, kind=DocumentKind.OTHER, origin=origin)


def read(clinic, document) -> bytes:
    with clinic.scope():
        file = documents.open_document(Document.objects.get(pk=document.pk))
    return b"".join(file.chunks())


def content_of(response) -> bytes:
    return b"".join(response.streaming_content)


def rows(clinic, model=Document, *fields):
    with clinic.scope():
        return list(model.objects.values_list(*fields, flat=len(fields) == 1))


# What is kept --------------------------------------------------------------------------------------------------------


def test_a_document_comes_back_as_it_was(clinic, patient):
    assert read(clinic, keep(clinic, patient)) == BEFUND


def test_nothing_of_it_lies_in_clear_in_the_storage_or_the_database(clinic, patient, document_files):
    keep(clinic, patient, pdf("Kanarienvogel-Befund.pdf", BEFUND))

    (path,) = stored(document_files)
    assert CANARY not in path.read_bytes() and b"%PDF" not in path.read_bytes()
    assert "Kanarien" not in str(path) and str(patient.pk) not in str(path)
    assert path.stat().st_mode & 0o077 == 0 and path.parent.stat().st_mode & 0o077 == 0
    with clinic.scope(), connections["pool"].cursor() as cursor:
        cursor.execute("SELECT d::text FROM patients_document d")
        text = cursor.fetchone()[0]
    assert "Kanarien" not in text and b"Kanarien".hex() not in text


def test_who_deletes_the_row_has_destroyed_the_file(clinic, patient, document_files):
    """A copy of the file that lies elsewhere opens with no other row's key."""
    document, other = keep(clinic, patient), keep(clinic, patient)
    with clinic.scope():
        other.storage_name = document.storage_name
        with pytest.raises(CannotOpen):
            list(documents.open_document(other).chunks())


def test_a_file_that_is_refused_leaves_nothing(clinic, patient, document_files):
    with pytest.raises(NotAccepted):
        keep(clinic, patient, pdf(content=b"GIF89a" + bytes(50)))

    assert (stored(document_files), rows(clinic, Document, "pk")) == ([], [])


def test_a_row_that_cannot_be_written_takes_its_file_along(clinic, patient, document_files, monkeypatch):
    def broken(*_args, **_kwargs):
        assert len(stored(document_files)) == 1
        raise DatabaseError

    monkeypatch.setattr(audit, "record", broken)
    with pytest.raises(DatabaseError):
        keep(clinic, patient)

    assert (stored(document_files), rows(clinic, Document, "pk")) == ([], [])


def test_a_file_that_was_swapped_or_cut_does_not_open(clinic, patient, document_files):
    one, other = keep(clinic, patient), keep(clinic, patient)
    paths = {document.pk: document_files / document.storage_name for document in (one, other)}

    paths[one.pk].write_bytes(paths[other.pk].read_bytes())
    with pytest.raises(CannotOpen):
        read(clinic, one)
    paths[other.pk].write_bytes(paths[other.pk].read_bytes()[:-1])
    with pytest.raises(CannotOpen):
        read(clinic, other)


def test_a_file_that_the_storage_lost_is_said_to_be_missing(clinic, patient, document_files):
    document = keep(clinic, patient)
    (document_files / document.storage_name).unlink()

    with pytest.raises(FileMissing):
        read(clinic, document)


# Whose it is ---------------------------------------------------------------------------------------------------------


def test_a_patient_opens_their_own_and_nobody_else_s(clinic, patient):
    document = keep(clinic, patient)

    with patient_scope(clinic.organisation, patient.person_id):
        file = documents.open_document(Document.objects.get())
    assert b"".join(file.chunks()) == BEFUND
    with patient_scope(clinic.organisation, uuid4()):
        assert not Document.objects.filter(pk=document.pk).exists()


def test_a_patient_adds_and_deletes_only_what_is_from_them(clinic, patient):
    keep(clinic, patient)
    own = keep(clinic, patient, origin=DocumentOrigin.PATIENT)

    with patient_scope(clinic.organisation, patient.person_id):
        deleted, _ = Document.objects.all().delete()
        assert deleted == 1 and not Document.objects.filter(pk=own.pk).exists()
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic(using="pool"):
            factories.document(patient, origin="clinic")
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic(using="pool"):
            factories.document(patient, person_id=uuid4())
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(using="pool"):
            Document.objects.update(state="ready")


@pytest.mark.parametrize("scope", [visitor_scope, support_scope])
def test_visitors_and_support_see_no_documents(clinic, patient, scope):
    with scope(clinic.organisation), pytest.raises(DatabaseError, match="permission denied"):
        with transaction.atomic(using="pool"):
            Document.objects.count()


def test_without_an_account_documents_stay_with_the_clinic(clinic, patient):
    document = keep(clinic, patient)
    with clinic.scope():
        documents.unlink_person(patient.person_id)

    assert rows(clinic, Document, "pk", "person_id") == [(document.pk, None)]
    assert read(clinic, document) == BEFUND
    assert "document.unlinked" in rows(clinic, AuditEvent, "action")


# Deleting, and files without rows ------------------------------------------------------------------------------------


def test_a_deleted_document_takes_its_file_along_once_that_is_certain(clinic, patient, document_files,
                                                                       django_capture_on_commit_callbacks):  # fmt: skip
    document = keep(clinic, patient)
    with django_capture_on_commit_callbacks(using="pool", execute=True):
        with clinic.scope():
            documents.delete_document(document)
            assert len(stored(document_files)) == 1  # might be rolled back
    assert (stored(document_files), rows(clinic, Document, "pk")) == ([], [])
    assert "document.deleted" in rows(clinic, AuditEvent, "action")


def test_files_that_no_row_names_are_swept_when_they_are_old(clinic, patient, document_files, capsys):
    kept = keep(clinic, patient)
    folder = document_files / clinic.organisation.id.hex
    (folder / "orphan").write_bytes(b"x")
    later = timezone.now() + timedelta(hours=2)

    assert documents.orphans(clinic.organisation) == []  # a row may be on its way
    assert documents.orphans(clinic.organisation, now=later) == [f"{clinic.organisation.id.hex}/orphan"]
    old = timezone.now().timestamp() - 7200
    for path in stored(document_files):
        os.utime(path, (old, old))
    call_command("sweep_documents")
    assert len(stored(document_files)) == 2
    call_command("sweep_documents", "--apply")
    assert stored(document_files) == [document_files / kept.storage_name]
    slug = clinic.organisation.slug
    out = capsys.readouterr().out.splitlines()
    assert [line for line in out if slug in line] == [
        f"organisation={slug} orphaned=1 deleted=0",
        f"organisation={slug} orphaned=1 deleted=1",
    ]


# The scanner ---------------------------------------------------------------------------------------------------------


def test_what_the_scanner_finds_is_not_kept(clinic, patient, document_files, settings):
    with clamd(settings) as daemon, pytest.raises(documents.Harmful):
        keep(clinic, patient, pdf(content=PDF + EICAR))

    assert daemon.seen == [PDF + EICAR]
    assert (stored(document_files), rows(clinic, Document, "pk")) == ([], [])


def test_while_the_scanner_is_away_a_document_waits_and_nobody_gets_it(clinic, patient, settings):
    with clamd(settings):
        pass  # stopped

    document = keep(clinic, patient)

    assert document.state == "waiting"
    assert rows(clinic, OutboxMessage, "kind") == []  # the patient is told when it can be opened
    with clinic.scope(), pytest.raises(NotReady):
        documents.open_document(document)
    tasks.scan_waiting_documents()  # still away
    assert rows(clinic, Document, "state") == ["waiting"]


def test_when_the_scanner_is_back_clean_documents_are_given_out_and_harmful_ones_deleted(
    clinic, patient, document_files, settings, django_capture_on_commit_callbacks
):
    with clamd(settings):
        pass
    clean = keep(clinic, patient)
    harmful = keep(clinic, patient, pdf(content=PDF + EICAR))
    lost = keep(clinic, patient)
    (document_files / lost.storage_name).unlink()

    with clamd(settings), django_capture_on_commit_callbacks(using="pool", execute=True):
        tasks.scan_waiting_documents()

    states = dict(rows(clinic, Document, "pk", "state"))
    assert states == {clean.pk: "ready", harmful.pk: "harmful", lost.pk: "waiting"}
    assert stored(document_files) == [document_files / clean.storage_name]
    assert read(clinic, clean) == BEFUND
    assert [(kind, about) for kind, about in rows(clinic, OutboxMessage, "kind", "about")] == [
        ("document.shared", str(clean.pk))
    ]
    with clinic.scope(), pytest.raises(NotReady):
        documents.open_document(Document.objects.get(pk=harmful.pk))


# The message to the patient ------------------------------------------------------------------------------------------


def test_the_patient_is_told_that_there_is_a_document_and_nothing_about_it(clinic, patient):
    document = keep(clinic, patient, pdf("Krebsbefund.pdf"))

    assert rows(clinic, OutboxMessage, "kind", "about") == [("document.shared", str(document.pk))]
    with clinic.scope():
        (mail,) = messages.shared(str(document.pk), None)
    assert (mail.channel, mail.to) == ("email", "aenne@example.org")
    assert mail.subject == f"Neues Dokument für Sie: {clinic.organisation.name}"
    assert f"/{clinic.organisation.slug}/documents/" in mail.body
    for text in (mail.subject, mail.body, mail.html):
        assert "Krebs" not in text and "Änne" not in text and str(document.pk) not in text


def test_no_message_for_what_the_patient_sent_or_cannot_open(clinic, patient):
    with clinic.scope():
        without_account = factories.patient()
    keep(clinic, patient, origin=DocumentOrigin.PATIENT)
    keep(clinic, without_account)

    assert rows(clinic, OutboxMessage, "kind") == []


def test_a_message_of_a_document_that_is_gone_is_not_written(clinic, patient):
    document = keep(clinic, patient)
    with clinic.scope():
        documents.unlink_person(patient.person_id)
        assert messages.shared(str(document.pk), None) == []
        documents.delete_document(Document.objects.get(pk=document.pk))
        assert messages.shared(str(document.pk), None) == []


# The staff's pages ---------------------------------------------------------------------------------------------------


def test_staff_add_a_document_and_open_it_again(clinic, patient, address):
    answer = clinic.client.post(address, {"kind": "other", "file": pdf("Arztbrief.pdf", BEFUND)})

    assert (answer.status_code, answer["Location"]) == (303, address)
    ((pk, origin, uploaded_by),) = rows(clinic, Document, "pk", "origin", "uploaded_by")
    assert (origin, uploaded_by) == ("clinic", clinic.professional.pk)
    page = clinic.client.get(f"/patients/{patient.pk}/").content.decode()
    assert "Arztbrief.pdf" in page and f"{address}{pk}/" in page
    assert content_of(clinic.client.get(f"{address}{pk}/")) == BEFUND
    actor = clinic.professional.actor
    with clinic.scope():
        trail = AuditEvent.objects.filter(action__startswith="document.").order_by("id")
        assert sorted(trail.values_list("actor", "action", "about")) == sorted(
            (actor, action, f"patient:{patient.pk}") for action in ("document.uploaded", "document.opened")
        )


def test_a_file_is_given_out_to_be_kept_and_never_shown(clinic, patient, address):
    document = keep(clinic, patient, photo("Ausschlag links.jpeg"))

    answer = clinic.client.get(f"{address}{document.pk}/")

    content = content_of(answer)
    assert {name: answer[name] for name in ("Content-Type", "Content-Length", "Content-Disposition", "Cache-Control",
                                            "X-Content-Type-Options", "Content-Security-Policy")} == {
        "Content-Type": "image/jpeg",
        "Content-Length": str(len(content)),
        "Content-Disposition": 'attachment; filename="Ausschlag links.jpg"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("data", "status", "words"),
    [
        ({"kind": "other"}, 422, "Wählen Sie eine Datei aus"),
        ({"file": pdf}, 422, "Wählen Sie aus, was für ein Dokument es ist"),
        ({"kind": "other", "file": lambda: pdf(content=b"MZ" + bytes(90))}, 422, "wird nicht angenommen"),
        ({"kind": "other", "file": lambda: pdf(content=b"")}, 422, "Die Datei ist leer"),
        ({"kind": "other", "file": lambda: photo(content=picture()[:200])}, 422, "ist beschädigt"),
        ({"kind": "other", "file": lambda: pdf(content=PDF.ljust(20_001))}, 413, "Die Datei ist zu groß"),
    ],
)
def test_what_cannot_be_added_is_said_in_words(clinic, patient, address, document_files, settings, data, status, words):
    settings.UPLOAD_LIMIT = 20_000
    data = {name: value() if callable(value) else value for name, value in data.items()}

    answer = clinic.client.post(address, data)

    assert answer.status_code == status
    assert words in answer.content.decode()
    assert (stored(document_files), rows(clinic, Document, "pk")) == ([], [])


def test_a_waiting_document_is_named_and_not_given_out(clinic, patient, address):
    with clinic.scope():
        waiting = factories.document(patient, state="waiting")

    assert "Wird geprüft" in clinic.client.get(address).content.decode()
    assert clinic.client.get(f"{address}{waiting.pk}/").status_code == 404


def test_a_document_whose_file_is_missing_is_not_found(clinic, patient, address, document_files):
    document = keep(clinic, patient)
    (document_files / document.storage_name).unlink()

    assert clinic.client.get(f"{address}{document.pk}/").status_code == 404


def test_staff_delete_a_document_after_one_question(clinic, patient, address):
    document = keep(clinic, patient)
    delete = f"{address}{document.pk}/delete/"

    assert "Dieses Dokument löschen?" in clinic.client.get(delete).content.decode()
    assert rows(clinic, Document, "pk") == [document.pk]
    assert clinic.client.post(delete).status_code == 303
    assert rows(clinic, Document, "pk") == []
    assert clinic.client.post(delete).status_code == 404


@pytest.mark.parametrize("end", ["", "{pk}/", "{pk}/delete/"])
def test_strangers_are_turned_away(clinic, patient, address, end):
    document = keep(clinic, patient)
    path = address + end.format(pk=document.pk)
    with clinic.scope():
        other = factories.patient()

    assert pro.clinic().client.get(path).status_code == 404
    assert pro.client_of(None).get(path)["Location"] == f"/account/sign-in/?next={path}"
    assert pro.client_of(pro.user(UserKind.PATIENT)).get(path).status_code == 302
    if end:
        assert clinic.client.get(path.replace(str(patient.pk), str(other.pk))).status_code == 404


def test_another_clinic_s_patient_gets_no_document(clinic, patient, address, document_files):
    assert pro.clinic().client.post(address, {"kind": "other", "file": pdf()}).status_code == 404
    assert stored(document_files) == []


def test_the_list_costs_the_same_for_one_document_and_many(clinic, patient, address):
    counts = []
    for _ in range(2):
        with clinic.scope():
            factories.document(patient)
        clinic.client.get(address)
        with CaptureQueriesContext(connections["default"]) as one, CaptureQueriesContext(connections["pool"]) as other:
            clinic.client.get(address)
        counts.append(len(one) + len(other))
        with clinic.scope():
            [factories.document(patient) for _ in range(5)]

    assert counts[0] == counts[1]
