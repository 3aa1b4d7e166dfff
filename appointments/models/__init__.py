from .bookings import Appointment, Hold, Occupancy
from .hours import Absence, OpeningHours, OpeningHoursReason
from .reasons import CalendarReason, RequiredResource, Requirement, VisitReason
from .resources import Calendar, Resource

__all__ = [
    "Absence",
    "Appointment",
    "Calendar",
    "CalendarReason",
    "Hold",
    "Occupancy",
    "OpeningHours",
    "OpeningHoursReason",
    "RequiredResource",
    "Requirement",
    "Resource",
    "VisitReason",
]
