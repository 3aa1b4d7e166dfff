"""The Django admin in Chromium, light and dark: axe, no complaint of the Content-Security-Policy, nothing sideways."""

import os
from pathlib import Path

import pytest
from django.contrib.auth.hashers import BCryptSHA256PasswordHasher

from doctolib.outbox.enums import MessageStatus
from doctolib.outbox.models import PlatformMessage
from tests import factories
from tests.admin.conftest import PASSWORD, platform_account
from tests.admin.tools import app_of, shown
from tests.tenancy.every_model import fill

from . import tools

pytestmark = pytest.mark.django_db(transaction=True)
WIDE = {"width": 1280, "height": 800}
SHOTS = os.environ.get("DOCTOLIB_SHOTS", "")


@pytest.fixture
def clinic(transactional_db, monkeypatch):
    monkeypatch.setattr(BCryptSHA256PasswordHasher, "rounds", 4)
    secret = app_of(platform_account())
    PlatformMessage.objects.create(kind="test", about="x", status=MessageStatus.DEAD, problem="TimeoutError")
    clinic = factories.organisation(name="Universitätsklinikum Musterstadt")
    fill(clinic)
    clinic.secret = secret
    return clinic


@pytest.fixture(params=["light", "dark"])
def scheme(request) -> str:
    return request.param


def look(page, name: str, scheme: str) -> None:
    if SHOTS:
        tools.shot(page, Path(SHOTS) / f"{name}-{scheme}.png")
    assert (name, page.complaints) == (name, [])
    assert (name, tools.axe(page)) == (name, [])
    page.complaints.clear()  # axe's own: it looks at text areas with an inline style, which the policy blocks
    assert (name, tools.sideways(page)) == (name, [])
    assert page.locator("h1").count() == 1


def follow(page, selector: str) -> None:
    """Click what leads to another page, and be there."""
    with page.expect_navigation():
        page.click(selector)


def test_a_member_of_support_finds_a_patient_under_a_pseudonym(browser, live_server, clinic, scheme, settings):
    host = f"http://admin.localhost:{live_server.thread.port}"
    settings.SECURE_SSL_REDIRECT = settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = False
    with tools.opened(browser, viewport=WIDE, color_scheme=scheme) as page:
        page.goto(f"{host}/")
        look(page, "login", scheme)
        page.fill("#id_username", "chefin@example.org")
        page.fill("#id_password", "falsch")
        follow(page, "input[type=submit]")
        look(page, "login-refused", scheme)
        page.fill("#id_password", PASSWORD)
        follow(page, "input[type=submit]")
        look(page, "code", scheme)
        page.fill("#id_code", shown(clinic.secret))
        follow(page, "main button[type=submit]")
        look(page, "index", scheme)
        page.goto(f"{host}/accounts/organisation/")
        look(page, "organisations", scheme)
        follow(page, "td.field-choose a")
        look(page, "organisation", scheme)
        follow(page, "#choose button")
        look(page, "chosen", scheme)
        page.goto(f"{host}/patients/patient/")
        look(page, "patients", scheme)
        assert "080000000000" in page.inner_text("#result_list")
        follow(page, "#result_list tbody th a")
        look(page, "patient", scheme)
        for name in ("appointments/appointment", "accounts/user", "outbox/platformmessage"):
            page.goto(f"{host}/{name}/")
            look(page, name.replace("/", "-"), scheme)
        page.goto(f"{host}/accounts/user/add/")
        look(page, "invite", scheme)
        follow(page, ".submit-row input")
        look(page, "invite-refused", scheme)
        page.goto(f"{host}/retention/processingagreement/add/")
        look(page, "agreement-add", scheme)
        follow(page, ".chosen button")
        assert page.url == f"{host}/accounts/organisation/"
        assert page.locator(".chosen").count() == 0
