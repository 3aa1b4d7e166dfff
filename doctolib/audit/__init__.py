"""What was done, by whom: append-only rows beside each change, chained by a sealer."""

from .recording import record

__all__ = ["record"]
