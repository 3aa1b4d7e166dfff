"""The place of an address by a GeoIP file (settings.GEOIP_FILE), which stays on this machine: nobody is asked."""

from functools import cache

import maxminddb
from django.conf import settings

from accounts.networks import Address

LANGUAGES = ("de", "en")


def place_of(address: Address | None) -> dict[str, dict[str, str]]:
    """{"city": {"de": …, "en": …}, "country": {…}} as far as the file knows; empty without a file."""
    if address is None or not settings.GEOIP_FILE:
        return {}
    found = _reader(settings.GEOIP_FILE).get(address)
    if not isinstance(found, dict):
        return {}
    named = {part: _names(found.get(part)) for part in ("city", "country")}
    return {part: names for part, names in named.items() if names}


@cache
def _reader(file: str) -> maxminddb.Reader:
    return maxminddb.open_database(file)


def _names(part: object) -> dict[str, str]:
    names = part.get("names", {}) if isinstance(part, dict) else {}
    return {language: names[language] for language in LANGUAGES if language in names}
