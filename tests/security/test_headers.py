"""Headers and cookies of every kind of answer at the three doors, as they are in production."""

from functools import cache
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.http.request import split_domain_port
from django.test import override_settings
from django.urls import reverse

from accounts.enums import UserKind
from tests import pro
from tests.admin.conftest import PASSWORD, account, platform_account
from tests.admin.tools import app_of, shown
from tests.security.walks import faults
from tests.test_settings import production_settings

DOORS = ["www", "pro", "admin"]
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self';"
    " connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains; preload",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
}
LIKE_PRODUCTION = (
    "SESSION_COOKIE_SECURE",
    "CSRF_COOKIE_SECURE",
    "LANGUAGE_COOKIE_SECURE",
    "SECURE_SSL_REDIRECT",
    "SECURE_HSTS_SECONDS",
    "SECURE_HSTS_INCLUDE_SUBDOMAINS",
    "SECURE_HSTS_PRELOAD",
    "SECURE_REDIRECT_EXEMPT",
)
STATIC = "/static/build/mark.svg"
SHARED = ["/health/live", "/health/ready", STATIC, "/pages/privacy/", "/no/such/page/"]
PAGES = {
    "www": ["/", "/{slug}/", "/{slug}/book/", "/account/sign-in/", "/account/sign-up/", "/no-such-clinic/"],
    "pro": ["/account/sign-in/", "/account/password/"],
    "admin": ["/login/"],
}
SIGNED_IN = {
    "www": ["/my/appointments/"],
    "pro": ["/", "/day/", "/week/", "/list/", "/patients/{patient}/"],
    "admin": ["/", "/accounts/organisation/", "/accounts/user/", "/password_change/"],
}
CASES = [(door, page) for door in DOORS for page in (*SHARED, *PAGES[door])]


@cache
def production() -> dict:
    return production_settings(*LIKE_PRODUCTION)


@pytest.fixture(autouse=True)
def in_production():
    files = {"WHITENOISE_AUTOREFRESH": True, "WHITENOISE_USE_FINDERS": True}  # without collectstatic
    with override_settings(**production(), **files, SECURE_PROXY_SSL_HEADER=None):
        yield


@pytest.fixture
def house(db, monkeypatch) -> SimpleNamespace:
    """A clinic with an appointment, an account of each kind, and their addresses."""
    monkeypatch.setattr("django.contrib.auth.hashers.BCryptSHA256PasswordHasher.rounds", 4)
    clinic = pro.clinic()
    appointment = clinic.book()
    accounts = {
        "www": account(UserKind.PATIENT, "ada@example.org", contact={"phone": "+4915112345678"}),
        "pro": account(
            UserKind.PROFESSIONAL, "ada@example.org", organisation=clinic.organisation, is_organisation_admin=True
        ),
        "admin": platform_account("ada@example.org"),
    }
    names = {"slug": clinic.organisation.slug, "patient": appointment.patient_id}
    return SimpleNamespace(clinic=clinic, accounts=accounts, names=names)


def visitor(door: str, user=None):
    """A browser that comes over TLS."""
    client = pro.client_of(user, door=door)
    over_http = client.generic
    client.generic = lambda *args, **options: over_http(*args, **{**options, "secure": True})
    return client


def check(response) -> None:
    assert {name: response.headers.get(name) for name in HEADERS} == HEADERS
    assert sorted(response.headers["Content-Security-Policy"].split("; ")) == sorted(CSP.split("; "))


@pytest.mark.parametrize(("door", "page"), CASES)
def test_every_answer_carries_the_headers(house, door, page):
    response = visitor(door).get(page.format(**house.names))
    missing = page in ("/no/such/page/", "/no-such-clinic/")
    # The admin keeps to itself which addresses there are.
    assert response.status_code == ((302 if door == "admin" else 404) if missing else 200)
    check(response)
    stored = response.headers.get("Cache-Control", "")
    assert ("no-store" in stored) is (page not in (STATIC,))


@pytest.mark.parametrize("door", DOORS)
def test_pages_of_who_is_signed_in_carry_the_headers_and_no_inline_code(house, door):
    client = visitor(door, house.accounts[door])
    for page in SIGNED_IN[door]:
        response = client.get(page.format(**house.names))
        assert (page, response.status_code) == (page, 200)
        check(response)
        assert (page, "no-store" in response.headers["Cache-Control"]) == (page, True)
        assert (page, faults(response.content.decode())) == (page, [])


@pytest.mark.parametrize(("door", "page"), CASES)
def test_no_page_holds_inline_code_or_loads_from_elsewhere(house, door, page):
    response = visitor(door).get(page.format(**house.names), follow=True)
    if response.headers["Content-Type"].startswith("text/html"):
        assert faults(response.content.decode()) == []


@pytest.mark.parametrize("frame", ["", "?door=pro"])
def test_the_style_guide_holds_no_inline_code(house, frame):
    assert faults(visitor("www").get(f"/styleguide/{frame}").content.decode()) == []


@pytest.mark.parametrize("door", DOORS)
def test_a_page_that_fails_carries_the_headers(house, door, monkeypatch):
    monkeypatch.setattr("doctolib.pages.render", lambda *args, **kwargs: 1 / 0)
    client = visitor(door)
    client.raise_request_exception = False
    response = client.get("/pages/imprint/")
    assert response.status_code == 500
    check(response)
    assert response.headers["Cache-Control"] == "no-store"
    assert faults(response.content.decode()) == []


@pytest.mark.parametrize(("door", "page"), [("www", "/my/appointments/"), ("pro", "/"), ("admin", "/accounts/user/")])
def test_a_redirect_to_the_sign_in_page_carries_the_headers(house, door, page):
    response = visitor(door).get(page)
    assert response.status_code == 302
    check(response)
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.parametrize("door", DOORS)
def test_plain_http_is_led_to_https_but_health_answers(db, door):
    client = pro.client_of(None, door=door)
    response = client.get("/account/sign-in/")
    host = client.defaults["HTTP_HOST"]
    assert (response.status_code, response.headers["Location"]) == (301, f"https://{host}/account/sign-in/")
    assert client.get("/health/live").status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "admin.evil.example", "localhost.evil.example", "127.0.0.1:1", "a b"])
def test_an_unknown_host_is_refused(db, host):
    client = visitor("www")
    client.defaults["HTTP_HOST"] = host
    response = client.get("/")
    assert response.status_code == 400
    assert faults(response.content.decode()) == []


def sign_in(house, door: str):
    client = visitor(door)
    if door == "pro":
        pro.know(client, house.accounts[door])
    if door == "admin":
        secret = app_of(house.accounts[door])
        client.post("/login/", {"username": "ada@example.org", "password": PASSWORD})
        response = client.post("/account/sign-in/code/", {"code": shown(secret)})
    else:
        address = reverse("sign-in", urlconf=f"doctolib.urls.{door}")
        response = client.post(address, {"email": "ada@example.org", "password": PASSWORD})
    assert response.status_code == 302, response.content.decode()
    return client


@pytest.mark.parametrize("door", DOORS)
def test_the_session_cookie_is_the_doors_own_and_out_of_reach_of_scripts(house, door):
    client = sign_in(house, door)
    names = settings.DOOR_SESSION_COOKIES
    assert {name for name in names.values() if name in client.cookies} == {names[door]}
    assert settings.SESSION_COOKIE_NAME not in client.cookies
    cookie = client.cookies[names[door]]
    flags = {flag: cookie[flag] for flag in ("secure", "httponly", "samesite", "path", "domain")}
    assert flags == {"secure": True, "httponly": True, "samesite": "Lax", "path": "/", "domain": ""}


def test_the_three_names_differ():
    assert len(set(settings.DOOR_SESSION_COOKIES.values())) == 3


@pytest.mark.parametrize("door", DOORS)
def test_the_csrf_cookie_is_out_of_reach_of_scripts(house, door):
    client = visitor(door)
    client.get("/login/" if door == "admin" else "/account/sign-in/")
    cookie = client.cookies["csrftoken"]
    assert {flag: cookie[flag] for flag in ("secure", "httponly", "samesite", "domain")} == {
        "secure": True,
        "httponly": True,
        "samesite": "Lax",
        "domain": "",
    }


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("other", DOORS)
def test_a_session_of_one_door_is_nobody_at_another(house, door, other):
    key = sign_in(house, door).cookies[settings.DOOR_SESSION_COOKIES[door]].value
    client = visitor(other)
    for name in (*settings.DOOR_SESSION_COOKIES.values(), settings.SESSION_COOKIE_NAME):
        client.cookies[name] = key
    page = {"www": "/my/appointments/", "pro": "/", "admin": "/"}[other]
    assert client.get(page).status_code == (200 if door == other else 302)


def test_the_search_for_inline_code_finds_it():
    html = (
        '<style>a{}</style><p style="x" onclick="y"><script>1</script><a href="javascript:x">a</a>'
        '<script src="https://cdn.example/x.js"></script><script type="application/json">{}</script>'
        '<a href="https://elsewhere.example/">a</a><script src="/static/a.js"></script>'
    )
    assert faults(html) == [
        ("style", "inline", ""),
        ("p", "style", "x"),
        ("p", "onclick", "y"),
        ("script", "inline", ""),
        ("a", "href", "javascript:x"),
        ("script", "src", "https://cdn.example/x.js"),
    ]


def test_the_doors_are_known_by_their_hosts_alone():
    from doctolib.hosts import DOOR_BY_DOMAIN

    hosts = (settings.WWW_HOST, settings.PRO_HOST, settings.ADMIN_HOST)
    assert [DOOR_BY_DOMAIN[split_domain_port(host)[0]] for host in hosts] == DOORS
