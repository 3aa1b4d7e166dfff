"""The environment of a development machine, and ``var/env``, where ``manage.py`` finds it again."""

import json
import os
from dataclasses import dataclass
from urllib.parse import quote, urlsplit, urlunsplit

from doctolib.dev import postgres, redis_server
from doctolib.dev.paths import ENV_FILE, SECRETS, VAR, Stop, private_folder
from doctolib.dev.secret_files import secret

DEFAULT_PORT = 8000


@dataclass(frozen=True)
class Databases:
    """Addresses of one PostgreSQL server. ``admin`` is None where roles and databases are somebody else's work."""

    admin: str | None
    app: str
    owner: str
    dedicated_app: dict[str, str]
    dedicated_owner: dict[str, str]


def web_port() -> int:
    """The port of the web server: PORT, or 8000."""
    value = os.environ.get("PORT") or str(DEFAULT_PORT)
    if not value.isdigit() or not 0 < int(value) < 65536:
        raise Stop(f"PORT must be a number from 1 to 65535, not {value!r}.")
    return int(value)


def with_role(url: str, *, role: str, password: str, database: str) -> str:
    """The address ``url`` for another role and database of the same server."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role}:{quote(password, safe='')}@{host}", path=f"/{database}"))


def derived(admin: str) -> Databases:
    """The restricted addresses on the server that ``admin`` administers; its database ``postgres`` stands for ours."""
    name = urlsplit(admin).path.strip("/")
    name = "doctolib" if name in ("", "postgres") else name
    app, owner = secret("doctolib_app"), secret("doctolib_owner")

    def url(role: str, password: str, database: str) -> str:
        return with_role(admin, role=role, password=password, database=database)

    return Databases(
        admin=urlunsplit(urlsplit(admin)._replace(path="/postgres")),
        app=url("doctolib_app", app, name),
        owner=url("doctolib_owner", owner, name),
        dedicated_app={"dedicated": url("doctolib_app", app, f"{name}_dedicated")},
        dedicated_owner={"dedicated": url("doctolib_owner", owner, f"{name}_dedicated")},
    )


def given() -> Databases | None:
    """The databases that DATABASE_URL names, None where the embedded server is to be used.

    A superuser's address is used to make roles and databases, and then only addresses derived from it.
    """
    url = os.environ.get("DATABASE_URL")
    if not url:
        return None
    if _is_superuser(url):
        return derived(url)
    owner = os.environ.get("DATABASE_OWNER_URL")
    if not owner:
        raise Stop(
            "DATABASE_URL is not a superuser's address, so DATABASE_OWNER_URL is needed too (role doctolib_owner); "
            "an administrator makes both with manage.py setup_roles."
        )
    return Databases(
        admin=None,
        app=url,
        owner=owner,
        dedicated_app=json.loads(os.environ.get("DATABASE_DEDICATED_URLS") or "{}"),
        dedicated_owner=json.loads(os.environ.get("DATABASE_DEDICATED_OWNER_URLS") or "{}"),
    )


def variables(databases: Databases, *, redis_url: str) -> dict[str, str]:
    """Every variable of a development process."""
    port = web_port()
    SECRETS.mkdir(parents=True, exist_ok=True)
    own = {
        "DJANGO_SECRET_KEY": secret("django"),
        "DJANGO_DEBUG": "true",
        "WWW_HOST": f"localhost:{port}",
        "PRO_HOST": f"pro.localhost:{port}",
        "ADMIN_HOST": f"admin.localhost:{port}",
        "SCOPE_TOKEN_KEY": secret("scope-token"),
        "KMS_PROVIDER": "local",
        "KMS_LOCAL_KEY_FILE": str(SECRETS / "kms-master"),
        "KMS_ALLOW_LOCAL": "false",
        "EMAIL_BACKEND": "doctolib.outbox.channels.PhoneEmailBackend",
        "EMAIL_FROM": "termine@localhost",
        "SMS_BACKEND": "doctolib.outbox.channels.PhoneSMS",
        "MEDIA_ROOT": str(VAR / "media"),
        "TRUSTED_PROXIES": "0",
        "BEAT_SCHEDULE_FILE": str(VAR / "celerybeat-schedule"),
    }
    return {
        **{name: os.environ.get(name) or value for name, value in own.items()},
        "DATABASE_URL": databases.app,
        "DATABASE_OWNER_URL": databases.owner,
        "DATABASE_DEDICATED_URLS": json.dumps(databases.dedicated_app),
        "DATABASE_DEDICATED_OWNER_URLS": json.dumps(databases.dedicated_owner),
        "REDIS_URL": redis_url,
    }


def write(values: dict[str, str]) -> None:
    """Keep the environment in ``var/env``, for ``manage.py`` and pytest started by hand."""
    private_folder(VAR)
    draft = ENV_FILE.with_suffix(".new")
    draft.touch(mode=0o600)
    draft.write_text("".join(f"{name}={value}\n" for name, value in values.items()))
    draft.replace(ENV_FILE)


def embedded_databases() -> Databases:
    """The addresses of the embedded server, which must be up."""
    return derived(postgres.admin_url())


def embedded_redis() -> str:
    """The address of the embedded Redis, which must be up."""
    return redis_server.url()


def _is_superuser(url: str) -> bool:
    import psycopg

    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            row = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
            if connection.info.server_version < 150000:
                raise Stop("DATABASE_URL: PostgreSQL 15 or newer is needed.")
    except psycopg.Error as error:
        raise Stop(f"DATABASE_URL: no connection to PostgreSQL: {str(error).strip().splitlines()[-1]}") from None
    return bool(row and row[0])
