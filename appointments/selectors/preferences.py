"""Whom someone would rather see when they book with anyone: a woman or a man, someone who speaks their language."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from accounts.enums import Sex

from .languages import language_name

SEXES = {Sex.FEMALE: _("A woman"), Sex.MALE: _("A man"), Sex.OTHER: _("A diverse person")}


@dataclass(frozen=True, slots=True)
class Preference:
    """``sex`` is one of SEXES, ``language`` a code of ISO 639; empty: either way."""

    sex: str = ""
    language: str = ""

    def __bool__(self) -> bool:
        return bool(self.sex or self.language)

    def suits(self, sex: str, languages: str) -> bool:
        """Whether someone of this sex, who speaks these languages (codes, separated by blanks), is one of those."""
        return self.sex in ("", sex) and (not self.language or self.language in languages.split())

    def in_words(self) -> str:
        """``Eine Frau, Türkisch``."""
        sex = str(SEXES[Sex(self.sex)]) if self.sex else ""
        return ", ".join(filter(None, [sex, language_name(self.language) if self.language else ""]))


@dataclass(frozen=True, slots=True)
class Differing:
    """What can be preferred among some people: only what one has and another has not."""

    sexes: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()


def differing_among(people: Iterable[tuple[str, str]]) -> Differing:
    """``people``: sex and languages of each."""
    known = list(people)
    spoken = [set(languages.split()) for _sex, languages in known]
    differing = set().union(*spoken) - (set.intersection(*spoken) if spoken else set())
    sexes = {sex for sex, _languages in known}
    told = tuple(sex for sex in SEXES if sex in sexes) if len(sexes) > 1 else ()
    return Differing(told, tuple(sorted(differing, key=language_name)))
