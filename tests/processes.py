"""Processor time of a process and of those it started, as /proc tells it."""

import os
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def family(root: int, *, without: bool = False) -> float:
    """Seconds of a process and its descendants, those that have ended included; ``without`` its own."""
    stats = {int(path.name): stat_of(path) for path in Path("/proc").iterdir() if path.name.isdigit()}
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


def stat_of(path: Path) -> list[str]:
    """The fields of /proc/…/stat from the process's state on; empty when it has just ended."""
    try:
        return (path / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
