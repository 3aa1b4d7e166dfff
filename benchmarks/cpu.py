"""Processor time of whole families of processes: on a machine that others use, it tells more than the clock does."""

import os
from collections.abc import Callable
from pathlib import Path

from tests.processes import family, stat_of


def spent(work: Callable[[], object]) -> float:
    """Seconds of processor time that our servers, other children of this process and PostgreSQL spend on ``work``.

    Not this process itself, which plays the clients.
    """
    server = _postmaster()
    before = family(server) + family(os.getpid(), without=True)
    work()
    return family(server) + family(os.getpid(), without=True) - before


def _postmaster() -> int:
    """The parent of a connection's backend."""
    import psycopg

    from tests.databases import admin_url

    with psycopg.connect(admin_url()) as connection:
        return int(stat_of(Path(f"/proc/{connection.info.backend_pid}"))[1])
