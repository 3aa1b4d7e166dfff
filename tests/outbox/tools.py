"""Small things that several test files need."""

import socket
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from django.db import connections


def free_port() -> int:
    """A port on loopback where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(condition: Callable[[], Any], *, seconds: float = 10.0) -> Any:
    """Wait for a condition and return its value. Fails after ``seconds``."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
    return found


def together(jobs: Iterable[Callable[[], Any]]) -> list[Any]:
    """Run jobs in threads with connections of their own, all at once; their results, or the first error."""
    jobs = list(jobs)
    start = threading.Barrier(len(jobs))
    results: list[Any] = [None] * len(jobs)
    errors: list[BaseException] = []

    def run(index: int, job: Callable[[], Any]) -> None:
        try:
            start.wait(10)
            results[index] = job()
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    if errors:
        raise errors[0]
    return results
