"""The kind of device a request comes from: "Firefox on Windows"."""

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ua_parser import parse_os, parse_user_agent

LONGEST = 400  # characters of a header that are looked at


def browser_of(request: HttpRequest) -> dict[str, str]:
    """Families of browser and system, without versions; empty where the header says nothing known."""
    text = request.headers.get("User-Agent", "")[:LONGEST]
    browser, system = parse_user_agent(text), parse_os(text)
    return {"browser": browser.family if browser else "", "system": system.family if system else ""}


def browser_text(browser: str, system: str) -> str:
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("Unknown device")
