"""Nothing personal stays on a device: every address of every door says ``no-store``, and nothing polls unseen."""

import re
import uuid
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import URLPattern, URLResolver, converters

from accounts.enums import UserKind
from tests import pro
from tests.admin.conftest import account, platform_account
from tests.pro import client_of

FILLED = {
    converters.UUIDConverter: lambda: str(uuid.uuid4()),
    converters.IntConverter: lambda: "1",
    converters.SlugConverter: lambda: "klinik",
    converters.StringConverter: lambda: "wort",
    converters.PathConverter: lambda: "1",
}
FREE = ("/health/", "/robots.txt", "/sitemap.xml")  # for machines: nobody's data


def addresses(door: str) -> Iterator[str]:
    """Every address of a door, with something in each of its places."""
    yield from _below("/", import_module(f"doctolib.urls.{door}").urlpatterns)


def _below(prefix: str, patterns: list) -> Iterator[str]:
    for each in patterns:
        route = prefix + _filled(each)
        if isinstance(each, URLResolver):
            yield from _below(route, each.url_patterns)
        elif isinstance(each, URLPattern):
            yield route


def _filled(each: URLPattern | URLResolver) -> str:
    places = each.pattern.converters
    if not hasattr(each.pattern, "_route"):
        return "wort/"  # the admin's own regular expressions
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda place: FILLED[type(places[place[1]])](), str(each.pattern._route))


@pytest.fixture
def people(db, monkeypatch):
    monkeypatch.setattr("django.contrib.auth.hashers.BCryptSHA256PasswordHasher.rounds", 4)
    clinic = pro.clinic(slug="klinik")
    professional = clinic.professional
    professional.is_organisation_admin = True
    professional.save(update_fields=["is_organisation_admin"])
    return {
        "www": account(UserKind.PATIENT, "ada@example.org", contact={"phone": "+4915112345678"}),
        "pro": professional,
        "admin": platform_account("ada@example.org"),
    }


@pytest.mark.parametrize("door", ["www", "pro", "admin"])
@pytest.mark.parametrize("known", [True, False], ids=["signed-in", "stranger"])
def test_every_address_says_that_nothing_is_stored(people, door, known):
    kept = {}
    for address in addresses(door):
        client = client_of(people[door] if known else None, door=door)
        client.raise_request_exception = False
        answer = client.get(address)
        if "no-store" not in answer.headers.get("Cache-Control", "") and not address.startswith(FREE):
            kept[address] = answer.headers.get("Cache-Control")

    assert kept == {}


def test_there_are_addresses_to_look_at():
    assert {door: len(list(addresses(door))) > 20 for door in ("www", "pro", "admin")} == {
        "www": True,
        "pro": True,
        "admin": True,
    }
    assert "/settings/zones/" in addresses("pro") and "/my/appointments/" in addresses("www")


def test_whatever_asks_by_itself_says_so():
    """A fragment that polls must not keep a session alive (accounts.middleware.BACKGROUND_HEADER)."""
    tag = re.compile(r"<[^<>]*hx-trigger=\"[^\"]*\bevery\b[^\"]*\"[^<>]*>")
    templates = (settings.BASE_DIR / "templates").rglob("*.html")
    polling = [found for path in templates for found in tag.findall(path.read_text())]

    assert polling
    assert [found for found in polling if '"X-Background": "1"' not in found] == []


# How large the calendar's hours are drawn, whether its single keys are off, whether it shows changes of others by
# itself: that says nothing of anybody. The list of today counts waiting minutes while somebody looks at it.
HARMLESS = {
    "localStorage": [
        'return localStorage.getItem(OFF) === "1";',
        'if (off.checked) localStorage.setItem(OFF, "1");',
        "else localStorage.removeItem(OFF);",
        "stored ??= Number(localStorage.getItem(KEY));",
        "localStorage.setItem(KEY, select.value);",
        'return localStorage.getItem(OFF_KEY) === "off";',
        "if (box.checked) localStorage.removeItem(OFF_KEY);",
        'else localStorage.setItem(OFF_KEY, "off");',
    ],
    "setInterval": ["setInterval(() => document.hidden || refresh(), MINUTES);"],
}


@pytest.mark.parametrize("word", ["localStorage", "sessionStorage", "indexedDB", "caches.open", "setInterval"])
def test_no_script_of_ours_stores_or_polls(word):
    scripts = [path.read_text() for path in Path(settings.BASE_DIR / "assets/js").glob("*.js")]
    uses = [line.strip() for script in scripts for line in script.splitlines() if word in line]

    assert scripts and sorted(uses) == sorted(HARMLESS.get(word, []))
