"""Where this checkout keeps what it makes: everything under ``var/`` and ``.venv/``, nothing elsewhere."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
# Tests of the set-up itself give a folder of their own.
VAR = Path(os.environ.get("DOCTOLIB_VAR") or ROOT / "var").resolve()
SECRETS = VAR / "secrets"
ENV_FILE = VAR / "env"
LOGINS = VAR / "demo-logins"


class Stop(Exception):
    """The set-up cannot go on; the text is the one line that the person at the terminal reads."""


def say(text: str) -> None:
    """Tell the person at the terminal what happens now; standard output is for results."""
    print(f"doctolib: {text}", file=sys.stderr, flush=True)


def private_folder(path: Path) -> Path:
    """Make ``path`` and keep other users out of it; ``var/`` itself they may pass, as PostgreSQL's account has to."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(0o711 if path == VAR else 0o700)
    except PermissionError as error:
        raise Stop(f"{error.filename} belongs to another user; run as that user, or remove it.") from None
    return path
