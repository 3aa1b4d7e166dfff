"""Another checkout's set-up for tests: its own ``var/``, its own port, nothing of this process' environment."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil

from doctolib.dev.paths import ROOT
from tests.processes import family


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def clean_environment(var: Path, **values: str) -> dict[str, str]:
    """No address of the test run's own servers gets through."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, "DOCTOLIB_VAR": str(var), "PYTHONPATH": str(ROOT), **values}


def step(name: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run one of ``python -m doctolib.dev``'s steps to its end."""
    command = [sys.executable, "-m", "doctolib.dev", name]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=120)


def script(code: str, environment: dict[str, str]) -> str:
    """Run ``code`` in a Python of its own; returns what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def _busy() -> float:
    """Seconds that all processors have worked."""
    times = psutil.cpu_times()
    return times.user + times.nice + times.system


class Running:
    """``python -m doctolib.dev run`` as a terminal runs it."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.started, self.busy_before = time.monotonic(), _busy()
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "doctolib.dev", "run"],
            cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, start_new_session=True,
        )  # fmt: skip
        threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self) -> "Running":
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            try:
                self.press_ctrl_c()
            finally:
                self.process.kill()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.lines.extend(iter(self.process.stdout.readline, ""))

    @property
    def output(self) -> str:
        return "".join(self.lines)

    def wait_until_up(self, seconds: float = 120) -> float:
        """Wait for the addresses. Returns the seconds since the start."""
        while "Ctrl-C stops everything" not in self.output:
            assert self.process.poll() is None, self.output
            assert time.monotonic() - self.started < seconds, self.output
            time.sleep(0.05)
        return time.monotonic() - self.started

    def waited_for_others(self) -> float:
        """Seconds since the start, at most, in which other processes kept it from a processor; 0 on a quiet machine."""
        own = family(self.process.pid)
        return max(0.0, _busy() - self.busy_before - own) / (os.cpu_count() or 1)

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def press_ctrl_c(self) -> int:
        """What a terminal does: SIGINT to the whole group in the foreground. Returns the exit status."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(timeout=60)
