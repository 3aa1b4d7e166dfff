"""Languages in words: "Deutsch, Türkisch"."""

from accounts.languages import language_name

__all__ = ["language_name", "languages_in_words"]


def languages_in_words(codes: str) -> str:
    """The languages of some codes, separated by blanks; German comes first."""
    return ", ".join(language_name(code) for code in sorted(codes.split(), key=lambda code: (code != "de", code)))
