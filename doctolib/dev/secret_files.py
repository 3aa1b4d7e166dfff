"""Secrets of a development machine: random, made once, one file each, readable by their owner only."""

import os
import secrets
from collections.abc import Callable

from doctolib.dev.paths import SECRETS, private_folder


def secret(name: str, make: Callable[[], str] = lambda: secrets.token_hex(32)) -> str:
    """The secret called ``name``; made by ``make`` the first time."""
    path = private_folder(SECRETS) / name
    if not path.exists():
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(make())
    return path.read_text().strip()
