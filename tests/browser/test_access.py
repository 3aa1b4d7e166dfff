"""Zone refusal, sign-ins and devices, and the warning before one is signed out, in Chromium."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth.hashers import BCryptSHA256PasswordHasher
from django.utils import timezone
from playwright.sync_api import expect

from accounts.enums import Outcome
from accounts.models import Session, User
from accounts.services.connections import record_connection
from tests.accounts.access import CLINIC_NETWORK, member, zone
from tests.accounts.test_connections import request_from
from tests.accounts.test_sessions import SAFARI
from tests.pro import client_of

from . import tools
from .pro_clinic import full_clinic, look

pytestmark = pytest.mark.django_db(transaction=True)

LOOKS = [
    {"viewport": tools.PHONE, "locale": "de-DE"},
    {"viewport": tools.DESK, "locale": "en-GB", "color_scheme": "dark"},
]
# htmx keeps the address of the page that the tab shows for as long as the tab is there, as the tab itself does.
STORED = """async () => [
    localStorage.length, {...sessionStorage}, (await indexedDB.databases()).length,
    (await caches.keys()).length, (await navigator.serviceWorker.getRegistrations()).length]"""


@pytest.fixture
def clinic(transactional_db, monkeypatch):
    """Its professional is an administrator, with a second device, a wrong password, and a zone for somebody else."""
    monkeypatch.setattr(BCryptSHA256PasswordHasher, "rounds", 4)
    clinic = full_clinic()
    ada = clinic.professional
    User.objects.filter(pk=ada.pk).update(is_organisation_admin=True)
    ada.refresh_from_db()
    client_of(ada)  # another device
    record_connection(request_from("2001:db8:85a3:8d3:1319:8a2e:370:7348", SAFARI), ada, Outcome.WRONG_PASSWORD)
    bob = member(clinic.organisation, "Bob")
    zone(ada, CLINIC_NETWORK, "2001:db8:1::/48", name="Haupthaus", members=(bob,))
    return clinic


def stored(path: str) -> list:
    return [0, {"htmx-current-path-for-history": path}, 0, 0, 0]


def address(page, path: str) -> str:
    return f"{page.url.partition('//')[0]}//{page.url.partition('//')[2].partition('/')[0]}{path}"


def rest(user: User, by: timedelta) -> None:
    Session.objects.filter(user=user).update(seen_at=timezone.now() - by)


@pytest.mark.parametrize("options", LOOKS, ids=["360", "1440-en-dark"])
def test_each_page_is_accessible_and_fits(clinic, visit, options):
    zones = clinic.organisation.zones.get()
    pages = {
        "connections": "/account/connections/",
        "zones": "/settings/zones/",
        "zone-add": "/settings/zones/add/",
        "zone": f"/settings/zones/{zones.pk}/",
        "zone-remove": f"/settings/zones/{zones.pk}/remove/",
        "sign-in-rules": "/settings/sign-in/",
        "settings": "/settings/",
    }
    found = {}
    page = visit("/settings/", **options)
    for name, path in pages.items():
        page.goto(address(page, path))
        look(page, f"access-{name}-{options['viewport']['width']}-{options['locale']}", full_page=True)
        assert page.locator("h1").count() == 1
        found[name] = [*tools.axe(page), *tools.sideways(page), *page.complaints]
    assert found == {name: [] for name in pages}


@pytest.mark.parametrize("options", LOOKS, ids=["360", "1440-en-dark"])
def test_whom_a_new_zone_keeps_out_reads_why_and_can_sign_out(clinic, visit, options):
    page = visit("/settings/zones/add/", **options)
    page.locator("#id_name").fill("Ambulanz")
    page.locator("#id_networks").fill("192.0.2.0/24")
    page.locator("#id_binds_0").check()
    page.locator("main button[type=submit]").click()
    expect(page.locator(".interruption")).to_be_visible()
    look(page, f"access-warning-{options['viewport']['width']}-{options['locale']}", full_page=True)
    found = [*tools.axe(page), *tools.sideways(page)]
    page.locator("button[name=confirmed]").click()

    expect(page.locator(".summary-list")).to_contain_text("127.0.0.1")
    look(page, f"access-refused-{options['viewport']['width']}-{options['locale']}", full_page=True)
    found += [*tools.axe(page), *tools.sideways(page), *page.complaints]
    page.locator("main form button").click()
    page.wait_for_url("**/account/sign-in/")

    assert found == []


def test_another_device_is_signed_out_without_scripts(clinic, visit):
    page = visit("/account/connections/", java_script_enabled=False)
    assert page.locator("#sessions + .entry-list > li").count() == 2
    page.locator("#sessions + .entry-list button").click()

    assert page.locator("#sessions + .entry-list > li").count() == 1
    expect(page.locator(".notice").first).to_contain_text("Das Gerät ist abgemeldet.")


@pytest.mark.parametrize("options", LOOKS, ids=["360", "1440-en-dark"])
def test_before_one_is_signed_out_one_is_asked_and_may_stay(clinic, visit, options):
    page = visit("/settings/", **options)
    dialog = page.locator("dialog.session-end")
    expect(dialog).to_be_hidden()
    rest(clinic.professional, timedelta(minutes=28, seconds=30))
    page.clock.install()
    page.reload()
    rest(clinic.professional, timedelta(minutes=28, seconds=30))
    page.clock.run_for(timedelta(minutes=28, seconds=10) // timedelta(milliseconds=1))

    expect(dialog).to_be_visible()
    look(page, f"access-idle-{options['viewport']['width']}-{options['locale']}")
    assert [*tools.axe(page), *tools.sideways(page)] == []
    expect(dialog.locator("button")).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    seen = Session.objects.filter(user=clinic.professional).order_by("-seen_at").first().seen_at
    assert timezone.now() - seen < timedelta(seconds=30)
    assert page.complaints == []


def test_who_does_not_answer_is_signed_out_and_comes_back_to_the_same_page(clinic, visit):
    page = visit("/account/connections/")
    page.clock.install()
    page.reload()
    rest(clinic.professional, timedelta(minutes=30))
    page.clock.run_for(timedelta(minutes=28, seconds=10) // timedelta(milliseconds=1))

    page.wait_for_url("**/account/sign-in/?next=/account/connections/")
    expect(page.locator(".notice").first).to_contain_text("weil 30 Minuten lang nichts geschehen ist")
    look(page, "access-signed-out")


def test_asking_what_is_left_keeps_nobody_signed_in(clinic, visit):
    page = visit("/settings/")
    rest(clinic.professional, timedelta(minutes=20))
    before = Session.objects.filter(user=clinic.professional).values_list("seen_at", flat=True)[0]
    page.clock.install()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_load_state("networkidle")

    assert Session.objects.filter(user=clinic.professional, seen_at__lte=before).count() == 2


def test_after_a_walk_and_signing_out_the_browser_has_stored_nothing(clinic, visit):
    page = visit("/")
    for path in ("/list/?date=2026-11-23", "/account/", "/account/connections/", "/settings/zones/"):
        page.goto(address(page, path))
        page.wait_for_load_state("networkidle")
        assert page.evaluate(STORED) == stored(path)
    page.locator("details.menu[data-menu] > summary").last.click()
    page.locator("details.menu[open] button[type=submit]").click()
    page.wait_for_url("**/account/sign-in/")

    assert page.evaluate(STORED) == stored("/account/sign-in/")
    key = next(each for each in page.context.cookies() if each["name"] == settings.DOOR_SESSION_COOKIES["pro"])["value"]
    assert not Session.objects.filter(pk=key).exclude(user=None).exists()
    assert {each["name"] for each in page.context.cookies()} <= {"pro_session", "csrftoken", "django_language"}
    page.go_back()
    page.wait_for_url("**/account/sign-in/**")  # nothing of the page before is left to see
