"""Settings from the environment: a missing or wrong value stops the process and names its variable.

Every variable ``X`` may be given as a file in ``X_FILE`` (container secrets); giving both is refused.
"""

import json
import os
import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def load_file(path: Path) -> None:
    """Put the ``KEY=VALUE`` lines of a file into the environment; what is set there already wins."""
    for line in path.read_text().splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            key, _, value = line.partition("=")
            os.environ.setdefault(key.strip(), value.strip())


def optional(name: str, default: str = "") -> str:
    """The value of ``name``, or of the file that ``name_FILE`` names, or ``default``."""
    file = os.environ.get(f"{name}_FILE")
    if file and name in os.environ:
        raise ImproperlyConfigured(f"{name} and {name}_FILE are both set; keep one of them.")
    if file:
        try:
            return Path(file).read_text().strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE cannot be read: {error.strerror}.") from None
    return os.environ.get(name, default)


def required(name: str) -> str:
    value = optional(name)
    if not value:
        raise ImproperlyConfigured(f"{name} is missing. See .env.example.")
    return value


def flag(name: str, *, default: bool) -> bool:
    value = optional(name, "true" if default else "false")
    if value not in ("true", "false"):
        raise ImproperlyConfigured(f"{name} must be true or false.")
    return value == "true"


def integer(name: str, *, default: int) -> int:
    value = optional(name, str(default))
    if not re.fullmatch(r"\d{1,9}", value):
        raise ImproperlyConfigured(f"{name} must be a whole number.")
    return int(value)


def networks(name: str, *, default: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Networks in CIDR notation, separated by blanks or commas; at least one."""
    value = optional(name, default)
    try:
        found = tuple(ip_network(part) for part in re.split(r"[\s,]+", value.strip()) if part)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be networks like 192.0.2.0/24 2001:db8::/48.") from None
    if not found:
        raise ImproperlyConfigured(f"{name} is missing. See .env.example.")
    return found


def key(name: str, *, length: int) -> bytes:
    """A secret key written as hex digits; ``length`` in bytes."""
    value = required(name)
    if not re.fullmatch(rf"[0-9a-fA-F]{{{2 * length}}}", value):
        raise ImproperlyConfigured(f"{name} must be {2 * length} hex digits.")
    return bytes.fromhex(value)


def host(name: str) -> str:
    value = required(name).lower()
    if not re.fullmatch(r"[a-z0-9.-]+(:\d+)?", value):
        raise ImproperlyConfigured(f"{name} must be a host name, with a port where it is not the standard one.")
    return value


def file(name: str) -> str:
    """The path of a file that must be there, or "" where none is wanted."""
    value = optional(name)
    if value and not Path(value).is_file():
        raise ImproperlyConfigured(f"{name} must be the path of a file.")
    return value


def database(url: str, *, name: str) -> dict:
    """Django's database settings for one PostgreSQL address; ``name`` is the variable to blame."""
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        raise ImproperlyConfigured(f"{name} has a port that is not a number.") from None
    if parts.scheme not in ("postgres", "postgresql") or not parts.path.strip("/"):
        raise ImproperlyConfigured(f"{name} must look like postgresql://user:password@host:5432/database.")
    return {
        "ENGINE": "doctolib.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(port or ""),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 5},
    }


def databases(name: str) -> dict[str, dict]:
    """Databases by alias from a JSON object ``{"alias": "postgresql://…"}``."""
    try:
        urls = json.loads(optional(name, "{}"))
    except ValueError:
        urls = None
    if not isinstance(urls, dict) or not all(isinstance(url, str) for url in urls.values()):
        raise ImproperlyConfigured(f'{name} must be a JSON object like {{"alias": "postgresql://…"}}.')
    return {alias: database(url, name=name) for alias, url in urls.items()}
