"""``make lint`` and ``make test``: the same set-up as ``make run``, then everything that can fail."""

import os
import shlex
import subprocess

from doctolib.dev import install, processes, run, servers, translations
from doctolib.dev.paths import ROOT, Stop, say

# Settings as in production, but for the addresses, which the checks do not open.
PRODUCTION = {
    "DJANGO_DEBUG": "false",
    "WWW_HOST": "www.example.org",
    "PRO_HOST": "pro.example.org",
    "ADMIN_HOST": "admin.example.org",
    "KMS_ALLOW_LOCAL": "true",
    "TRUSTED_PROXIES": "1",
    "PLATFORM_NETWORKS": "192.0.2.0/24",
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
    "SMS_BACKEND": "doctolib.outbox.channels.NoSMS",
}

LINTERS = {
    "ruff check": "ruff check .",
    "ruff format": "ruff format --check .",
    "djlint": "djlint templates --lint --quiet",
    "mypy": "mypy",
    "import-linter": "lint-imports",
    "migrations": "python manage.py makemigrations --check --dry-run",
}


def lint() -> int:
    """Every check that needs no test; all of them, also after one has failed. Returns 0 when all passed."""
    install.front_end()
    translations.compile_all()
    with servers.in_use() as values:
        return _lint(values)


def test() -> int:
    """Lint, then all tests. PYTEST_ARGS are passed on. Returns 0 when everything passed.

    Three processes keep two cores busy: a test of a browser mostly waits.
    """
    install.test_tools()
    install.front_end()
    translations.compile_all()
    with servers.in_use() as values:
        linted = _lint(values)
        arguments = shlex.split(os.environ.get("PYTEST_ARGS") or "-n 3 --dist loadgroup")
        tested = _call("pytest", ["pytest", *arguments], processes.full_environment(values))
        return linted or tested


def bench() -> int:
    """The measurements, as JSON lines on standard output."""
    install.front_end()
    translations.compile_all()
    with servers.in_use() as values:
        run.migrate(values)
        return _call("benchmarks", ["python", "-m", "benchmarks"], processes.full_environment(values))


def format_all() -> int:
    """Sort imports, drop unused ones, format. Returns 0 when ruff has nothing left to say."""
    fixed = _call("ruff check", ["ruff", "check", "--fix", "."], processes.full_environment({}))
    return _call("ruff format", ["ruff", "format", "."], processes.full_environment({})) or fixed


def messages() -> int:
    """List what the German catalogues lack. Returns 0 when they are complete."""
    found = translations.problems()
    print("\n".join(found) or "The catalogues are complete.", flush=True)
    return int(bool(found))


def _lint(values: dict[str, str]) -> int:
    environment = processes.full_environment(values)
    failed = [name for name, line in LINTERS.items() if _call(name, shlex.split(line), environment)]
    deploy = ["python", "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    if _call("check --deploy", deploy, {**environment, **PRODUCTION}):
        failed.append("check --deploy")
    say("catalogues")
    if messages():
        failed.append("catalogues")
    if failed:
        say(f"lint failed: {', '.join(failed)}")
    return int(bool(failed))


def _call(name: str, command: list[str], environment: dict[str, str]) -> int:
    say(name)
    program = install.VENV / "bin" / command[0]
    if not program.exists():
        raise Stop(f"{program} is missing; run make setup.")
    return subprocess.run([program, *command[1:]], cwd=ROOT, env=environment, check=False).returncode
