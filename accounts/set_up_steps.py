"""What a new clinic still has to set up, in order. Every app registers its own steps when it is ready."""

from collections.abc import Callable
from typing import NamedTuple

from django.utils.functional import Promise


class Step(NamedTuple):
    """``is_done`` is asked in the organisation's scope; ``url_name`` leads to where it is done."""

    position: int
    title: Promise | str
    text: Promise | str
    url_name: str
    is_done: Callable[[], bool]


class ShownStep(NamedTuple):
    step: Step
    is_done: bool
    is_next: bool  # the first that is missing


_steps: dict[int, Step] = {}


def register_step(step: Step) -> None:
    """Add a step; called by AppConfig.ready. The same position replaces it."""
    _steps[step.position] = step


def steps() -> list[ShownStep]:
    """All steps with what is missing; empty when nothing is. One query a step."""
    in_order = sorted(_steps.values(), key=lambda step: step.position)
    done = [step.is_done() for step in in_order]
    if all(done):
        return []
    first = done.index(False)
    return [ShownStep(step, done[at], at == first) for at, step in enumerate(in_order)]
