"""How much a guesser would have to guess of a password: patterns are free, everybody's words cost little.

Lists of leaked passwords end where length begins: Django's 19,641 entries hold 190 of twelve characters or more. People
make longer ones from the same few pieces: a word, the year, a walk over the keyboard, all of it twice. So a password is
cut into its cheapest pieces, and the pieces are counted instead of the characters.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from itertools import takewhile

from django.contrib.auth.password_validation import CommonPasswordValidator

from accounts.common_words import WORDS

OF_A_WORD = 1  # everybody's words; each letter or digit that is no piece costs the same
OF_AN_ENTRY = 2  # anything else in Django's list
SHORTEST_ENTRY, LONGEST_ENTRY = 5, 32
SHORTEST = 3  # of a pattern or a word: abc, 777
UMLAUTS = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}
SIGNS_AS_LETTERS = str.maketrans("@$!€", "asie")
DIGITS_AS_LETTERS = [str.maketrans("0134578", f"o{one}east" + "b") for one in "il"]
ROWS = [
    "1234567890",
    "qwertzuiop",
    "qwertyuiop",
    "asdfghjkl",
    "yxcvbnm",
    "zxcvbnm",
    "azertyuiop",
    "abcdefghijklmnopqrstuvwxyz",
    # columns, up, down and in turn
    "1qay2wsx3edc4rfv5tgb6zhn7ujm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "qaywsxedcrfvtgbzhnujm",
    "qazwsxedcrfvtgbyhnujm",
    "1q2w3e4r5t6z7u8i9o0p",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5z6u7i8o9p0",
    "q1w2e3r4t5y6u7i8o9p0",
    "1a2b3c4d5e6f7g8h9i",
    "a1b2c3d4e5f6g7h8i9",
]
WALKS = [walk for row in ROWS for walk in (row, row[::-1])]
DIGITS_OF_SIGNS = str.maketrans('!"§$%&/()=@#^*', "12345678902368")  # their keys, with the shift key held
DATES = {6: ["%d%m%y", "%y%m%d", "%m%Y"], 8: ["%d%m%Y", "%Y%m%d", "%m%d%Y"]}


def folded(text: str) -> str:
    """Small letters without umlauts and accents; what is neither letter nor digit stays."""
    spelt = "".join(UMLAUTS.get(sign, sign) for sign in unicodedata.normalize("NFC", text).casefold())
    return "".join(sign for sign in unicodedata.normalize("NFKD", spelt) if not unicodedata.combining(sign))


def cost(password: str, *, free: Iterable[str] = (), enough: int) -> int:
    """The pieces that a guesser must find, at least; 0 for nothing but patterns. Counts up to ``enough``.

    ``free``: folded words that the guesser knows, a name or a clinic.
    """
    text, words = folded(password), frozenset(free)
    inner = re.sub(r"^[\W_]+|[\W_]+$", "", text)  # a sign at the end is no letter
    readings = [_bare(text), *(_bare(part.translate(SIGNS_AS_LETTERS)) for part in (text, inner))]
    if not readings[0]:  # signs only
        readings = [text.translate(DIGITS_OF_SIGNS)]
    return min(_cheapest(_unit(reading), words, enough) for reading in dict.fromkeys(readings))


def is_listed(password: str) -> bool:
    return password.casefold().strip() in _listed()


def _bare(text: str) -> str:
    return "".join(sign for sign in text if sign.isalnum())


def _cheapest(text: str, free: frozenset[str], enough: int) -> int:
    """Cut into pieces from the left; ``best[at]`` is what the first ``at`` characters cost."""
    longest = max([LONGEST_ENTRY, *map(len, free)])
    best = [0] + [enough] * len(text)
    for at in range(len(text)):
        if best[at] >= enough:
            continue
        _offer(best, at + 1, best[at] + OF_A_WORD)
        _offer(best, at + _run(text, at), best[at])
        _offer(best, at + _walk(text, at), best[at])
        if not at or not text[at - 1].isdigit():
            _offer(best, at + _number(text, at), best[at])
        for end in range(at + SHORTEST, min(at + longest, len(text)) + 1):
            _offer(best, end, best[at] + _word(text[at:end], free, enough))
    return best[-1]


def _offer(best: list[int], at: int, price: int) -> None:
    best[at] = min(best[at], price)


def _word(piece: str, free: frozenset[str], enough: int) -> int:
    for words in (free, _words()):
        if piece in words or any(piece.translate(table) in words for table in DIGITS_AS_LETTERS):
            return 0 if words is free else OF_A_WORD
    return OF_AN_ENTRY if len(piece) >= SHORTEST_ENTRY and piece in _listed() else enough


def _unit(text: str) -> str:
    """What a text repeats: ``abcabc`` is no more than ``abc``."""
    period = (text + text).find(text, 1)
    return text[:period] if text else text


def _run(text: str, at: int) -> int:
    """How long one sign is repeated from here, 0 when that is no pattern."""
    length = sum(1 for _ in takewhile(lambda sign: sign == text[at], text[at:]))
    return length if length >= SHORTEST else 0


def _walk(text: str, at: int) -> int:
    """How far a walk over the keyboard or the alphabet goes from here."""
    longest = 0
    for walk in WALKS:
        start = walk.find(text[at : at + SHORTEST])
        if start >= 0 and at + SHORTEST <= len(text):
            pairs = zip(text[at : at + len(walk)], walk[start:] + walk[:start], strict=False)
            longest = max(longest, sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs)))
    return longest


def _number(text: str, at: int) -> int:
    """A short number, or a date, when it begins here and is whole."""
    found = re.match(r"[0-9]+", text[at:])
    if found is None:
        return 0
    digits = found.group()
    return len(digits) if len(digits) <= 4 or any(_is_date(digits, form) for form in DATES.get(len(digits), [])) else 0


def _is_date(digits: str, form: str) -> bool:
    try:
        return 1900 <= datetime.strptime(digits, form).year <= 2100
    except ValueError:
        return False


@cache
def _listed() -> frozenset[str]:
    return frozenset(CommonPasswordValidator().passwords)


@cache
def _words() -> frozenset[str]:
    return frozenset(folded(word) for word in WORDS)
