"""The clinic's small page in a frame: websites that the clinic named show it, no other one does."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import expect

from doctolib.tenancy.scopes import organisation_scope
from tests import factories
from tests.appointments.pages import Clinic, make_clinic

from .tools import axe, opened, sideways, small_targets

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def website(frame: str) -> Iterator[int]:
    """A page with this address in a frame, under any name that leads here; the port."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(f'<!doctype html><h1>Klinik</h1><iframe src="{frame}" width="340"></iframe>'.encode())

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def base(live_server) -> str:
    return live_server.url.replace("127.0.0.1", "localhost").replace("testserver", "localhost")


@pytest.fixture
def clinic(transactional_db) -> Clinic:
    clinic = make_clinic(name="Universitätsklinikum Musterstadt-Hohenleimbach")
    with organisation_scope(clinic.organisation):
        factories.hours(clinic.calendar, weekdays=[1, 2, 3, 4, 5, 6, 7], starts="08:00", ends="17:00")
        factories.reason(
            unit=clinic.reason.unit, calendars=[clinic.calendar], name_de="Hals-Nasen-Ohren-Heilkunde: Hörprüfung"
        )
    return clinic


@contextmanager
def shown_by(browser, clinic, base: str, *, allowed: bool):
    """The clinic's website in Chromium, whose name the clinic named, or not; nothing is loaded yet but the frame."""
    with website(f"{base}{clinic.url('embed/')}") as port, opened(browser) as page:
        named = "hospital" if allowed else "another"
        clinic.organisation.frame_origins = [f"http://{named}.localhost:{port}"]
        clinic.organisation.save()
        page.goto(f"http://hospital.localhost:{port}/")
        yield page


def test_a_website_that_the_clinic_named_shows_it_and_booking_takes_the_whole_window(browser, clinic, base):
    with shown_by(browser, clinic, base, allowed=True) as page:
        frame = page.frame_locator("iframe")
        expect(frame.get_by_role("heading", level=1)).to_contain_text("Universitätsklinikum")

        frame.get_by_role("link", name="Erstgespräch").click()

        page.wait_for_url(f"{base}{clinic.url('book/times/')}**")
        expect(page.get_by_role("heading", level=1)).to_contain_text("Zeit wählen")
        assert page.complaints == []


def test_another_website_does_not_show_it(browser, clinic, base):
    with shown_by(browser, clinic, base, allowed=False) as page:
        framed = page.frames[1]

        framed.wait_for_url("chrome-error://chromewebdata/")
        expect(page.frame_locator("iframe").get_by_text("Erstgespräch")).to_have_count(0)
        assert any("frame-ancestors" in each for each in page.complaints)


@pytest.mark.parametrize("query", ["", "?reason={reason}"])
@pytest.mark.parametrize("look", [{"locale": "de-DE"}, {"locale": "en-GB", "color_scheme": "dark"}], ids=["de", "en"])
def test_it_is_accessible_and_fits_into_a_narrow_frame(browser, clinic, base, query, look):
    with opened(browser, viewport={"width": 280, "height": 500}, **look) as page:
        page.goto(base + clinic.url("embed/") + query.format(reason=clinic.reason.pk))

        assert (axe(page), sideways(page), small_targets(page), page.complaints) == ([], [], [], [])
