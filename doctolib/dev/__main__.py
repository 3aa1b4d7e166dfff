"""``python -m doctolib.dev STEP``: the steps behind the Makefile's targets."""

import os
import sys
from collections.abc import Callable

from doctolib.dev.paths import ROOT, Stop, say


def setup() -> int:
    """Packages, front end and translations; starts nothing."""
    from doctolib.dev import install, translations

    install.front_end()
    translations.compile_all()
    return 0


def run() -> int:
    """Everything, on http://localhost:8000 (another port by PORT), until Ctrl-C."""
    from doctolib.dev import run

    return run.run()


def servers() -> int:
    """Start PostgreSQL and Redis to stay; roles, databases and var/env; for manage.py and pytest by hand."""
    from doctolib.dev import servers

    servers.start_to_stay()
    print("PostgreSQL and Redis are up; var/env has their addresses.")
    return 0


def stop() -> int:
    """Stop PostgreSQL and Redis; their data stays in var/."""
    from doctolib.dev import servers

    servers.stop()
    print("PostgreSQL and Redis are down; their data stays in var/.")
    return 0


def test() -> int:
    """Lint and all tests (other arguments for pytest by PYTEST_ARGS)."""
    from doctolib.dev import checks

    return checks.test()


def lint() -> int:
    """Style, types, layers, migrations, deployment settings, catalogues."""
    from doctolib.dev import checks

    return checks.lint()


def format() -> int:
    """Put Python files into the one form that lint wants."""
    from doctolib.dev import checks

    return checks.format_all()


def bench() -> int:
    """Measure; JSON lines on standard output."""
    from doctolib.dev import checks

    return checks.bench()


def messages() -> int:
    """List what the German catalogues lack."""
    from doctolib.dev import checks

    return checks.messages()


def pins() -> int:
    """Compile requirements/*.txt anew from requirements/*.in."""
    from doctolib.dev import pins

    return pins.compile_all()


STEPS: dict[str, Callable[[], int]] = {
    step.__name__: step for step in (setup, run, test, lint, format, bench, servers, stop, messages, pins)
}


def main(arguments: list[str]) -> int:
    """Run one step in the virtual environment; whatever stops it is one line and exit status 1."""
    if len(arguments) != 1 or arguments[0] not in STEPS:
        print("\n".join(f"{name:10}{step.__doc__}" for name, step in STEPS.items()))
        return 0 if arguments == ["help"] else 2
    if sys.version_info < (3, 11):  # noqa: UP036  whoever types make may have an older one
        say(f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}; name another one with PYTHON=…")
        return 1
    try:
        return _in_venv(arguments[0])
    except Stop as reason:
        say(str(reason))
        return 1
    except KeyboardInterrupt:
        return 130


def _in_venv(step: str) -> int:
    from doctolib.dev import install

    install.python_packages()
    if not install.in_venv():
        os.chdir(ROOT)
        sys.stdout.flush()
        os.execv(install.PYTHON, [str(install.PYTHON), "-m", "doctolib.dev", step])
    return STEPS[step]()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
