"""Run PostgreSQL's programs: as they are for an ordinary user, under an account of their own for root.

PostgreSQL refuses to run as root. The account may be unable to enter the checkout (a clone below ``/root``, say).
Its programs then get the one capability that lets them through, instead of opening folders that are not ours to open.
"""

import os
import pwd
import shutil
import subprocess
from functools import cache
from pathlib import Path

from doctolib.dev.paths import VAR, Stop

ACCOUNT = "doctolib-db"
QUIET = {"LC_ALL": "C.UTF-8", "TZ": "UTC", "PATH": os.defpath}


@cache
def account() -> pwd.struct_passwd | None:
    """The operating system's account for PostgreSQL when we are root, otherwise None."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(ACCOUNT)
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--home-dir", "/nonexistent"]
        made = shutil.which("useradd") and subprocess.run(
            [*command, "--shell", "/usr/sbin/nologin", ACCOUNT], capture_output=True, check=False
        )
        return pwd.getpwnam(ACCOUNT if made and made.returncode == 0 else "nobody")


def run(*command: str | Path, program_folder: Path) -> subprocess.CompletedProcess[str]:
    """Run one of PostgreSQL's programs to its end, output captured; ``program_folder`` must be reachable for it."""
    return subprocess.run(
        [*_prefix(program_folder), *map(str, command)],
        cwd="/", env=QUIET, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip


def give(path: Path) -> None:
    """Hand ``path`` to the account, when there is one."""
    user = account()
    if user is not None:
        os.chown(path, user.pw_uid, user.pw_gid)


@cache
def _prefix(program_folder: Path) -> list[str]:
    user = account()
    if user is None:
        return []
    plain = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    reaching = [*plain, "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
    for prefix in (plain, reaching):
        probe = [*prefix, "sh", "-c", '"$0" --version && cd "$1"', str(program_folder / "postgres"), str(VAR)]
        if subprocess.run(probe, cwd="/", env=QUIET, capture_output=True, check=False).returncode == 0:
            return prefix
    raise Stop(
        f"PostgreSQL does not run as root, and the account {user.pw_name} cannot enter {program_folder} or {VAR}: "
        "move the checkout to a folder that other accounts may enter, or run as an ordinary user."
    )
