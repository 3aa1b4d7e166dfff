"""The Celery app for a worker process of the tests, with a kind of message that only they have."""

from doctolib.celery import app
from doctolib.outbox.kinds import Rendered, register

__all__ = ["app"]


def greet(about, payload):
    return [Rendered("email", payload["to"], "Guten Tag", "Grüß Gott!\n")]


register("test.greeting", greet)
