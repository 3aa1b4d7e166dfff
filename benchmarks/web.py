"""Servers and clients of the HTTP figures: our application and the bare floor, each under 2 gunicorn workers."""

import os
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parent.parent
WORKERS = 2
TIMEOUT = 60  # seconds
HOSTS = {"www": "www.bench.test", "pro": "pro.bench.test", "admin": "admin.bench.test"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serving(application: str, environment: dict[str, str], *, config: str = "") -> Iterator[int]:
    """Run a WSGI application on a free loopback port; yields the port. ``config``: gunicorn's settings, else two
    workers without threads."""
    port = free_port()
    if application.startswith("doctolib"):  # with DEBUG off, pages name static files by their content
        collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "-v", "0"]
        subprocess.run(collect, cwd=ROOT, env={**os.environ, **environment}, check=True)
    shape = ["--config", config] if config else ["-w", str(WORKERS)]
    command = [sys.executable, "-m", "gunicorn", *shape, "-b", f"127.0.0.1:{port}", "--log-level", "error", application]
    server = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        end = time.monotonic() + 30
        while not _answers(port):
            if server.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{application} did not start")
            time.sleep(0.1)
        yield port
    finally:
        server.terminate()
        server.wait(20)


def _answers(port: int) -> bool:
    try:
        Browser(port).send("GET", "/")
    except OSError:
        return False
    return True


class Browser:
    """One person's cookies; a new connection for each request. Written on bare sockets: it shares the cores with what
    is measured.
    """

    def __init__(self, port: int, *, host: str = "", cookies: dict[str, str] | None = None) -> None:
        self.port, self.host, self.cookies = port, host, dict(cookies or {})

    def send(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, bytes, dict[str, str]]:
        """Status, content and headers (names in lower case) of the answer. Raises OSError without one."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=TIMEOUT) as link:
            link.sendall(self._request(method, path, form))
            answer = b"".join(iter(lambda: link.recv(65536), b""))
        head, _, content = answer.partition(b"\r\n\r\n")
        if not head:
            raise ConnectionError("no answer")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {}
        for line in lines:
            name, _, value = line.partition(": ")
            headers[name.lower()] = value
            if name.lower() == "set-cookie":
                key, _, text = value.partition(";")[0].partition("=")
                self.cookies[key] = text
        return int(first.split()[1]), content, headers

    def _request(self, method: str, path: str, form: dict[str, str] | None) -> bytes:
        headers = {"Connection": "close", "Host": self.host or "127.0.0.1"}
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if self.host:
            # What the proxy in front says; the application answers plain requests with a redirect.
            headers |= {"X-Forwarded-Proto": "https", "Referer": f"https://{self.host}/"}
        body = urlencode(form or {})
        if form is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Content-Length": str(len(body))}
            headers["X-CSRFToken"] = self.cookies.get("csrftoken", "")
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"{method} {path} HTTP/1.0\r\n{lines}\r\n{body}".encode()


def timed(job: Callable[[], None], *, runs: int) -> list[float]:
    """Seconds of each run, one after the other."""
    taken = []
    for _ in range(runs):
        began = time.perf_counter()
        job()
        taken.append(time.perf_counter() - began)
    return taken


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def median(values: list[float]) -> float:
    return statistics.median(values)


def rate(jobs: list[Callable[[], None]], *, clients: int) -> float:
    """Jobs a second when ``clients`` threads work them off together. The client's own work is on the same cores."""
    waiting, lock = iter(jobs), threading.Lock()
    errors: list[Exception] = []

    def work() -> None:
        while True:
            with lock:
                job = next(waiting, None)
            if job is None:
                return
            try:
                job()
            except Exception as error:
                errors.append(error)
                return

    threads = [threading.Thread(target=work) for _ in range(clients)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return len(jobs) / (time.perf_counter() - began)
