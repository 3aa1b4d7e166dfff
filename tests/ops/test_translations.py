"""The check that both languages are complete finds what it is there to find."""

import pytest

from doctolib.dev import stamps, translations

HEADER = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=2; plural=n != 1;\\n"

"""
PYTHON = 'from django.utils.translation import gettext_lazy as _, ngettext\nTITLE = _("Choose a time")\n'
TEMPLATE = """{% load i18n %}
{% translate "Your times" %} <p title="{% translate 'Free' context 'slot' %}">
{% blocktranslate count counter=n trimmed %}
  {{ counter }} day
{% plural %}
  {{ counter }} days
{% endblocktranslate %} {{ _("Today") }}
"""
COMPLETE = {
    "Choose a time": 'msgid "Choose a time"\nmsgstr "Wählen Sie eine Zeit"\n\n',
    "Your times": 'msgid "Your times"\nmsgstr "Ihre Zeiten"\n\n',
    "Free": 'msgctxt "slot"\nmsgid "Free"\nmsgstr "Frei"\n\n',
    "days": 'msgid "%(counter)s day"\nmsgid_plural "%(counter)s days"\n'
    'msgstr[0] "%(counter)s Tag"\nmsgstr[1] "%(counter)s Tage"\n\n',
}


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout with one module, one template and a complete catalogue."""
    monkeypatch.setattr(translations, "ROOT", tmp_path)
    monkeypatch.setattr(stamps, "ROOT", tmp_path)
    for path, text in (("app/inner/titles.py", PYTHON), ("app/templates/page.html", TEMPLATE)):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def _catalogue(checkout, messages, area="booking"):
    path = checkout / f"locale/{area}/de/LC_MESSAGES/django.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEADER + "".join(messages))
    return path


def test_a_complete_catalogue_has_no_problems_and_compiles(checkout):
    path = _catalogue(checkout, COMPLETE.values())

    translations.compile_all()

    assert translations.problems() == []
    assert path.with_suffix(".mo").read_bytes()[:4] == b"\xde\x12\x04\x95"


@pytest.mark.parametrize(
    ("message", "where", "text"),
    [
        ("Choose a time", "app/inner/titles.py:2", "Choose a time"),
        ("Your times", "app/templates/page.html:2", "Your times"),
        ("Free", "app/templates/page.html:2", "Free"),
        ("days", "app/templates/page.html:3", "%(counter)s day"),
    ],
)
def test_a_missing_message_is_found_where_it_is_used(checkout, message, where, text):
    _catalogue(checkout, [entry for name, entry in COMPLETE.items() if name != message])

    assert translations.problems() == [f"{where}: no German translation of {text!r}"]


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ('#, fuzzy\nmsgid "Your times"\nmsgstr "Ihre Zeit"\n\n', "fuzzy: 'Your times'"),
        ('msgid "Your times"\nmsgstr ""\n\n', "empty: 'Your times'"),
    ],
)
def test_a_doubtful_or_empty_translation_is_found(checkout, entry, problem):
    path = _catalogue(checkout, [*(COMPLETE | {"Your times": entry}).values()])

    assert translations.problems() == [f"{path.relative_to(checkout)}: {problem}"]


def test_a_lost_placeholder_is_found(checkout):
    broken = (
        COMPLETE["days"]
        .replace('"%(counter)s Tage"', '"%(count)s Tage"')
        .replace("msgid ", "#, python-format\nmsgid ", 1)
    )
    _catalogue(checkout, [*(COMPLETE | {"days": broken}).values()])

    assert len(translations.problems()) == 1


def test_two_areas_must_not_translate_one_message_differently(checkout):
    paths = [
        _catalogue(checkout, COMPLETE.values()),
        _catalogue(checkout, ['msgid "Your times"\nmsgstr "Deine Zeiten"\n\n'], area="pro"),
    ]

    where = ", ".join(str(path.relative_to(checkout)) for path in paths)
    assert translations.problems() == [f"{where}: different translations of 'Your times'"]


def test_a_translation_that_nothing_uses_is_found(checkout):
    path = _catalogue(checkout, [*COMPLETE.values(), 'msgid "Gone"\nmsgstr "Weg"\n\n'])

    assert translations.problems() == [f"{path.relative_to(checkout)}: nothing uses 'Gone'"]
