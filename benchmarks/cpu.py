"""Processor time of whole families of processes: on a machine that others use, it tells more than the clock does."""

import os
from collections.abc import Callable
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def spent(work: Callable[[], object]) -> float:
    """Seconds of processor time that our servers, other children of this process and PostgreSQL spend on ``work``.

    Not this process itself, which plays the clients.
    """
    server = _postmaster()
    before = _family(server) + _family(os.getpid(), without=True)
    work()
    return _family(server) + _family(os.getpid(), without=True) - before


def _family(root: int, *, without: bool = False) -> float:
    """Of a process and its descendants, those that have ended included; ``without`` its own."""
    stats = {int(path.name): _stat(path) for path in Path("/proc").iterdir() if path.name.isdigit()}
    known = {pid: stat for pid, stat in stats.items() if stat}
    children: dict[int, list[int]] = {}
    for pid, stat in known.items():
        children.setdefault(int(stat[1]), []).append(pid)
    waiting, ticks = [root], 0
    while waiting:
        pid = waiting.pop()
        waiting += children.get(pid, [])
        own, reaped = known[pid][11:13], known[pid][13:15]
        ticks += sum(map(int, reaped)) + (0 if without and pid == root else sum(map(int, own)))
    return ticks / TICK


def _stat(path: Path) -> list[str]:
    """The fields of /proc/…/stat from the process's state on; empty when it has just ended."""
    try:
        return (path / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _postmaster() -> int:
    """The parent of a connection's backend."""
    import psycopg

    from tests.databases import admin_url

    with psycopg.connect(admin_url()) as connection:
        return int(_stat(Path(f"/proc/{connection.info.backend_pid}"))[1])
