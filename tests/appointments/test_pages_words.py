"""The German of the booking pages: short sentences, plain words, nothing left in English."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.conf import settings

CATALOGUE = Path(settings.BASE_DIR) / "locale/booking/de/LC_MESSAGES/django.po"
BANNED = (
    "ungültig",
    "Fehler ist aufgetreten",
    "Eingabe",
    "Authentifizierung",
    "Slot",
    "leider",
    "Wartung",
    " Min.",
    "–",
)
ABBREVIATED = re.compile(r"\b(?:Mo|Di|Mi|Do|Fr|Sa|So|Jan|Feb|Aug|Sept?|Okt|Nov|Dez)\.")
LONGEST = 20  # words a sentence


def texts() -> list[str]:
    with CATALOGUE.open("rb") as file:
        messages = [message for message in read_po(file, locale="de") if message.id]
    return [
        text
        for message in messages
        for text in (message.string if isinstance(message.string, tuple) else [message.string])
    ]


def test_the_catalogue_is_found():
    assert len(texts()) > 100


def test_sentences_have_at_most_twenty_words():
    sentences = [sentence for text in texts() for sentence in re.split(r"(?<=[.?!])\s", text)]

    assert [sentence for sentence in sentences if len(sentence.split()) > LONGEST] == []


@pytest.mark.parametrize("word", BANNED)
def test_no_banned_word(word):
    assert [text for text in texts() if word.casefold() in text.casefold()] == []


def test_no_abbreviated_day_or_month():
    assert [text for text in texts() if ABBREVIATED.search(text)] == []


def test_people_are_addressed_politely():
    assert [text for text in texts() if re.search(r"\b(?:du|dein|deine|dir|dich)\b", text, re.IGNORECASE)] == []
