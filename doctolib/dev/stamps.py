"""Steps that are left out while what they are made from is what it was."""

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from doctolib.dev.paths import ROOT


def when_changed(stamp: Path, inputs: Iterable[Path | str], step: Callable[[], None]) -> bool:
    """Run ``step`` unless ``stamp`` says that it ran for the same ``inputs`` (files by content, strings as they are).

    Keep the stamp inside what the step makes, so that removing the one removes the other. Returns whether it ran.
    """
    state = _hash(inputs)
    if _says(stamp, state):
        return False
    with _checkout_locked():
        # Another command may have done it while this one waited.
        if _says(stamp, state):
            return False
        step()
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.write_text(state)
        return True


def files(*patterns: str) -> list[Path]:
    """The checkout's files that match any of the patterns."""
    return sorted({path for pattern in patterns for path in ROOT.glob(pattern) if path.is_file()})


def _says(stamp: Path, state: str) -> bool:
    return stamp.exists() and stamp.read_text() == state


@contextmanager
def _checkout_locked() -> Iterator[None]:
    folder = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _hash(inputs: Iterable[Path | str]) -> str:
    digest = hashlib.sha256()
    for item in inputs:
        if isinstance(item, Path):
            digest.update(f"{item.relative_to(ROOT)}\0".encode() + item.read_bytes())
        digest.update(f"\0{item if isinstance(item, str) else ''}\0".encode())
    return digest.hexdigest()
