"""Servers and clients of the HTTP figures: our application and the bare floor, each under 2 gunicorn workers."""

import http.client
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
HOSTS = {"www": "www.bench.test", "pro": "pro.bench.test", "admin": "admin.bench.test"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serving(application: str, environment: dict[str, str]) -> Iterator[int]:
    """Run a WSGI application on a free loopback port; yields the port."""
    port = free_port()
    if application.startswith("doctolib"):  # with DEBUG off, pages name static files by their content
        collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "-v", "0"]
        subprocess.run(collect, cwd=ROOT, env={**os.environ, **environment}, check=True)
    command = [sys.executable, "-m", "gunicorn", "-w", str(WORKERS), "-b", f"127.0.0.1:{port}",
               "--log-level", "error", application]  # fmt: skip
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
    """One person's cookies; a new connection for each request, as gunicorn's sync workers close it anyway."""

    def __init__(self, port: int, *, host: str = "", cookies: dict[str, str] | None = None) -> None:
        self.port, self.host, self.cookies = port, host, dict(cookies or {})

    def send(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, bytes, dict[str, str]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if self.host:
            # What the proxy in front says; the application answers plain requests with a redirect.
            headers |= {"Host": self.host, "X-Forwarded-Proto": "https", "Referer": f"https://{self.host}/"}
        body = None
        if form is not None:
            body = urlencode(form)
            headers |= {"Content-Type": "application/x-www-form-urlencoded"}
            headers["X-CSRFToken"] = self.cookies.get("csrftoken", "")
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        content = response.read()
        for name, value in response.getheaders():
            if name.lower() == "set-cookie":
                cookie, _, rest = value.partition(";")
                key, _, text = cookie.partition("=")
                self.cookies[key] = text
        connection.close()
        return response.status, content, dict(response.getheaders())


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
