"""Charts as SVG that the server draws: what a template needs to know of bars and lines, in the viewBox's units.

Colours are classes of the design system. Series differ by pattern, dash and mark as well, so colour is never alone;
``templates/components/chart.html`` also says the same as a table.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

WIDTH, HEIGHT = 640, 240
LEFT, RIGHT, TOP, BOTTOM = 56, 16, 12, 28
LETTER = 6.6  # how wide a letter of a label is, at most
TICKS = 4
PLOT_WIDTH, PLOT_HEIGHT = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM


@dataclass(frozen=True, slots=True)
class Words:
    """What a chart says beside its values. ``id`` is unique on the page, ``label`` says what the labels are, ``short``
    are the same for the axis, and ``number`` writes a value of the scale."""

    id: str
    title: str
    description: str
    label: str
    labels: Sequence[str]
    short: Sequence[str]
    number: Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Series:
    """A name and a value for each label; None: there is none. ``texts`` are the values as the table says them."""

    name: str
    values: Sequence[float | None]
    texts: Sequence[str]


# Places are text, as SVG writes them: a template would put a comma into a German number.
@dataclass(frozen=True, slots=True)
class Tick:
    at: str
    text: str


@dataclass(frozen=True, slots=True)
class Box:
    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True, slots=True)
class Spot:
    x: str
    y: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """One series as drawn. ``look`` (0, 1, …) chooses colour, pattern, dash and mark."""

    name: str
    look: int
    boxes: list[Box] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)  # points of polylines: a gap where there is no value
    spots: list[Spot] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Chart:
    """``rows``: a label and the texts of all series, for the table."""

    words: Words
    drawn: list[Drawn]
    across: list[Tick]
    up: list[Tick]
    rows: list[tuple[str, list[str]]]

    view_box: ClassVar = f"0 0 {WIDTH} {HEIGHT}"
    left: ClassVar = LEFT
    right: ClassVar = WIDTH - RIGHT
    bottom: ClassVar = HEIGHT - BOTTOM
    label_y: ClassVar = HEIGHT - 8


def stacked_bars(words: Words, series: Sequence[Series]) -> Chart:
    """A bar for each label, made of one part a series."""
    labels = words.labels
    tops = [sum(values) for values in zip(*([value or 0 for value in each.values] for each in series), strict=True)]
    scale = ticks(max(tops, default=0), whole=True)
    slot = PLOT_WIDTH / max(1, len(labels))
    width = max(1.0, min(slot * 0.7, 48))
    drawn, below = [], [0.0] * len(labels)
    for look, each in enumerate(series):
        boxes = []
        for at, value in enumerate(each.values):
            if value:
                upper = _height(below[at] + value, scale)
                x = LEFT + slot * at + (slot - width) / 2
                boxes.append(Box(_place(x), _place(upper), _place(width), _place(_height(below[at], scale) - upper)))
                below[at] += value
        drawn.append(Drawn(each.name, look, boxes=boxes))
    return _chart(words, series, drawn, scale)


def lines(words: Words, series: Sequence[Series], *, whole: bool = False, least: float = 0) -> Chart:
    """A line for each series. ``whole``: the scale has whole numbers only; ``least``: how far it reaches at least."""
    highest = max((value for each in series for value in each.values if value is not None), default=0)
    scale = ticks(max(highest, least), whole=whole)
    slot = PLOT_WIDTH / max(1, len(words.labels))
    drawn = []
    for look, each in enumerate(series):
        spots: list[Spot] = []
        paths: list[list[Spot]] = [[]]
        for at, value in enumerate(each.values):
            if value is None:
                paths.append([])
                continue
            spot = Spot(_place(LEFT + slot * (at + 0.5)), _place(_height(value, scale)))
            spots.append(spot)
            paths[-1].append(spot)
        joined = [" ".join(f"{spot.x},{spot.y}" for spot in path) for path in paths if len(path) > 1]
        drawn.append(Drawn(each.name, look, paths=joined, spots=spots))
    return _chart(words, series, drawn, scale)


def _chart(words: Words, series: Sequence[Series], drawn: list[Drawn], scale: Sequence[float]) -> Chart:
    slot = PLOT_WIDTH / max(1, len(words.short))
    longest = max((len(each) for each in words.short), default=1)
    every = max(1, math.ceil((longest + 1) * LETTER / slot))  # labels that would run into each other are left out
    across = [Tick(_place(LEFT + slot * (at + 0.5)), text) for at, text in enumerate(words.short) if at % every == 0]
    rows = [(text, [each.texts[at] for each in series]) for at, text in enumerate(words.labels)]
    up = [Tick(_place(_height(value, scale)), words.number(value)) for value in scale]
    return Chart(words, drawn, across, up, rows)


def ticks(highest: float, *, whole: bool) -> list[float]:
    """From 0 to at least ``highest`` in even steps of 1, 2 or 5 times a power of ten."""
    rough = max(highest, 1 if whole else 1e-9) / TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * (1 - 1e-9))
    if whole:
        step = max(1.0, step)
    return [step * number for number in range(math.ceil(max(highest, step) / step - 1e-9) + 1)]


def _height(value: float, scale: Sequence[float]) -> float:
    return TOP + PLOT_HEIGHT * (1 - value / scale[-1])


def _place(value: float) -> str:
    return f"{round(value, 1):g}"
