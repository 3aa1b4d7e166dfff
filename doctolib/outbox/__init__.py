"""Messages on their way out. Whatever leaves the house is a row of the transaction that causes it."""

from .queueing import queue, queue_platform

__all__ = ["queue", "queue_platform"]
