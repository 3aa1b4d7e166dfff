"""Languages in words: "Deutsch, Türkisch"."""

from django.utils.translation import get_language_info


def language_name(code: str) -> str:
    """``Türkisch`` for ``tr``; the code itself where Django does not know the language."""
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return code


def languages_in_words(codes: str) -> str:
    """The languages of some codes, separated by blanks; German comes first."""
    return ", ".join(language_name(code) for code in sorted(codes.split(), key=lambda code: (code != "de", code)))
