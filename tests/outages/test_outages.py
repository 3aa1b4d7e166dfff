"""PostgreSQL, Redis or the key management is away: a clear answer, and nothing lost or half-written."""

import re
import time

import psycopg
import pytest
from django.db import OperationalError, connections
from django.http import HttpResponse
from django.urls import path

from accounts.models import Organisation, Site
from crypto import keyring, kms
from crypto.errors import KmsUnavailable
from doctolib import audit, outbox
from doctolib.audit.models import AuditEvent
from doctolib.outages import RETRY_AFTER
from doctolib.outbox import kicking, kinds
from doctolib.outbox.models import OutboxMessage
from doctolib.tenancy.middleware import in_scope
from doctolib.tenancy.scopes import organisation_scope
from tests import databases, factories
from tests.outbox.tools import broker, free_port

pytestmark = pytest.mark.django_db(transaction=True)


def assert_asks_to_come_back(response):
    assert response.status_code == 503
    assert response["Retry-After"] == str(RETRY_AFTER)
    assert response["Content-Type"].startswith("text/html")
    page = response.content.decode()
    assert "<h1" in page and "Traceback" not in page and "psycopg" not in page and "OperationalError" not in page
    return page


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("localhost", "/"),
        ("localhost", "/some-clinic/"),
        ("localhost", "/my/appointments/"),
        ("localhost", "/account/sign-in/"),
        ("pro.localhost", "/"),
        ("admin.localhost", "/"),
    ],
)
def test_with_postgresql_away_a_page_asks_to_come_back(browser, postgres_away, host, address):
    browser.cookies["patient_session"] = browser.cookies["pro_session"] = browser.cookies["admin_session"] = "a" * 32
    with postgres_away():
        response = browser.get(address, headers={"host": host})
    assert_asks_to_come_back(response)


def test_the_page_is_german_unless_english_was_chosen(browser, postgres_away):
    with postgres_away():
        german = assert_asks_to_come_back(browser.get("/some-clinic/", headers={"accept-language": "de"}))
        english = assert_asks_to_come_back(browser.get("/some-clinic/", headers={"accept-language": "en"}))
    assert re.search(r'<html lang="(\w+)"', german)[1] == "de"
    assert re.search(r'<html lang="(\w+)"', english)[1] == "en"
    assert "cannot be reached right now" in english


def test_only_the_connection_of_scopes_away_is_an_outage_too(browser, postgres_away):
    clinic = factories.organisation()
    with postgres_away("pool"):
        assert_asks_to_come_back(browser.get(f"/{clinic.slug}/"))
    assert browser.get(f"/{clinic.slug}/").status_code == 200


def test_one_customers_database_away_is_nobody_elses_outage(browser, postgres_away):
    here, elsewhere = factories.organisation(), factories.organisation(database="dedicated")
    with postgres_away("dedicated"):
        assert_asks_to_come_back(browser.get(f"/{elsewhere.slug}/"))
        assert browser.get(f"/{here.slug}/").status_code == 200


def test_the_process_lives_and_says_that_it_is_not_ready(browser, postgres_away):
    with postgres_away():
        live, ready = browser.get("/health/live"), browser.get("/health/ready")
    assert (live.status_code, live.json()) == (200, {"status": "ok"})
    assert (ready.status_code, ready.json()["database"]) == (503, "away")

    assert browser.get("/health/ready").json()["database"] == "ok"


def test_with_redis_away_the_process_is_ready_and_pages_work(browser, settings, monkeypatch):
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    clinic = factories.organisation()
    with broker(settings.REDIS_URL):
        ready, page = browser.get("/health/ready"), browser.get(f"/{clinic.slug}/")
    assert (ready.status_code, ready.json()) == (200, {"database": "ok", "redis": "away"})
    assert page.status_code == 200


def test_the_health_of_a_process_is_not_cached_and_needs_no_session(browser):
    response = browser.get("/health/ready")
    assert "no-cache" in response["Cache-Control"] and not response.cookies
    assert browser.post("/health/live").status_code == 405


# Views that meet the outage half-way


def scope_of(request, slug):
    return organisation_scope(Organisation.objects.get(slug=slug), actor="test")


def write(slug):
    clinic = Organisation.objects.get(slug=slug)
    site = Site.objects.create(name="written", street="Weg 1", postal_code="10115", city="Berlin")
    audit.record("site.created", site)
    outbox.queue("test.outage", about=clinic)


@in_scope(scope_of)
def well(request, slug):
    write(slug)
    return HttpResponse("well")


@in_scope(scope_of)
def loses_the_connection(request, slug):
    write(slug)
    end_backend("pool")
    Site.objects.count()
    return HttpResponse("never")


@in_scope(scope_of)
def loses_the_connection_before_the_commit(request, slug):
    write(slug)
    end_backend("pool")
    return HttpResponse("never")


@in_scope(scope_of)
def needs_a_key(request, slug):
    write(slug)
    raise KmsUnavailable


def swallows_nothing(request, slug):
    raise OperationalError("deadlock detected")


def end_backend(alias):
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [pid] = cursor.fetchone()
    with psycopg.connect(databases.admin_url(), autocommit=True) as admin:
        admin.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


urlpatterns = [
    path("<slug>/well", well),
    path("<slug>/query", loses_the_connection),
    path("<slug>/commit", loses_the_connection_before_the_commit),
    path("<slug>/key", needs_a_key),
    path("<slug>/deadlock", swallows_nothing),
]


@pytest.fixture
def clinic(transactional_db, browser, monkeypatch):
    def this_urlconf(self, request):
        request.door, request.urlconf = "www", __name__
        return self.get_response(request)

    monkeypatch.setattr("doctolib.hosts.DoorMiddleware.__call__", this_urlconf)
    monkeypatch.setattr(kinds, "_kinds", {})
    kinds.register("test.outage", lambda about, payload: [])
    kicking.kick.reset()
    return factories.organisation()


def written(clinic):
    with organisation_scope(clinic):
        sites = Site.objects.filter(name="written").count()
        return sites, AuditEvent.objects.filter(action="site.created").count(), OutboxMessage.objects.count()


@pytest.mark.parametrize("address", ["query", "commit", "key", "deadlock"])
def test_an_outage_in_the_middle_leaves_neither_row_nor_event_nor_message(clinic, browser, address):
    assert_asks_to_come_back(browser.get(f"/{clinic.slug}/{address}"))
    assert written(clinic) == (0, 0, 0)

    assert browser.get(f"/{clinic.slug}/well").content == b"well"
    assert written(clinic) == (1, 1, 1)


def test_with_redis_away_a_change_is_committed_quickly_and_its_message_waits(clinic, browser):
    with broker(f"redis://127.0.0.1:{free_port()}/0"):
        started = time.monotonic()
        response = browser.get(f"/{clinic.slug}/well")
        took = time.monotonic() - started
    kicking.kick.reset()
    assert response.content == b"well" and took < 2
    assert written(clinic) == (1, 1, 1)


def test_with_the_key_management_away_a_page_that_needs_a_key_asks_to_come_back(clinic, browser, monkeypatch):
    """The real way: the key is in no cache, and the provider does not answer."""

    class Away:
        def __getattr__(self, name):
            def refuse(*args, **kwargs):
                raise KmsUnavailable

            return refuse

    with organisation_scope(clinic):
        OutboxMessage.objects.create(kind="test.outage", about="1", payload={"a": 1})
    keyring.forget_all()
    monkeypatch.setattr(kms, "service", Away)

    @in_scope(scope_of)
    def reads(request, slug):
        return HttpResponse(OutboxMessage.objects.get().payload["a"])

    monkeypatch.setattr(f"{__name__}.urlpatterns", [path("<slug>/reads", reads)])
    from django.urls import clear_url_caches

    clear_url_caches()
    try:
        assert_asks_to_come_back(browser.get(f"/{clinic.slug}/reads"))
        monkeypatch.undo()
    finally:
        clear_url_caches()
