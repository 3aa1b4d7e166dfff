"""The clinic staff's calendar."""

from . import review, settings
from .appointment import appointment, cancel
from .calendar import as_list, day, start, week
from .rights import rights
from .why import why

__all__ = ["appointment", "as_list", "cancel", "day", "review", "rights", "settings", "start", "week", "why"]
