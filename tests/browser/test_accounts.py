"""Signing up and in, in Chromium: axe on every page and every error, small and large, with and without scripts."""

import re

import pytest
from django.contrib.auth.hashers import BCryptSHA256PasswordHasher
from playwright.sync_api import Page

from accounts.models import User
from crypto import keyring
from tests import factories
from tests.accounts.conftest import EMAIL, PASSWORD, PHONE, sent_code, written

from . import tools

pytestmark = pytest.mark.django_db(transaction=True)
SMALLEST = {"width": 320, "height": 640}
LOOKS = [
    {"viewport": SMALLEST, "locale": "de-DE", "color_scheme": "dark"},
    {"viewport": tools.PHONE, "locale": "de-DE"},
    {"viewport": tools.DESK, "locale": "en-GB"},
]


@pytest.fixture(autouse=True)
def clinic(transactional_db, monkeypatch):
    monkeypatch.setattr(BCryptSHA256PasswordHasher, "rounds", 4)
    monkeypatch.setattr("doctolib.outbox.kicking._ask", lambda wait: None)
    keyring.create_keys(keyring.PLATFORM_OWNER)
    return factories.organisation(slug="charite", name="Universitätsklinikum Musterstadt-Hohenleimbach")


def look(page: Page, *, title: str = "") -> None:
    """What must hold on every page."""
    assert tools.axe(page) == []
    assert tools.sideways(page) == []
    assert tools.small_targets(page) == []
    assert page.complaints == []
    assert page.locator("h1").count() == 1
    assert "Universitätsklinikum" in page.locator(".clinic-line").inner_text()
    assert title in page.title()


def send(page: Page, **fields: str) -> None:
    """Fill the fields with these ids and press the page's main button."""
    for name, value in fields.items():
        page.fill(f"#id_{name}", value)
    page.locator("main .actions button").first.click()


def summary_has_focus(page: Page) -> bool:
    return page.evaluate("document.activeElement.classList.contains('error-summary')")


@pytest.mark.parametrize("options", LOOKS, ids=["320-dark", "360", "1440-en"])
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_sign_up_from_the_first_page_to_the_last(browser, live_server, options, scripts):
    with tools.opened(browser, **options, java_script_enabled=scripts) as page:
        check = look if scripts else lambda page, title="": None  # axe is a script
        page.goto(f"{live_server.url}/account/sign-up/?next=/charite/check/")
        check(page)
        send(page)
        check(page, title="Fehler: " if options["locale"] == "de-DE" else "Error: ")
        assert not scripts or summary_has_focus(page)
        send(page, email=EMAIL, phone=PHONE)
        check(page)
        send(page, password="kurz")
        check(page)
        page.fill("#id_password", PASSWORD)
        page.check("#id_terms")
        send(page)
        check(page)
        send(page, code="000000")
        check(page)
        page.locator(".summary-change a").click()
        check(page)
        send(page, phone="0171 3920001")
        send(page, code=" ".join(sent_code()))
        check(page)
        send(page, first_name="Ada", birth_date_0="3")
        check(page)
        send(page, last_name="von Müller-Lüdenscheidt", birth_date_1="März", birth_date_2="1961")

        assert page.url == f"{live_server.url}/charite/check/"
        assert User.objects.get().kind == "patient"


@pytest.mark.parametrize("options", LOOKS, ids=["320-dark", "360", "1440-en"])
def test_signing_in_and_a_lost_password(browser, live_server, options):
    with keyring.platform_keys():
        User.objects.create_account(kind="patient", email=EMAIL, password=PASSWORD, contact={"phone": "+4915228817386"})
    with tools.opened(browser, **options) as page:
        page.goto(f"{live_server.url}/account/sign-in/?next=/charite/check/")
        look(page)
        send(page, email=EMAIL, password="wrong")
        look(page)
        assert (page.input_value("#id_email"), page.input_value("#id_password")) == (EMAIL, "")
        for _ in range(10):
            send(page, password="wrong")
        look(page)  # 429
        page.goto(f"{live_server.url}/account/password/?next=/charite/check/")
        look(page)
        send(page, email=EMAIL)
        look(page)
        path = re.findall(r"https?://[^/]+(/account/password/\S+)", written()[-1].body)[-1]
        page.goto(f"{live_server.url}{path}")
        look(page)
        send(page, password="ein neues Passwort")
        look(page)
        send(page, email=EMAIL, password="ein neues Passwort")

        assert page.url == f"{live_server.url}/charite/check/"
        page.goto(f"{live_server.url}/account/terms/")
        assert tools.axe(page) == []


def test_signing_in_at_the_pro_door(browser, live_server):
    with tools.opened(browser) as page:
        page.goto(f"{live_server.url.replace('localhost', 'pro.localhost')}/account/sign-in/")
        assert tools.axe(page) == []
        send(page, email=EMAIL, password="wrong")

        assert tools.axe(page) == []
        assert tools.sideways(page) == []
        assert page.complaints == []


def test_a_password_can_be_shown_and_pasted(browser, live_server):
    with tools.opened(browser) as page:
        page.goto(f"{live_server.url}/account/sign-in/")
        page.fill("#id_password", PASSWORD)
        page.click("button[data-password]")

        assert page.get_attribute("#id_password", "type") == "text"
        page.click("button[data-password]")
        assert page.get_attribute("#id_password", "type") == "password"


@pytest.mark.parametrize(
    ("path", "field", "expected"),
    [
        ("sign-up/", "email", {"type": "email", "autocomplete": "email", "autocapitalize": "none"}),
        ("sign-up/", "phone", {"type": "tel", "autocomplete": "tel"}),
        ("sign-in/", "email", {"type": "email", "autocomplete": "username"}),
        ("sign-in/", "password", {"type": "password", "autocomplete": "current-password", "autocapitalize": "none"}),
        ("password/", "email", {"type": "email", "autocomplete": "username"}),
    ],
)
def test_phones_and_password_managers_know_the_fields(browser, live_server, path, field, expected):
    with tools.opened(browser) as page:
        page.goto(f"{live_server.url}/account/{path}")

        assert {name: page.get_attribute(f"#id_{field}", name) for name in expected} == expected
        assert page.get_attribute(f"#id_{field}", "required") is None
        assert page.evaluate(f"parseFloat(getComputedStyle(document.getElementById('id_{field}')).fontSize)") >= 16
