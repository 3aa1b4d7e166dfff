"""Sharing a document in Chromium: on a phone without scripts, and each page under axe, small and large."""

from datetime import timedelta

import pytest
from django.utils import timezone

from appointments.models import VisitReason
from doctolib.tenancy.scopes import organisation_scope
from tests import factories, pro
from tests.appointments.pages import booked, make_clinic, signed_in
from tests.documents import PDF, document_files, picture

from . import tools
from .test_own_area import session_of

__all__ = ["document_files"]
pytestmark = pytest.mark.django_db(transaction=True)
LOOKS = [
    {"viewport": tools.PHONE, "locale": "de-DE"},
    {"viewport": tools.DESK, "locale": "en-GB", "color_scheme": "dark"},
]
LONG = "Ueberweisungsschein-Universitaetsklinikum-Kardiologie-mit-allen-Vorbefunden-2026-11-26.pdf"


@pytest.fixture
def at_home(transactional_db, document_files):
    """A clinic, Ada, and her visit tomorrow, which needs a referral."""
    clinic = make_clinic(name="Universitätsklinikum Musterstadt-Hohenleimbach")
    ada = signed_in()
    visit = booked(clinic, ada, timezone.now().replace(microsecond=0) + timedelta(days=1))
    with organisation_scope(clinic.organisation):
        VisitReason.objects.update(referral="upload")
    return clinic, ada, visit


def rows(clinic, visit) -> list:
    """A long name, one that waits, and one from the clinic."""
    with organisation_scope(clinic.organisation):
        patient = visit.patient
        common = {"appointment_id": visit.pk, "kind": "referral"}
        details = {"name": LONG, "type": "application/pdf", "size": 1_234_567}
        return [
            factories.document(patient, details=details, **common),
            factories.document(patient, state="waiting", **common),
            factories.document(patient, origin="clinic"),
        ]


def test_a_referral_is_photographed_and_sent_without_scripts(browser, live_server, at_home, tmp_path):
    clinic, ada, visit = at_home
    (tmp_path / "IMG_2041.jpg").write_bytes(picture(size=(1200, 1600)))
    (tmp_path / "letter.docx").write_bytes(b"PK\x03\x04" + bytes(100))
    with tools.opened(browser, viewport=tools.PHONE, java_script_enabled=False) as page:
        page.context.add_cookies([session_of(ada, live_server.url)])
        page.goto(f"{live_server.url}{clinic.url(f'appointments/{visit.pk}/')}")
        page.get_by_role("link", name="Überweisung hochladen").click()
        field = page.locator("input[type=file]")
        assert (field.get_attribute("accept"), field.get_attribute("capture")) == (
            "application/pdf,image/jpeg,image/png",
            None,  # camera or gallery: the phone asks
        )
        assert page.get_by_role("radio", name="Überweisung").is_checked()

        field.set_input_files(tmp_path / "letter.docx")
        page.get_by_role("button", name="An die Klinik senden").click()
        assert page.locator(".error-summary a").inner_text().startswith("Diese Art von Datei wird nicht angenommen.")

        page.locator("input[type=file]").set_input_files(tmp_path / "IMG_2041.jpg")
        page.get_by_role("button", name="An die Klinik senden").click()
        assert page.locator(".card-item h3").inner_text() == "IMG_2041.jpg"
        with page.expect_download() as download:
            page.get_by_role("link", name="Herunterladen").click()
        assert download.value.suggested_filename == "IMG_2041.jpg"

        page.get_by_role("link", name="Löschen").click()
        page.get_by_role("button", name="Löschen").click()
        assert page.locator(".card-item").count() == 0


@pytest.mark.parametrize("options", LOOKS, ids=["360", "1440-en-dark"])
def test_each_page_is_accessible_and_fits(browser, live_server, at_home, options, tmp_path):
    clinic, ada, visit = at_home
    own, _waiting, _letter = rows(clinic, visit)
    base = clinic.url(f"appointments/{visit.pk}/")
    paths = [base, f"{base}documents/", clinic.url("documents/"), clinic.url(f"documents/{own.pk}/delete/")]
    with tools.opened(browser, **options) as page:
        page.context.add_cookies([session_of(ada, live_server.url)])
        found = {}
        for number, path in enumerate(paths):
            page.goto(live_server.url + path)
            tools.shot(page, tmp_path / f"own-{number}.png")
            found[path] = [*tools.axe(page), *tools.sideways(page), *tools.small_targets(page), *page.complaints]
        page.goto(f"{live_server.url}{base}documents/")
        page.locator("main form button[type=submit]").click()
        tools.shot(page, tmp_path / "own-error.png")
        found["error"] = [*tools.axe(page), *tools.sideways(page)]

    assert {path: problems for path, problems in found.items() if problems} == {}


@pytest.fixture
def clinic(transactional_db, document_files):
    return pro.clinic(name="Universitätsklinikum Musterstadt")


@pytest.mark.parametrize("options", LOOKS, ids=["360", "1440-en-dark"])
def test_the_staff_s_pages_are_accessible_and_fit(clinic, walk, options, tmp_path):
    with clinic.scope():
        VisitReason.objects.update(referral="upload")
    appointment = clinic.book()
    own, _waiting, _letter = rows(clinic, appointment)
    base = f"/patients/{appointment.patient_id}/"
    paths = [base, f"{base}documents/", f"{base}documents/{own.pk}/delete/", f"/appointments/{appointment.pk}/"]
    found = {}
    for number, (path, page) in enumerate(walk(paths, **options)):
        tools.shot(page, tmp_path / f"pro-{number}.png")
        found[path] = [*tools.axe(page), *tools.sideways(page), *page.complaints]

    assert {path: problems for path, problems in found.items() if problems} == {}


def test_staff_upload_with_a_mouse(clinic, visit, tmp_path):
    (tmp_path / "Arztbrief.pdf").write_bytes(PDF)
    patient = clinic.book().patient_id
    page = visit(f"/patients/{patient}/")
    page.get_by_role("link", name="Dokument hinzufügen").click()
    page.get_by_label("Anderes Dokument").check()
    page.locator("input[type=file]").set_input_files(tmp_path / "Arztbrief.pdf")
    page.get_by_role("button", name="Dokument hinzufügen").click()

    assert page.locator("tbody th a").inner_text() == "Arztbrief.pdf"
