"""The clinic staff's calendar."""

from . import desk, review, settings
from .appointment import appointment
from .calendar import as_list, day, start, week, work_week
from .rights import rights
from .why import why

__all__ = [
    "appointment",
    "as_list",
    "day",
    "desk",
    "review",
    "rights",
    "settings",
    "start",
    "week",
    "why",
    "work_week",
]
