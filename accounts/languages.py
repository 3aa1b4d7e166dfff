"""Languages by their codes of ISO 639-1."""

from collections.abc import Iterable

from django.utils.translation import get_language, get_language_info

# What may be chosen as spoken: the languages most often met in German clinics.
OFFERED = "de en ar bg bs cs el es fa fr hi hr hu it ja ka ku nl pl pt ro ru sk sq sr sv th tr uk ur vi zh".split()
# Spoken by many here, without a translation of Django's.
NAMES = {
    "ku": {"de": "Kurdisch", "en": "Kurdish"},
    "zh": {"de": "Chinesisch", "en": "Chinese"},
}


def language_name(code: str) -> str:
    """``Türkisch`` for ``tr``; the code itself where nobody knows the language."""
    if code in NAMES:
        return NAMES[code]["en" if (get_language() or "de").startswith("en") else "de"]
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return code


def choices(kept: Iterable[str] = ()) -> list[tuple[str, str]]:
    """Code and name of what may be chosen, German and English first, then by name. ``kept``: chosen before."""
    rest = sorted(({*OFFERED, *kept} - {"de", "en"}), key=lambda code: language_name(code).casefold())
    return [(code, language_name(code)) for code in ("de", "en", *rest)]
