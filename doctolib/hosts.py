"""Three doors, three hosts: patients (www), clinic staff (pro), platform staff (admin).

Each door has its own URL configuration and its own session and CSRF cookie, so a log-in never reaches another door.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port
from django.urls import get_script_prefix, get_urlconf, set_script_prefix, set_urlconf

Handler = Callable[[HttpRequest], HttpResponse]

DOORS = {settings.WWW_HOST: "www", settings.PRO_HOST: "pro", settings.ADMIN_HOST: "admin"}
DOOR_BY_DOMAIN = {split_domain_port(host)[0]: door for host, door in DOORS.items()}


def address(door: str, path: str = "/") -> str:
    """The absolute address of a path behind a door; for mails and links from one door to another."""
    host = {name: host for host, name in DOORS.items()}[door]
    return f"{'https' if settings.SESSION_COOKIE_SECURE else 'http'}://{host}{path}"


@contextmanager
def links_to(door: str) -> Iterator[None]:
    """What is rendered here links to another door's pages, by their absolute addresses."""
    urlconf, prefix = get_urlconf(), get_script_prefix()
    set_urlconf(f"doctolib.urls.{door}")
    set_script_prefix(address(door))
    try:
        yield
    finally:
        set_urlconf(urlconf)
        set_script_prefix(prefix)


class DoorMiddleware:
    """Sets ``request.door`` and ``request.urlconf`` from the host; an unknown host was refused by ALLOWED_HOSTS."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        domain, _port = split_domain_port(request.get_host())
        request.door = DOOR_BY_DOMAIN.get(domain, "www")
        request.urlconf = f"doctolib.urls.{request.door}"
        return self.get_response(request)


class DoorSessionMiddleware(SessionMiddleware):
    """Django's sessions under a cookie name of each door."""

    def process_request(self, request: HttpRequest) -> None:
        session_key = request.COOKIES.get(settings.DOOR_SESSION_COOKIES[request.door])
        request.session = self.SessionStore(session_key)

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        # Django's middleware reads the name from the settings; the standard name never leaves this method.
        name, standard = settings.DOOR_SESSION_COOKIES[request.door], settings.SESSION_COOKIE_NAME
        if name in request.COOKIES:
            request.COOKIES[standard] = request.COOKIES[name]
        response = super().process_response(request, response)
        if standard in response.cookies:
            morsel = response.cookies.pop(standard)
            response.cookies[name] = morsel.value
            for attribute, value in morsel.items():
                response.cookies[name][attribute] = value
        return response
