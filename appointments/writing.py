"""Write a message by each way that the record knows, in the clinic's own words where it has some.

An SMS is one part where that is possible: a long name of the clinic is cut, nothing else ever is.
"""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import get_language

from appointments.models import MessageText
from appointments.selectors.texts import names_visit, own_texts
from appointments.text_filling import Line, Rules, Unusable, Values, fill, fill_subject, plain
from appointments.text_kinds import KINDS, LINKS, NAMES_VISIT, NOT_IN_SMS, SPELLINGS, TextKind
from doctolib.outbox.kinds import Rendered
from doctolib.outbox.segments import segments_of
from patients.enums import Channel

logger = logging.getLogger(__name__)
SHORTEST_NAME = 12  # letters of the clinic's name that stay in any case


@dataclass(frozen=True, slots=True)
class Words:
    """What one message says: of an SMS the body alone."""

    body: str
    subject: str = ""
    html: str = ""


def write(kind: str, contact: Mapping[str, str], values: Values, *, event: bytes = b"") -> list[Rendered]:
    """The message in the active language; ``event`` (iCalendar) goes with the mail. In an organisation scope."""
    ways = {Channel.EMAIL: contact.get("email", ""), Channel.SMS: contact.get("phone", "")}
    used = {channel: to for channel, to in ways.items() if to}
    own = own_texts(kind, language_code()) if used else {}
    messages = []
    for channel, to in used.items():
        words = _own_words(own[channel], values) if channel in own else None
        words = words or standard_words(KINDS[kind], channel, values)
        calendar = event if channel == Channel.EMAIL else b""
        messages.append(Rendered(channel.value, to, words.subject, words.body, words.html, calendar))
    return messages


def language_code() -> str:
    """Of the texts: the active one where there are texts in it."""
    return "en" if (get_language() or "").startswith("en") else "de"


def _own_words(text: MessageText, values: Values) -> Words | None:
    """None, and a line in the log, when it cannot be used (any more): the message leaves with the standard text."""
    rules = Rules(KINDS[text.kind], Channel(text.channel), text.language, names_visit())
    try:
        return filled_words(text.subject, text.body, rules, values)
    except (Unusable, LookupError) as error:
        fields = (text.organisation_id, text.kind, text.channel, text.language, type(error).__name__)
        logger.warning(
            "standard text instead of the clinic's: organisation=%s kind=%s channel=%s language=%s problem=%s", *fields
        )
        return None


def filled_words(subject: str, body: str, rules: Rules, values: Values) -> Words:
    """A clinic's text with values in place. Raises Unusable."""
    blocks = fill(body, rules, values)
    if rules.channel == Channel.SMS:
        return Words(one_part(plain(blocks, rules), values["clinic"]))
    title = fill_subject(subject, rules, values)
    context = {"title": title, "paragraphs": paragraphs(blocks, rules.kind)}
    return Words(plain(blocks, rules) + "\n", title, render_to_string("emails/own_text.html", context))


def paragraphs(blocks: list[list[Line]], kind: TextKind) -> list[dict[str, Any]]:
    """For templates, which escape every word: lines of pieces with ``text`` and, of our own links, ``href``.

    A link that is a line of its own shows words instead of its address; the one to the message's page is a button.
    """
    found = []
    for block in blocks:
        lines = [[{"text": piece.text, "href": piece.name in LINKS and piece.text} for piece in line] for line in block]
        for line, pieces in zip(lines, block, strict=True):
            if len(line) == 1 and line[0]["href"]:
                name = pieces[0].name
                line[0] |= {"words": kind.words_of(name), "button": name == "link"}
        found.append({"lines": lines})
    return found


# Standard texts ------------------------------------------------------------------------------------------------------


def standard_words(kind: TextKind, channel: Channel, values: Values) -> Words:
    """From the files in templates/sms and templates/emails."""
    title = str(kind.title)
    context = {**values, "title": title, "day": ", ".join(filter(None, map(values.get, ("date", "time"))))}
    if channel == Channel.SMS:
        return Words(one_part(render_to_string(f"sms/{kind.template}.txt", context).strip(), values["clinic"]))
    body = render_to_string(f"emails/{kind.template}.txt", context).strip() + "\n"
    html = render_to_string(f"emails/{kind.template}.html", context)
    between = " " if title.endswith("?") else ": "
    return Words(body, f"{title}{between}{values['clinic']}", html)


def one_part(text: str, name: str) -> str:
    """An SMS that would be two parts gets a shorter name of the clinic: whole words if that is enough, else a word cut
    with a full stop. When even the shortest does not make it one part, the name stays whole."""
    cut, shorter = text, name
    while segments_of(cut).count > 1:
        if len(shorter) <= SHORTEST_NAME or shorter not in cut:
            return text
        words = shorter.rpartition(" ")[0].rstrip(" .,-")
        fewer = words if len(words) >= SHORTEST_NAME else shorter.rstrip(".")[:-1].rstrip() + "."
        cut, shorter = cut.replace(shorter, fewer, 1), fewer
    return cut


def start_of(kind: TextKind, channel: Channel, language: str) -> Words:
    """The standard text with placeholders where values stand: what a clinic begins its own with."""
    lacking = kind.may_lack | NOT_IN_SMS if channel == Channel.SMS else frozenset()
    names = [name for name in kind.holds if name not in (*NAMES_VISIT, *lacking)]
    with translation.override(language):
        words = standard_words(kind, channel, {name: f"{{{SPELLINGS[name][language]}}}" for name in names})
    return Words(re.sub(r"\n{3,}", "\n\n", words.body.strip()), words.subject)
