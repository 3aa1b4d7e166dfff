"""The clinic staff's calendar."""

from .appointment import appointment, cancel
from .calendar import as_list, day, start, week
from .why import why

__all__ = ["appointment", "as_list", "cancel", "day", "start", "week", "why"]
