"""A patient shares documents for a coming visit; staff see whether the referral is there."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.db import connections
from django.utils import timezone

from accounts.services.persons import add_relative
from appointments.models import Appointment, VisitReason
from appointments.services import documents as service
from appointments.services.documents import MOST, TooManyDocuments, VisitBegun, share_document
from crypto import keyring
from doctolib.audit.models import AuditEvent
from doctolib.tenancy.scopes import organisation_scope
from patients.enums import DocumentKind
from patients.models import Document
from tests import factories, pro
from tests.appointments.pages import (
    NOW,
    TOMORROW_AT_NINE,
    Visitor,
    ada,
    at_nine,
    booked,
    clinic,
    make_clinic,
    queries,
    signed_in,
    text,
    visitor,
    wait,
)
from tests.documents import EICAR, PDF, clamd, document_files, pdf, photo, picture, stored

__all__ = ["ada", "at_nine", "clinic", "document_files"]

UPLOAD_OR_BRING = "Laden Sie sie jetzt oder später hoch, oder bringen Sie sie mit."


@pytest.fixture(autouse=True)
def files(document_files):
    return document_files


@pytest.fixture
def appointment(clinic, ada) -> Appointment:
    """Ada's, tomorrow at nine."""
    return booked(clinic, ada)


@pytest.fixture
def url(clinic, appointment) -> str:
    return clinic.url(f"appointments/{appointment.pk}/")


@pytest.fixture
def address(url) -> str:
    return f"{url}documents/"


def need(clinic, referral: str) -> None:
    with organisation_scope(clinic.organisation):
        VisitReason.objects.update(referral=referral)


def send(browser, address: str, file=None, kind: str = "referral"):
    return browser.post(address, {"kind": kind, "file": file or pdf()})


def documents(clinic, *fields: str) -> list:
    with organisation_scope(clinic.organisation):
        return list(Document.objects.order_by("created_at").values_list(*fields, flat=len(fields) == 1))


def made(clinic, appointment, **fields) -> Document:
    with organisation_scope(clinic.organisation):
        row = Appointment.objects.select_related("patient").get(pk=appointment.pk)
        return factories.document(row.patient, appointment_id=appointment.pk, **fields)


# The referral --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["", "done"])
@pytest.mark.parametrize(
    ("referral", "words", "button"),
    [
        ("upload", UPLOAD_OR_BRING, "Überweisung hochladen"),
        ("bring", "Bitte bringen Sie sie mit.", "Dokument teilen"),
        ("none", "Haben Sie Befunde oder Briefe", "Dokument teilen"),
    ],
)
def test_a_visit_says_whether_it_needs_a_referral(clinic, ada, appointment, url, page, referral, words, button):
    need(clinic, referral)

    shown = text(ada.get(clinic.url(f"book/done/{appointment.pk}/") if page else url))

    assert words in shown and button in shown


def test_a_referral_is_uploaded_and_both_sides_see_it(clinic, ada, appointment, url, address, at_nine):
    need(clinic, "upload")
    assert 'value="referral"' in ada.get(address).content.decode().partition("checked")[0][-200:]

    answer = send(ada, address)

    assert (answer.status_code, answer["Location"]) == (303, address)
    page = text(ada.get(address))
    assert "Das Dokument ist bei der Klinik angekommen." in page and "Überweisung.pdf" in page
    shown = text(ada.get(url))
    assert "Ihre Überweisung ist hochgeladen." in shown and UPLOAD_OR_BRING not in shown
    assert documents(clinic, "kind", "origin", "state", "appointment_id", "person_id", "uploaded_by") == [
        ("referral", "patient", "ready", appointment.pk, ada.person_id, None)
    ]
    panel = staff_of(clinic).get(f"/appointments/{appointment.pk}/").content.decode()
    assert "hochgeladen" in panel and "fehlt" not in panel


@pytest.mark.parametrize(("referral", "words"), [("upload", "fehlt"), ("bring", "wird mitgebracht"), ("none", "")])
def test_staff_see_that_a_referral_is_missing(clinic, appointment, referral, words):
    need(clinic, referral)

    panel = staff_of(clinic).get(f"/appointments/{appointment.pk}/").content.decode()

    assert ("Überweisung" in panel, words in panel) == (bool(words), True)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"state": "waiting"}, "Wird geprüft"),
        ({"state": "harmful"}, "fehlt"),
        ({"kind": "other"}, "fehlt"),
    ],
)
def test_what_counts_as_the_referral(clinic, appointment, fields, words):
    need(clinic, "upload")
    made(clinic, appointment, **{"kind": "referral", **fields})

    assert words in staff_of(clinic).get(f"/appointments/{appointment.pk}/").content.decode()


def staff_of(clinic):
    return pro.client_of(
        pro.user(pro.UserKind.PROFESSIONAL, organisation=clinic.organisation, is_organisation_admin=True)
    )


# Sharing and taking back ---------------------------------------------------------------------------------------------


def test_what_was_shared_is_read_again_and_taken_back(clinic, ada, appointment, address, files):
    send(ada, address, photo("Knie links.jpeg"), "other")
    (pk,) = documents(clinic, "pk")

    answer = ada.get(clinic.url(f"documents/{pk}/"))
    content = b"".join(answer.streaming_content)
    assert (answer["Content-Disposition"], content[:3]) == ('attachment; filename="Knie links.jpg"', b"\xff\xd8\xff")
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    delete = clinic.url(f"documents/{pk}/delete/")
    assert "Dieses Dokument löschen?" in text(ada.get(delete))
    assert documents(clinic, "pk") == [pk]
    answer = ada.post(delete)
    assert (answer.status_code, answer["Location"]) == (303, address)
    assert documents(clinic, "pk") == []
    with organisation_scope(clinic.organisation):
        trail = AuditEvent.objects.filter(action__startswith="document.").values_list("actor", "action")
        assert set(trail) == {(ada.user.actor, f"document.{action}") for action in ("uploaded", "opened", "deleted")}


def test_a_file_stays_in_memory_until_it_is_sealed(ada, address, monkeypatch):
    """Django's own handlers write what is above 2.5 MB into a temporary file."""
    seen = []

    def refuse(file, **_):
        seen.append(type(file))
        raise VisitBegun

    monkeypatch.setattr(service, "sealed_file", refuse)
    send(ada, address, pdf(content=PDF.ljust(3 * 1024**2)))

    assert seen == [InMemoryUploadedFile]


@pytest.mark.parametrize(
    ("data", "status", "words"),
    [
        ({"kind": "referral"}, 422, "Wählen Sie eine Datei aus, oder machen Sie ein Foto."),
        ({"kind": "referral", "file": lambda: pdf(content=b"MZ" + bytes(90))}, 422, "wird nicht angenommen"),
        ({"kind": "referral", "file": lambda: photo(content=picture()[:200])}, 422, "ist beschädigt"),
        ({"kind": "referral", "file": lambda: pdf(content=PDF.ljust(20_001))}, 413, "Die Datei ist zu groß."),
    ],
)
def test_what_cannot_be_shared_is_said_in_words(clinic, ada, address, files, settings, data, status, words):
    settings.UPLOAD_LIMIT = 20_000
    data = {name: value() if callable(value) else value for name, value in data.items()}

    answer = ada.post(address, data)

    page = text(answer)
    assert (answer.status_code, words in page) == (status, True)
    assert page.count(words) == 2  # in the summary and at the field
    assert (stored(files), documents(clinic, "pk")) == ([], [])


def test_the_limit_is_counted_over_all_files_of_a_request(clinic, ada, address, settings):
    settings.UPLOAD_LIMIT = 20_000
    half = PDF.ljust(12_000)

    answer = ada.post(address, {"kind": "other", "file": [pdf(content=half), pdf(content=half)]})

    assert answer.status_code == 413


def test_a_harmful_file_is_refused_and_a_scanner_that_is_away_lets_it_wait(clinic, ada, address, settings):
    with clamd(settings):
        answer = send(ada, address, pdf(content=PDF + EICAR))
    assert (answer.status_code, "hat in dieser Datei etwas gefunden" in text(answer)) == (422, True)

    assert send(ada, address).status_code == 303  # the scanner is stopped by now
    assert "wird auf Viren geprüft" in text(ada.get(address))
    (pk,) = documents(clinic, "pk")
    assert ada.get(clinic.url(f"documents/{pk}/")).status_code == 404


def test_there_is_room_for_ten(clinic, ada, appointment, address, files):
    for _ in range(MOST):
        made(clinic, appointment)
    made(clinic, appointment, origin="clinic")

    assert "Sie haben zu diesem Termin 10 Dokumente geteilt." in text(ada.get(address))
    assert send(ada, address).status_code == 409
    assert (stored(files), len(documents(clinic, "pk"))) == ([], MOST + 1)


def test_an_account_uploads_forty_files_an_hour(ada, address, monkeypatch):
    from appointments.views.patient import documents as views

    monkeypatch.setattr(views, "UPLOADS", 1)
    assert send(ada, address).status_code == 303

    answer = send(ada, address)

    assert (answer.status_code, "Versuchen Sie es in einer Stunde noch einmal." in text(answer)) == (429, True)


def test_when_the_visit_has_begun_nothing_is_shared_or_taken_back(clinic, ada, monkeypatch):
    soon = booked(clinic, ada, NOW + timedelta(minutes=60))
    document = made(clinic, soon)
    wait(monkeypatch, 60)
    url = clinic.url(f"appointments/{soon.pk}/")

    assert send(ada, f"{url}documents/")["Location"] == url
    answer = ada.post(clinic.url(f"documents/{document.pk}/delete/"))

    assert answer["Location"] == clinic.url("documents/")
    assert "lässt sich online nicht mehr löschen" in text(ada.get(clinic.url("documents/")))
    assert documents(clinic, "pk") == [document.pk]


def test_a_visit_that_begins_while_a_file_is_looked_at_takes_nothing(clinic, ada, appointment, files):
    with pytest.raises(VisitBegun):
        share(clinic, ada, appointment, now=TOMORROW_AT_NINE)

    assert (stored(files), documents(clinic, "pk")) == ([], [])


def test_nothing_is_shared_for_a_cancelled_visit(clinic, ada, appointment, url, address):
    with organisation_scope(clinic.organisation):
        Appointment.objects.update(status="cancelled", cancelled_at=NOW)

    assert send(ada, address)["Location"] == url
    assert "Dokument teilen" not in text(ada.get(url))


def share(clinic, browser, appointment, *, now=NOW) -> Document:
    return share_document(
        organisation=clinic.organisation,
        person_id=browser.person_id,
        actor=browser.user.actor,
        appointment_id=appointment.pk,
        file=pdf(),
        kind=DocumentKind.OTHER,
        now=now,
    )


# My documents --------------------------------------------------------------------------------------------------------


def test_my_documents_are_those_of_all_persons_at_the_clinic(clinic, ada, appointment):
    made(clinic, appointment, details={"name": "Knie.pdf", "type": "application/pdf", "size": 2_000_000})
    made(clinic, appointment, origin="clinic", details={"name": "Brief.pdf", "type": "application/pdf", "size": 10})

    page = text(ada.get(clinic.url("documents/")))

    for part in ("Für Sie", "Knie.pdf", "1,9 MB", "Brief.pdf", "Von der Klinik"):
        assert part in page


def test_without_documents_the_page_says_so(clinic, ada, appointment):
    assert "Es gibt keine Dokumente" in text(ada.get(clinic.url("documents/")))


def test_what_is_from_the_clinic_is_not_the_patients_to_delete(clinic, ada, appointment):
    letter = made(clinic, appointment, origin="clinic")

    assert "löschen" not in text(ada.get(clinic.url("documents/")))
    assert ada.post(clinic.url(f"documents/{letter.pk}/delete/"))["Location"] == clinic.url("documents/")
    assert documents(clinic, "pk") == [letter.pk]


def test_the_lists_cost_the_same_for_one_document_and_many(clinic, ada, appointment, url, address):
    counts = []
    for _ in range(2):
        made(clinic, appointment)
        counts.append([queries(lambda path=path: ada.get(path)) for path in (url, address, clinic.url("documents/"))])
        [made(clinic, appointment) for _ in range(4)]

    assert counts[0] == counts[1]


def test_a_parent_shares_for_a_child_in_the_child_s_own_scope(clinic, ada, address):
    child = add_relative(
        account_id=ada.user.pk, first_name="Mia", last_name="Lovelace", birth_date=date(2020, 1, 1), sex="female"
    )
    mia = Visitor(ada.client, ada.user, child)
    visit = booked(clinic, mia, TOMORROW_AT_NINE + timedelta(hours=1))
    send(ada, address)

    assert send(ada, clinic.url(f"appointments/{visit.pk}/documents/"), pdf("Impfpass.pdf")).status_code == 303

    of = dict(documents(clinic, "person_id", "pk"))
    assert set(of) == {ada.person_id, mia.person_id}
    page = text(ada.get(clinic.url("documents/")))
    assert (
        page.index("Für Sie") < page.index("Überweisung.pdf") < page.index("Für Mia Lovelace") < page.index("Impfpass")
    )
    assert b"".join(ada.get(clinic.url(f"documents/{of[mia.person_id]}/")).streaming_content) == PDF


# Strangers -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def document(clinic, appointment) -> Document:
    return made(clinic, appointment)


@pytest.mark.parametrize("path", ["documents/{pk}/", "documents/{pk}/delete/", "appointments/{appointment}/documents/"])
def test_another_patient_and_another_clinic_do_not_find_it(clinic, ada, appointment, document, path):
    path = path.format(pk=document.pk, appointment=appointment.pk)
    grace = signed_in("grace@example.org", clinic=clinic)
    elsewhere = make_clinic(name="Anderes Haus")
    booked(elsewhere, ada)

    assert grace.get(clinic.url(path)).status_code == 404
    assert grace.post(clinic.url(path), {"kind": "other", "file": pdf()}).status_code in (404, 405)
    assert ada.get(elsewhere.url(path)).status_code == 404
    assert visitor().get(clinic.url(path))["Location"].startswith("/account/sign-in/")
    assert documents(clinic, "pk") == [document.pk]


def test_someone_who_was_never_there_finds_no_list(clinic, ada):
    assert ada.get(clinic.url("documents/")).status_code == 404
    assert ada.get(clinic.url(f"documents/{uuid4()}/")).status_code == 404


# Two at once ---------------------------------------------------------------------------------------------------------


def test_two_uploads_at_once_do_not_both_find_the_last_place(transactional_db, files, monkeypatch):
    keyring.create_keys(keyring.PLATFORM_OWNER)
    clinic = make_clinic()
    ada = signed_in()
    appointment = booked(clinic, ada, timezone.now() + timedelta(days=1))
    for _ in range(MOST - 1):
        made(clinic, appointment)
    together = threading.Barrier(4, timeout=30)
    real = service.sealed_file

    def upload(_number: int) -> str:
        try:
            share(clinic, ada, appointment, now=timezone.now())
            return "shared"
        except TooManyDocuments:
            return "refused"
        finally:
            connections.close_all()

    class Together:
        """Everyone's file is stored before anyone's row is written."""

        def __init__(self, *args, **kwargs) -> None:
            self.inner = real(*args, **kwargs)

        def __enter__(self):
            sealed = self.inner.__enter__()
            together.wait()
            return sealed

        def __exit__(self, *problem):
            return self.inner.__exit__(*problem)

    monkeypatch.setattr(service, "sealed_file", Together)
    with ThreadPoolExecutor(4) as pool:
        outcomes = sorted(pool.map(upload, range(4)))

    assert outcomes == ["refused", "refused", "refused", "shared"]
    assert len(documents(clinic, "pk")) == MOST
    assert len(stored(files)) == 1  # the others' files went with them
