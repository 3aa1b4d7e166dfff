from .bookings import Appointment, Hold, Occupancy
from .hours import Absence, OpeningHours, OpeningHoursReason
from .reasons import BookingRules, CalendarReason, Question, RequiredResource, Requirement, VisitReason
from .reminders import MOST_RULES, Recall, Reminder, ReminderRule, ReminderSettings
from .resources import Calendar, Resource
from .rights import CalendarRight
from .texts import CHECK_IN_MINUTES, MessageSettings, MessageText, Notice
from .waiting import FreedTime, WaitingEntry, WaitingOffer

__all__ = [
    "CHECK_IN_MINUTES",
    "Absence",
    "Appointment",
    "BookingRules",
    "Calendar",
    "CalendarReason",
    "CalendarRight",
    "FreedTime",
    "Hold",
    "Occupancy",
    "OpeningHours",
    "OpeningHoursReason",
    "Question",
    "MOST_RULES",
    "MessageSettings",
    "MessageText",
    "Notice",
    "Recall",
    "Reminder",
    "ReminderRule",
    "ReminderSettings",
    "RequiredResource",
    "Requirement",
    "Resource",
    "VisitReason",
    "WaitingEntry",
    "WaitingOffer",
]
