"""The history of connections."""

from datetime import timedelta

import pytest
from django.db import connections as databases
from django.test import RequestFactory
from django.utils import timezone, translation

from accounts import places
from accounts.enums import Outcome
from accounts.models import Connection, Session, User
from accounts.selectors_access import connections_of
from accounts.services.connections import record_connection, remove_old
from accounts.tasks import remove_stale
from crypto import keyring
from tests.accounts.access import CLINIC_NETWORK, ELSEWHERE, HERE, browser, clinic, member, outcomes, sign_in, signed_in
from tests.accounts.access import zone as add_zone
from tests.accounts.conftest import EMAIL, PASSWORD
from tests.accounts.mmdb import write_mmdb
from tests.accounts.test_sessions import FIREFOX, PAGE, SAFARI

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    return member(clinic(), "Ada", admin=True)


@pytest.fixture
def geoip(settings, tmp_path):
    """A GeoIP file that knows one city and one country."""
    names = {"de": "Köln", "en": "Cologne"}
    country = {"de": "Deutschland", "en": "Germany"}
    networks = {
        "198.51.100.0/24": {"city": {"names": names}, "country": {"names": country}},
        "2001:db8::/32": {"country": {"names": country}},
    }
    settings.GEOIP_FILE = str(write_mmdb(tmp_path / "city.mmdb", networks))
    yield
    places._reader.cache_clear()


def request_from(address: str, agent: str = ""):
    return RequestFactory().get("/", REMOTE_ADDR=address, HTTP_USER_AGENT=agent)


def recorded(user: User, address: str, agent: str = ""):
    record_connection(request_from(address, agent), user, Outcome.SIGNED_IN)
    return connections_of(user)[0]


# What is kept


def test_each_try_is_kept_with_what_became_of_it(ada):
    sign_in(browser(), password="wrong")
    signed_in()
    User.objects.filter(pk=ada.pk).update(is_active=False)
    sign_in(browser())

    assert outcomes(ada) == ["wrong_password", "signed_in", "locked"]


def test_a_patient_sees_when_from_where_on_what_and_whether_it_worked(patient):
    client = browser(ELSEWHERE, door="www", agent=FIREFOX)
    for password in ("wrong", PASSWORD):
        client.post("/account/sign-in/", {"email": EMAIL, "password": password})

    page = client.get(PAGE).content.decode()
    history = page[page.index('id="history"') :]

    assert history.index("Angemeldet") < history.index("Falsches Passwort")
    assert history.count("Firefox unter Windows") == 2
    assert history.count(ELSEWHERE) == 2 and history.count("Ort unbekannt") == 2
    assert history.count(f'datetime="{timezone.localtime():%Y-%m-%dT%H}') == 2


def test_a_professional_sees_only_their_own(ada):
    member(ada.organisation, "Bob")
    signed_in("Bob", "192.0.2.77")

    page = signed_in("Ada").get(PAGE).content.decode()

    assert HERE in page and "192.0.2.77" not in page


def test_every_outcome_has_words(ada):
    for outcome in Outcome:
        record_connection(request_from(HERE), ada, outcome)

    with translation.override("de"):
        labels = [view.label for view in connections_of(ada)]

    assert labels == [
        "Zweiter Schritt fehlgeschlagen",
        "Abgewiesen: außerhalb der Zugriffszonen",
        "Abgewiesen: das Konto ist gesperrt",
        "Falsches Passwort",
        "Angemeldet",
    ]


def test_the_database_does_not_read_addresses_devices_or_places(ada, geoip):
    record_connection(request_from(ELSEWHERE, FIREFOX), ada, Outcome.SIGNED_IN)

    with databases["default"].cursor() as cursor:
        cursor.execute("SELECT c::text, encode(c.origin_sealed, 'escape') FROM accounts_connection c")
        row = str(cursor.fetchall())

    assert not [word for word in (ELSEWHERE, "Firefox", "Windows", "K\\303", "Cologne") if word in row]


# How much is kept


def test_the_last_twenty_are_kept(ada, clock):
    for number in range(23):
        record_connection(request_from(f"192.0.2.{number}"), ada, Outcome.WRONG_PASSWORD)
        clock(timedelta(seconds=1))

    kept = [view.address for view in connections_of(ada)]
    assert kept == [f"192.0.2.{number}" for number in range(22, 2, -1)]
    assert Connection.objects.filter(user=ada).count() == 20


def test_others_history_is_left_alone(ada):
    bob = member(ada.organisation, "Bob")
    record_connection(request_from(HERE), bob, Outcome.SIGNED_IN)
    for _ in range(21):
        record_connection(request_from(HERE), ada, Outcome.SIGNED_IN)

    assert Connection.objects.filter(user=bob).count() == 1


def test_the_sign_in_of_an_open_session_stays_longer(ada, clock):
    client = signed_in("Ada")
    for _ in range(21):
        clock(timedelta(seconds=1))
        record_connection(request_from(ELSEWHERE), ada, Outcome.WRONG_PASSWORD)

    assert [each.connection.address for each in client.get(PAGE).context["sessions"]] == [HERE]
    assert Connection.objects.filter(user=ada).count() == 21


def test_after_a_year_they_go(ada):
    signed_in("Ada")
    old = record_connection(request_from(HERE), ada, Outcome.WRONG_PASSWORD)
    Connection.objects.filter(user=ada).update(at=timezone.now() - timedelta(days=364))
    assert remove_old(now=timezone.now()) == 0
    Connection.objects.filter(user=ada).update(at=timezone.now() - timedelta(days=366))

    remove_stale()

    assert not Connection.objects.filter(pk=old.pk).exists()
    assert Connection.objects.get().session == Session.objects.get()  # still open


def test_of_an_unknown_address_nothing_is_kept(ada):
    assert sign_in(browser(), "nobody").status_code == 422

    assert not Connection.objects.exists()


def test_they_go_with_the_account(ada):
    signed_in("Ada")
    ada.delete()

    assert not Connection.objects.exists() and not Session.objects.filter(user=ada.pk).exists()


# Device and place


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        (FIREFOX, "Firefox unter Windows"),
        (SAFARI, "Mobile Safari unter iOS"),
        ("curl/8.5.0", "curl"),
        ("", "Unbekanntes Gerät"),
        ("<script>alert(1)</script>", "Unbekanntes Gerät"),
        ("x" * 100_000, "Unbekanntes Gerät"),
    ],
)
def test_the_kind_of_device_is_named(ada, agent, device):
    with translation.override("de"):
        assert recorded(ada, HERE, agent).device == device


def test_the_place_is_the_zones_name(ada, geoip):
    add_zone(ada, CLINIC_NETWORK, "198.51.100.9/32", name="Haupthaus")

    assert [recorded(ada, address).place for address in (HERE, "198.51.100.9")] == ["Haupthaus", "Haupthaus"]


@pytest.mark.parametrize(
    ("address", "german", "english"),
    [
        ("198.51.100.9", "Köln, Deutschland", "Cologne, Germany"),
        ("2001:db8::7", "Deutschland", "Germany"),
        ("192.0.2.1", "Ort unbekannt", "Unknown place"),
        ("", "Ort unbekannt", "Unknown place"),
    ],
)
def test_else_the_place_comes_from_the_geoip_file_in_the_readers_language(ada, geoip, address, german, english):
    record_connection(request_from(address), ada, Outcome.SIGNED_IN)

    places_read = []
    for language in ("de", "en"):
        with translation.override(language):
            places_read.append(connections_of(ada)[0].place)

    assert places_read == [german, english]


def test_without_a_file_the_place_is_unknown(ada, settings):
    settings.GEOIP_FILE = ""

    with translation.override("de"):
        assert recorded(ada, "198.51.100.9").place == "Ort unbekannt"


def test_a_connection_opens_with_the_platforms_keys_alone(ada):
    made = record_connection(request_from(HERE), ada, Outcome.SIGNED_IN)
    kept = Connection.objects.get(pk=made.pk)

    with keyring.platform_keys():
        assert kept.origin["address"] == HERE
