"""The long-running processes: their command lines are the Procfile's, in development as in docker-compose.yml."""

import os

from doctolib.dev.paths import ROOT, VENV

# Roles that only migrations need; web and worker never see them.
OWNER_ONLY = ("DATABASE_OWNER_URL", "DATABASE_DEDICATED_OWNER_URLS", "DOCTOLIB_ADMIN_URL")


def commands() -> dict[str, str]:
    """Command line by process name."""
    lines = (ROOT / "Procfile").read_text().splitlines()
    return {name.strip(): command.strip() for name, _, command in (line.partition(":") for line in lines if line)}


def full_environment(values: dict[str, str]) -> dict[str, str]:
    """Ours on top of ``values``, with the virtual environment first in the path."""
    path = f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return {**os.environ, **values, "PATH": path, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}


def runtime_environment(values: dict[str, str], *, port: int) -> dict[str, str]:
    """What web, worker and beat get: everything but the owner's addresses."""
    environment = {**full_environment(values), "WEB_BIND": f"127.0.0.1:{port}"}
    return {name: value for name, value in environment.items() if name not in OWNER_ONLY}
