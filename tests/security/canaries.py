"""Look for values that must be nowhere in clear: in a database dump, Redis, files and logs, in many spellings."""

import base64
import re
import secrets
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

CLOCK_STEP = 2.0  # seconds: file systems count coarsely


@dataclass
class Canaries:
    """Invented names, addresses and numbers that share a mark, so that one search finds any of them.

    ``mark`` stands in every name and e-mail address, ``digits`` in every phone number; codes are looked for one by one.
    """

    mark: str = field(default_factory=lambda: "zq" + "".join(secrets.choice("bcdfghklmnprstvwx") for _ in range(8)))
    digits: str = field(default_factory=lambda: f"1522{secrets.randbelow(10**4):04d}")
    codes: set[str] = field(default_factory=set)
    since: float = field(default_factory=time.time)  # when the mark was chosen

    def name(self, number: int) -> str:
        return f"{self.mark.title()}ä{_letters(number)}"

    def email(self, number: int) -> str:
        return f"{self.mark}.{number}@example.org"

    def phone(self, number: int) -> str:
        return f"+49{self.digits}{number:03d}"

    def found_in(self, data: bytes) -> list[str]:
        """The spellings of mark, digits or a code that stand in ``data``."""
        folded = data.lower()
        found = [f"{text} as {how}" for text in (self.mark, self.digits) for how, s in spellings(text) if s in folded]
        found += [
            f"base64 of {t}" for t in (self.mark, self.mark.title(), self.digits) for s in _base64(t) if s in data
        ]
        if not self.codes:
            return found
        # Six digits that stand alone: not part of a longer number, a time or a hash.
        alone = {m.decode() for m in re.findall(rb"(?<![0-9A-Za-z.,:+\-])[0-9]{6}(?![0-9A-Za-z.:+\-])", data)}
        return found + [f"code {code}" for code in sorted(self.codes & alone)]


def spellings(text: str) -> Iterator[tuple[str, bytes]]:
    """Folded to lower case, as the data is; hex digits of both cases."""
    yield "UTF-8", text.encode()
    yield "UTF-16 little-endian", text.encode("utf-16-le")
    yield "UTF-16 big-endian", text.encode("utf-16-be")
    for cased in {text, text.title()}:
        yield "hex", cased.encode().hex().encode()
        yield "hex of UTF-16", cased.encode("utf-16-le").hex().encode()


def _base64(text: str) -> Iterator[bytes]:
    """The part of the base64 text that is the same whatever stands around it, for each of the three alignments."""
    for codec in ("utf-8", "utf-16-le"):
        raw = text.encode(codec)
        for shift in range(3):
            encoded = base64.b64encode(b"\0" * shift + raw)
            yield encoded[4 if shift else 0 : (shift + len(raw)) // 3 * 4]  # whole groups of three bytes


def _letters(number: int) -> str:
    return "".join("abcdefghij"[int(digit)] for digit in str(number))


def files_below(*folders: Path, since: float) -> Iterable[tuple[Path, bytes]]:
    """The content of every file that was written since then (epoch seconds); what vanishes meanwhile is left out.

    Marks are chosen by chance: what is older than they are cannot hold them, and there may be gigabytes of it.
    """
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            try:
                if path.is_file() and path.stat().st_mtime >= since - CLOCK_STEP:
                    yield path, path.read_bytes()
            except OSError:
                continue
