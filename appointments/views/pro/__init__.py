"""The clinic staff's calendar."""

from .appointment import appointment, cancel
from .calendar import as_list, day, start, week

__all__ = ["appointment", "as_list", "cancel", "day", "start", "week"]
