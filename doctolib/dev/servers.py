"""PostgreSQL and Redis for one command: embedded ones start when needed and are stopped by the last that needs them."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO
from urllib.parse import urlsplit

from doctolib.dev import environment, postgres, redis_server
from doctolib.dev.paths import VAR, Stop, private_folder

# Held shared by everyone who uses the embedded servers, and alone by whoever starts or stops them.
IN_USE = VAR / "servers.lock"
CHANGING = VAR / "servers.changing.lock"
# There since somebody asked for servers that stay.
KEEP = VAR / "servers.keep"


def start() -> dict[str, str]:
    """Servers, roles and databases, ready for migrations. Returns the environment, which is in ``var/env`` too."""
    with _locked(CHANGING):
        databases = environment.given()
        if databases is None:
            postgres.start()
            databases = environment.embedded_databases()
        redis_url = os.environ.get("REDIS_URL")
        if not redis_url:
            redis_server.start()
            redis_url = environment.embedded_redis()
        _prepare(databases)
        values = environment.variables(databases, redis_url=redis_url)
        if databases.admin is not None:
            # Only tests read it (they clone databases); never written down.
            os.environ["DOCTOLIB_ADMIN_URL"] = databases.admin
        environment.write(values)
        return values


def start_to_stay() -> dict[str, str]:
    """Start the servers until ``stop``."""
    private_folder(VAR)
    KEEP.touch()
    return start()


def stop() -> None:
    """Stop the embedded servers, unless a run or tests still use them."""
    KEEP.unlink(missing_ok=True)
    if not _stop_if_unused():
        raise Stop("A run or tests of this checkout still use the servers.")


@contextmanager
def in_use() -> Iterator[dict[str, str]]:
    """Servers for the length of a block; afterwards embedded ones stop, unless others use them or they were to stay."""
    try:
        with claimed():
            yield start()
    finally:
        if not KEEP.exists():
            _stop_if_unused()


@contextmanager
def claimed() -> Iterator[None]:
    """Keep others from stopping the servers during a block; it starts none."""
    private_folder(VAR)
    with IN_USE.open("a") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        yield


def _stop_if_unused() -> bool:
    private_folder(VAR)
    with _locked(CHANGING), IN_USE.open("a") as users:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        redis_server.stop()
        postgres.stop()
        return True


def _prepare(databases: environment.Databases) -> None:
    if databases.admin is None:
        return
    from doctolib.tenancy import bootstrap

    passwords = {"app_password": _password(databases.app), "owner_password": _password(databases.owner)}
    bootstrap.apply_roles(databases.admin, **passwords)
    for url in (databases.owner, *databases.dedicated_owner.values()):
        bootstrap.create_database(databases.admin, urlsplit(url).path.strip("/"))


def _password(url: str) -> str:
    return urlsplit(url).password or ""


@contextmanager
def _locked(path) -> Iterator[IO[str]]:
    private_folder(VAR)
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file
