"""One spelling for what may be written in many ways, before it becomes a blind token or is compared."""

import re
import unicodedata

import cologne_phonetics
import phonenumbers

# What has no decomposition of its own, or another one in German. (German spelling, bare letter)
LETTERS = {
    "ä": ("ae", "a"),
    "ö": ("oe", "o"),
    "ü": ("ue", "u"),
    "ø": ("oe", "o"),
    "å": ("aa", "a"),
    "æ": ("ae", "ae"),
    "œ": ("oe", "oe"),
    "ł": ("l", "l"),
    "đ": ("d", "d"),
    "ð": ("d", "d"),
    "þ": ("th", "th"),
    "ħ": ("h", "h"),
    "ŧ": ("t", "t"),
    "ı": ("i", "i"),
    "ŋ": ("n", "n"),
}
GERMAN = str.maketrans({letter: spellings[0] for letter, spellings in LETTERS.items()})
BARE = str.maketrans({letter: spellings[1] for letter, spellings in LETTERS.items()})
SEPARATORS = re.compile(r"[\s\-\u00ad\u2010-\u2015'’‘ʼ`´.,/]+")
PARTICLES = frozenset(
    "von van vom zu zum zur der den dem de di da do dos das del della des du la le el al bin ibn bint ter ten thor auf"
    " und y e af av".split()
)


def normalise_email(text: str) -> str:
    """One spelling of an address: NFKC, lower case on both sides, a domain in its ASCII form.

    Raises ValueError when there is no text on both sides of one ``@``.
    """
    local, at, domain = _folded(text).rpartition("@")
    if not (local and at and domain) or any(sign.isspace() for sign in local + domain):
        raise ValueError("Not an e-mail address.")
    try:
        domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        raise ValueError("Not an e-mail address.") from None
    return f"{local}@{domain}"


def normalise_phone(text: str, region: str = "DE") -> str:
    """E.164, such as ``+4930901820``; a number without a country is one of ``region`` (ISO 3166).

    Raises ValueError for what cannot be a number there.
    """
    try:
        number = phonenumbers.parse(unicodedata.normalize("NFKC", text), region)
    except phonenumbers.NumberParseException:
        raise ValueError("Not a phone number.") from None
    if not phonenumbers.is_valid_number(number):
        raise ValueError("Not a phone number.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def fold_name(text: str) -> str:
    """Lower case, German spelling (ae, oe, ue, ss), no diacritics: ``Łukasz Müßig`` is ``lukasz muessig``."""
    return _without_marks(_folded(text).translate(GERMAN))


def bare_name(text: str) -> str:
    """The same with bare letters for umlauts, as foreign systems write them: ``Müßig`` is ``mussig``."""
    return _without_marks(_folded(text).translate(BARE))


def name_parts(text: str) -> list[str]:
    """Folded parts between blanks, hyphens and apostrophes: ``von Ahn-O’Neil`` is ``[von, ahn, o, neil]``."""
    return [part for part in SEPARATORS.split(fold_name(text)) if part]


def name_forms(text: str) -> frozenset[str]:
    """Every spelling under which a name is found: its parts and the whole without gaps, with and without particles,
    each with German and with bare umlauts."""
    forms: set[str] = set()
    for folded in (fold_name(text), bare_name(text)):
        parts = [part for part in SEPARATORS.split(folded) if part]
        core = [part for part in parts if part not in PARTICLES] or parts
        forms.update(core, ["".join(parts), "".join(core)])
    return frozenset(forms - {""})


def compare_name(text: str) -> str:
    """One spelling of a whole name for equality: folded, without particles and gaps."""
    parts = name_parts(text)
    return "".join([part for part in parts if part not in PARTICLES] or parts)


def phonetic_name(text: str) -> str:
    """Kölner Phonetik of the name without particles and gaps: ``Müller-Lüdenscheidt`` and ``Mueller Luedenscheid``
    give one code; empty when no letter is left (another script)."""
    return "".join(code for _, code in cologne_phonetics.encode(compare_name(text)))


def _folded(text: str) -> str:
    # Composed again after casefold, which takes some letters apart; ``ß`` is ``ss`` from here on.
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).strip().casefold())


def _without_marks(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return " ".join("".join(sign for sign in decomposed if not unicodedata.combining(sign)).split())
