from .bookings import Appointment, Hold, Occupancy
from .changes import AppointmentChange
from .hours import Absence, OpeningHours, OpeningHoursReason
from .reasons import BookingRules, CalendarReason, Question, RequiredResource, Requirement, VisitReason
from .reminders import MOST_RULES, Recall, Reminder, ReminderRule, ReminderSettings
from .resources import Calendar, Resource
from .rights import CalendarRight
from .selections import ZOOMS, PaletteUse, Selection, SelectionCalendar, SelectionDefault
from .series import Chain, Prescription, Series
from .texts import CHECK_IN_MINUTES, MessageSettings, MessageText, Notice
from .waiting import FreedTime, WaitingEntry, WaitingOffer

__all__ = [
    "CHECK_IN_MINUTES",
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
    "PaletteUse",
    "Question",
    "MOST_RULES",
    "Prescription",
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
    "Series",
    "Selection",
    "SelectionCalendar",
    "SelectionDefault",
    "VisitReason",
    "WaitingEntry",
    "WaitingOffer",
    "ZOOMS",
]
