"""A patient's own area in Chromium: axe on each page, small and large, in both languages, with long names."""

from datetime import date, timedelta

import pytest
from django.conf import settings
from django.contrib.auth.hashers import BCryptSHA256PasswordHasher
from django.utils import timezone

from accounts.services.persons import add_relative, give_consent
from appointments.enums import AppointmentStatus
from tests.appointments.pages import Visitor, booked, make_clinic, signed_in

from . import tools

pytestmark = pytest.mark.django_db(transaction=True)
LOOKS = [
    {"viewport": {"width": 320, "height": 640}, "locale": "de-DE", "color_scheme": "dark"},
    {"viewport": tools.PHONE, "locale": "de-DE"},
    {"viewport": tools.DESK, "locale": "en-GB"},
]
MIA = {"first_name": "Mia-Sophie Alexandra", "last_name": "Müller-Lüdenscheidt-Hohenleimbach", "sex": "female"}


@pytest.fixture
def ada(transactional_db, monkeypatch) -> Visitor:
    """With a relative, and with appointments of both, coming and past."""
    monkeypatch.setattr(BCryptSHA256PasswordHasher, "rounds", 4)
    clinic = make_clinic(name="Universitätsklinikum Musterstadt-Hohenleimbach")
    ada = signed_in()
    mia = add_relative(ada.user.pk, **MIA, birth_date=date(2015, 5, 4))
    relative = Visitor(ada.client, ada.user, mia)
    tomorrow = timezone.now().replace(microsecond=0) + timedelta(days=1)
    booked(clinic, ada, tomorrow), booked(clinic, relative, tomorrow + timedelta(hours=1))
    for days, status in enumerate([AppointmentStatus.DONE, AppointmentStatus.NO_SHOW] * 11, start=1):
        booked(clinic, relative, tomorrow - timedelta(days=1 + days), status=status)
    give_consent(ada.user.pk, "past_appointments", now=tomorrow - timedelta(days=1))
    ada.relative = mia
    return ada


def session_of(visitor: Visitor, url: str) -> dict[str, str]:
    name = settings.DOOR_SESSION_COOKIES["www"]
    return {"name": name, "value": visitor.client.cookies[name].value, "url": url}


@pytest.mark.parametrize("options", LOOKS, ids=["320-dark", "360", "1440-en"])
def test_each_page_is_accessible_and_fits(browser, live_server, ada, options, tmp_path):
    relative = f"relatives/{ada.relative}/"
    pages = ["", "relatives/", "relatives/add/", relative, f"{relative}remove/", "choices/", "delete/", "deleted/"]
    with tools.opened(browser, **options) as page:
        page.context.add_cookies([session_of(ada, live_server.url)])
        found = {}
        for path in ["/my/appointments/", "/my/appointments/?page=2", *(f"/account/{part}" for part in pages)]:
            page.goto(live_server.url + path)
            name = path.strip("/").replace("/", "-").replace("?", "-")
            tools.shot(page, tmp_path / f"{name}.png")
            assert page.locator("h1").count() == 1
            found[path] = [*tools.axe(page), *tools.sideways(page), *tools.small_targets(page), *page.complaints]

    assert {path: problems for path, problems in found.items() if problems} == {}


def test_a_relative_is_added_by_keyboard_without_scripts(browser, live_server, ada):
    with tools.opened(browser, viewport=tools.PHONE, java_script_enabled=False) as page:
        page.context.add_cookies([session_of(ada, live_server.url)])
        page.goto(f"{live_server.url}/account/relatives/add/")
        page.focus("#id_first_name")
        for word in ("Ben", "Öz", "1", "Februar", "2018"):
            page.keyboard.type(word)
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_url("**/account/relatives/")

        assert page.locator("h2", has_text="Ben Öz").count() == 1
