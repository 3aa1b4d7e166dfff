"""Contrast of the colours, by the formula of WCAG 2; the same file that the style sheets are made from."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOKENS = json.loads((ROOT / "assets/tokens.json").read_text(encoding="utf-8"))
THEMES = ("light", "dark")
FLOORS = [(float(floor), pair) for floor, pairs in TOKENS["contrast"].items() for pair in pairs]


def channels(colour: str) -> list[float]:
    return [int(colour[at : at + 2], 16) for at in (1, 3, 5)]


def luminance(colour: str) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in channels(colour))]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def colour(name: str, theme: int) -> str:
    return TOKENS["color"][name][theme]


def fill(edge: str, theme: int) -> str:
    """A card's ground: a share of its edge over the surface, as assets/build.mjs mixes it."""
    share = TOKENS["fill"][theme]
    pairs = zip(channels(TOKENS["edge"][edge][theme]), channels(colour("surface", theme)), strict=True)
    return "#" + "".join(f"{round(over * share + under * (1 - share)):02x}" for over, under in pairs)


def test_the_formula_gives_the_known_answers():
    assert round(contrast("#000000", "#ffffff"), 2) == 21
    assert round(contrast("#767676", "#ffffff"), 2) == 4.54


@pytest.mark.parametrize("theme", range(2), ids=THEMES)
@pytest.mark.parametrize(("floor", "pair"), FLOORS, ids=["-on-".join(pair) for _floor, pair in FLOORS])
def test_a_pair_of_colours_keeps_its_contrast(floor, pair, theme):
    assert contrast(colour(pair[0], theme), colour(pair[1], theme)) >= floor


@pytest.mark.parametrize("theme", range(2), ids=THEMES)
@pytest.mark.parametrize("edge", TOKENS["edge"])
def test_a_calendar_edge_shows_on_the_surface_and_on_its_own_card(edge, theme):
    own = TOKENS["edge"][edge][theme]

    assert contrast(own, colour("surface", theme)) >= 3
    assert contrast(own, fill(edge, theme)) >= 3


@pytest.mark.parametrize("theme", range(2), ids=THEMES)
@pytest.mark.parametrize("edge", TOKENS["edge"])
def test_text_is_readable_on_every_card(edge, theme):
    assert contrast(colour("text", theme), fill(edge, theme)) >= 7
    assert contrast(colour("muted", theme), fill(edge, theme)) >= 4.5


def test_every_colour_is_a_light_and_a_dark_one():
    colours = {**TOKENS["color"], **TOKENS["edge"]}

    assert [name for name, pair in colours.items() if len(pair) != 2] == []
    assert [c for pair in colours.values() for c in pair if not re.fullmatch(r"#[0-9A-F]{6}", c)] == []


def test_every_colour_that_carries_words_has_a_measured_pair():
    measured = {name for _floor, pair in FLOORS for name in pair}

    assert set(TOKENS["color"]) - measured == {"hairline"}  # decoration only


def test_style_sheets_take_their_colours_from_the_tokens():
    """A colour written into a style sheet would escape the measurement; shadows and print are not text."""
    allowed = {"#000", "#fff"}
    found = [
        (path.name, value)
        for path in (ROOT / "assets/scss").rglob("*.scss")
        for value in re.findall(r"#[0-9a-fA-F]{3,8}\b(?![\w-])", path.read_text(encoding="utf-8"))
        if value not in allowed
    ]

    assert found == []


def test_a_calendar_can_have_every_edge_and_no_other():
    from appointments.enums import Edge

    assert set(TOKENS["edge"]) == set(Edge.values)
