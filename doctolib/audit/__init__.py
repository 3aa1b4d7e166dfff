"""What was done, by whom: append-only rows beside each change, chained by a sealer."""

from .platform import record_platform
from .recording import record

__all__ = ["record", "record_platform"]
