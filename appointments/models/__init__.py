from .bookings import Appointment, Hold, Occupancy
from .changes import AppointmentChange
from .hours import Absence, OpeningHours, OpeningHoursReason
from .reasons import BookingRules, CalendarReason, Question, RequiredResource, Requirement, VisitReason
from .reminders import MOST_RULES, Recall, Reminder, ReminderRule, ReminderSettings
from .resources import Calendar, Resource
from .rights import CalendarRight
from .series import Chain, Prescription, Series
from .waiting import FreedTime, WaitingEntry, WaitingOffer

__all__ = [
    "Absence",
    "Appointment",
    "AppointmentChange",
    "BookingRules",
    "Calendar",
    "CalendarReason",
    "CalendarRight",
    "Chain",
    "FreedTime",
    "Hold",
    "Occupancy",
    "OpeningHours",
    "OpeningHoursReason",
    "Question",
    "MOST_RULES",
    "Prescription",
    "Recall",
    "Reminder",
    "ReminderRule",
    "ReminderSettings",
    "RequiredResource",
    "Requirement",
    "Resource",
    "Series",
    "VisitReason",
    "WaitingEntry",
    "WaitingOffer",
]
