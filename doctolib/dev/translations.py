"""Catalogues without gettext's programs: Babel compiles them, and finds what is not translated."""

import ast
import re
from collections import defaultdict
from pathlib import Path

from doctolib.dev.paths import ROOT
from doctolib.dev.stamps import files

CATALOGUES = "locale/*/*/LC_MESSAGES/django.po"
KEYWORDS = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop")),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}
NOT_OURS = {".venv", "node_modules", "tests", "var", "static", "docs", "requirements", "benchmarks"}

# A message as gettext looks it up: its context ("" for none) and the text, the singular where it has two.
Message = tuple[str, str]


def compile_all() -> None:
    """Write a .mo beside each .po that has changed."""
    from babel.messages.mofile import write_mo

    for path in files(CATALOGUES):
        target = path.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < path.stat().st_mtime:
            with target.open("wb") as file:
                write_mo(file, _read(path))


def problems() -> list[str]:
    """What keeps the German catalogues from being complete, a line each; English is what the code says itself."""
    found: list[str] = []
    known: dict[Message, dict[str, str]] = defaultdict(dict)
    for path in files(CATALOGUES):
        if path.parent.parent.name == "de":
            found += _faults(path, known)
    for (_, text), translations in sorted(known.items()):
        if len(set(translations.values())) > 1:
            found.append(f"{', '.join(translations)}: different translations of {text!r}")
    used, django = _used(), _of_django()
    for message in sorted(used.keys() - known.keys() - django):
        found.append(f"{used[message]}: no German translation of {message[1]!r}")
    # A message of Django's may be there to say it in our own words.
    for message in sorted(known.keys() - used.keys() - django):
        found.append(f"{', '.join(known[message])}: nothing uses {message[1]!r}")
    return found


def _faults(path: Path, known: dict[Message, dict[str, str]]) -> list[str]:
    catalogue, found = _read(path), []
    where = str(path.relative_to(ROOT))
    for message in catalogue:
        if not message.id:
            continue
        text = message.id[0] if isinstance(message.id, tuple) else message.id
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        if message.fuzzy or not all(strings):
            found.append(f"{where}: {'fuzzy' if message.fuzzy else 'empty'}: {text!r}")
        found += [f"{where}: {text!r}: {error}" for error in message.check(catalogue)]
        known[message.context or "", text][where] = "\0".join(strings)
    return found


def _used() -> dict[Message, str]:
    """Every message of our code and templates, and where it stands."""
    messages: dict[Message, str] = {}
    for path in files("*/**/*.py", "*/**/*.html", "*/**/*.txt"):
        place = path.relative_to(ROOT)
        if place.parts[0] in NOT_OURS:
            continue
        extract = _from_python if path.suffix == ".py" else _from_template
        for line, message in extract(path):
            messages.setdefault(message, f"{place}:{line}")
    return messages


def _from_python(path: Path) -> list[tuple[int, Message]]:
    from babel.messages.extract import extract

    with path.open("rb") as file:
        found = list(extract("python", file, keywords=KEYWORDS))
    return [(line, (context or "", text[0] if isinstance(text, tuple) else text)) for line, text, _, context in found]


def _from_template(path: Path) -> list[tuple[int, Message]]:
    """Django turns a template into calls like `` gettext('…') `` amid noise; each is read as a Python expression."""
    from django.utils.translation.template import templatize

    text, found = templatize(path.read_text(), origin=str(path)), []
    for start in re.finditer(r" (n?)(p?)gettext\(| _\(", text):
        name = start.group().strip(" (")
        literals = _literals(text[start.end() :])
        context = literals[0] if name.startswith(("p", "np")) else ""
        found.append((text.count("\n", 0, start.start()) + 1, (context, literals[1 if context else 0])))
    return found


def _literals(text: str) -> list[str]:
    """The string literals that ``text`` begins with, separated by commas."""
    found = []
    while match := re.match(r"""\s*(u?(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'))\s*,?""", text, re.DOTALL):
        found.append(ast.literal_eval(match[1]))
        text = text[match.end() :]
    return found


def _of_django() -> set[Message]:
    """What Django and its apps translate themselves, so that "Save" need not be ours."""
    import django

    base = Path(django.__file__).parent
    german = "locale/de/LC_MESSAGES/django.po"
    catalogues = [path for where in ("conf", "contrib/*") for path in base.glob(f"{where}/{german}")]
    return {
        (message.context or "", message.id[0] if isinstance(message.id, tuple) else message.id)
        for path in catalogues for message in _read(path) if message.string
    }  # fmt: skip


def _read(path: Path):
    from babel.messages.pofile import read_po

    with path.open("rb") as file:
        return read_po(file, locale=path.parents[1].name)
