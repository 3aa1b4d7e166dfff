"""How a text travels as SMS: which alphabet, and in how many parts.

Source: 3GPP TS 23.038 (GSM 7-bit default alphabet and its extension table), TS 23.040 (a part of a longer text loses 7
septets, or 3 UCS-2 units, to its header).
"""

from dataclasses import dataclass

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("^{}\\[~]|€\f")  # an escape before each: two septets


@dataclass(frozen=True, slots=True)
class Segments:
    """``units`` counts septets of GSM-7, or 16-bit units of UCS-2. ``strange``: what forces UCS-2, each once."""

    is_gsm7: bool
    units: int
    count: int
    strange: str = ""


def segments_of(text: str) -> Segments:
    """The parts of a text. One character outside GSM-7 makes all of it UCS-2: 70 instead of 160 to a part."""
    strange = "".join(dict.fromkeys(letter for letter in text if letter not in BASIC and letter not in EXTENDED))
    if strange:
        widths = [len(letter.encode("utf-16-be")) // 2 for letter in text]
        return Segments(False, sum(widths), _parts(widths, whole=70, part=67), strange)
    widths = [2 if letter in EXTENDED else 1 for letter in text]
    return Segments(True, sum(widths), _parts(widths, whole=160, part=153))


def _parts(widths: list[int], *, whole: int, part: int) -> int:
    """A character of two units is never cut in two: it goes to the next part."""
    if sum(widths) <= whole:
        return 1 if widths else 0
    count, room = 1, part
    for width in widths:
        if width > room:
            count, room = count + 1, part
        room -= width
    return count
