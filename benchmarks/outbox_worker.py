"""The Celery app of the workers that benchmarks/outbox.py measures, and its kinds of messages."""

from typing import Any

from doctolib.celery import app
from doctolib.outbox.enums import Priority
from doctolib.outbox.kinds import Rendered, register

__all__ = ["app"]


def text(about: str, payload: dict[str, str]) -> list[Any]:
    return [Rendered("sms", payload["to"], "", payload["body"])]


register("bench.reminder", text, priority=Priority.BULK, again=False)
register("bench.code", text, priority=Priority.URGENT)
