"""Read, check and fill a clinic's own text. Plain replacement: what a value holds is never read again.

No database, no clock; values are texts in the reader's language.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from appointments.text_kinds import NAMES_VISIT, NOT_IN_SMS, NOT_IN_SUBJECTS, SPELLINGS, TextKind
from patients.enums import Channel

PLACEHOLDER = re.compile(r"\{([^{}\n]*)\}")
QUOTED = 24  # letters that an error quotes around a brace
Values = Mapping[str, str]  # by name (text_kinds.SPELLINGS)


class Unusable(Exception):
    """A text that cannot be sent as it is. Its message holds no personal data: only what the clinic wrote."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text: a placeholder's ``name``, or plain words."""

    text: str
    name: str = ""


Line = list[Piece]


@dataclass(frozen=True, slots=True)
class Rules:
    """What may stand in one text."""

    kind: TextKind
    channel: Channel
    language: str
    names_visit: bool  # the clinic lets texts name reason and specialty

    def allowed(self, *, subject: bool = False) -> list[str]:
        left_out = set(NOT_IN_SUBJECTS) if subject else set()
        left_out |= NOT_IN_SMS if self.channel == Channel.SMS else set()
        left_out |= set() if self.names_visit else set(NAMES_VISIT)
        return [name for name in self.kind.holds if name not in left_out]

    @property
    def needed(self) -> tuple[str, ...]:
        return self.kind.needs[self.channel]

    def spelled(self, name: str) -> str:
        return f"{{{SPELLINGS[name][self.language]}}}"


def problems(text: str, rules: Rules, *, subject: bool = False) -> list[str]:
    """Everything that keeps a text from being sent, in words. Empty: it can be."""
    found = [_unpaired(stray) for stray in _stray_braces(text)]
    known = {SPELLINGS[name][rules.language]: name for name in rules.kind.holds}
    allowed = rules.allowed(subject=subject)
    for word in dict.fromkeys(PLACEHOLDER.findall(text)):
        name = known.get(word)
        if name not in allowed:
            found.append(_not_allowed(word, name, rules, allowed))
    if not subject:
        found += [
            _("%(placeholder)s is missing.") % {"placeholder": rules.spelled(name)}
            for name in rules.needed
            if rules.spelled(name) not in text
        ]
        found += _mixed(text, rules)
    return found


def _stray_braces(text: str) -> list[str]:
    """What stands around each brace that has no partner."""
    rest = PLACEHOLDER.sub(lambda found: " " * len(found[0]), text)
    return [text[max(0, at - 4) : at + QUOTED].strip() for at, letter in enumerate(rest) if letter in "{}"]


def _unpaired(quote: str) -> str:
    return _("A brace has no partner: “%(quote)s”. Braces belong around a placeholder only.") % {"quote": quote}


def _not_allowed(word: str, name: str | None, rules: Rules, allowed: list[str]) -> str:
    shown = {"placeholder": f"{{{word}}}", "allowed": ", ".join(rules.spelled(each) for each in allowed)}
    if name in NAMES_VISIT and not rules.names_visit:
        return _("%(placeholder)s tells what the visit is for. Your clinic has not allowed that.") % shown
    if name:
        return _("%(placeholder)s is not possible here. Possible: %(allowed)s") % shown
    return _("%(placeholder)s is not known. Possible: %(allowed)s") % shown


def _mixed(text: str, rules: Rules) -> Iterator[str]:
    """What is left out with a placeholder that has no value must not take along what every reader needs."""
    for block in _blocks(text, rules):
        names = {piece.name for line in block for piece in line}
        lacking, needed = names & rules.kind.may_lack, names & set(rules.needed)
        if lacking and needed:
            shown = {
                "placeholder": rules.spelled(min(lacking)),
                "other": rules.spelled(min(needed)),
            }
            if rules.channel == Channel.SMS:
                yield _("%(placeholder)s may have no value: put it on another line than %(other)s.") % shown
            else:
                yield _("%(placeholder)s may have no value: put a blank line between it and %(other)s.") % shown


# Filling -------------------------------------------------------------------------------------------------------------


def fill_subject(text: str, rules: Rules, values: Values) -> str:
    """One line. Raises Unusable."""
    _check(text, rules, subject=True)
    return " ".join("".join(values[piece.name] if piece.name else piece.text for piece in _line(text, rules)).split())


def fill(text: str, rules: Rules, values: Values) -> list[list[Line]]:
    """The text's blocks (paragraphs; of an SMS: lines) with values in place; those that lack one are left out.

    Raises Unusable.
    """
    _check(text, rules)
    return [
        [[Piece(values[piece.name] if piece.name else piece.text, piece.name) for piece in line] for line in block]
        for block in _blocks(text, rules)
        if all(values.get(piece.name) for line in block for piece in line if piece.name in rules.kind.may_lack)
    ]


def plain(blocks: list[list[Line]], rules: Rules) -> str:
    """As it is sent: an SMS, or the plain text of a mail."""
    between = "\n" if rules.channel == Channel.SMS else "\n\n"
    return between.join("\n".join("".join(piece.text for piece in line) for line in block) for block in blocks)


def _check(text: str, rules: Rules, *, subject: bool = False) -> None:
    if found := problems(text, rules, subject=subject):
        raise Unusable(found[0])


def _blocks(text: str, rules: Rules) -> list[list[Line]]:
    text = text.replace("\r\n", "\n").strip()
    parts = text.split("\n") if rules.channel == Channel.SMS else re.split(r"\n[ \t]*\n\s*", text)
    return [[_line(line, rules) for line in part.split("\n")] for part in parts]


def _line(text: str, rules: Rules) -> Line:
    """A placeholder that is not known is words, too; ``problems`` has named it."""
    names = {SPELLINGS[name][rules.language]: name for name in rules.kind.holds}
    pieces = []
    for at, part in enumerate(PLACEHOLDER.split(text)):
        if at % 2:
            pieces.append(Piece(part, names.get(part, "")))
        elif part:
            pieces.append(Piece(part))
    return pieces
