"""Values everyone may import."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ResourceKind(TextChoices):
    CALENDAR = "calendar", _("Calendar")
    ROOM = "room", _("Room")
    DEVICE = "device", _("Device")


class OccupancyStatus(TextChoices):
    HELD = "held", _("Held")
    BOOKED = "booked", _("Booked")
    BLOCKED = "blocked", _("Blocked")
    KIS = "kis", _("Hospital information system")


class AppointmentStatus(TextChoices):
    BOOKED = "booked", _("Booked")
    ARRIVED = "arrived", _("Arrived")
    IN_TREATMENT = "in_treatment", _("In treatment")
    DONE = "done", _("Done")
    NO_SHOW = "no_show", _("Did not come")
    CANCELLED = "cancelled", _("Cancelled")


class CancelledBy(TextChoices):
    PATIENT = "patient", _("by the patient")
    STAFF = "staff", _("by the clinic")


class ChangeKind(TextChoices):
    """What somebody of the staff did to an appointment, for "undo"."""

    CREATED = "created", _("Booked")
    MOVED = "moved", _("Moved")
    RESIZED = "resized", _("Length changed")
    ROOM = "room", _("Room or device changed")
    STATUS = "status", _("Status changed")
    CANCELLED = "cancelled", _("Cancelled")


class Whole(TextChoices):
    """What one action on several appointments was about."""

    SERIES = "series", _("Series")
    CHAIN = "chain", _("Visit")
    CHOSEN = "chosen", _("Chosen appointments")


class Origin(TextChoices):
    ONLINE = "online", _("Booked online")
    STAFF = "staff", _("Booked by the clinic")


class Audience(TextChoices):
    """Whom a reason is for."""

    ANYONE = "anyone", _("New and known patients")
    NEW = "new", _("New patients only")
    KNOWN = "known", _("Known patients only")


class Referral(TextChoices):
    NONE = "none", _("No referral needed")
    BRING = "bring", _("Bring a referral")
    UPLOAD = "upload", _("Upload a referral before the visit, or bring it")


class HorizonUnit(TextChoices):
    """What the number of a horizon counts. Months end with a month: 1 is the end of the next one."""

    DAYS = "days", _("Days")
    WEEKS = "weeks", _("Weeks")
    MONTHS = "months", _("Calendar months")


class QuestionKind(TextChoices):
    TEXT = "text", _("Text")
    YES_NO = "yes_no", _("Yes or no")
    CHOICE = "choice", _("One of several answers")


class Edge(TextChoices):
    """Calendar colours by name; the values are design tokens."""

    SKY = "sky", _("Sky")
    AMBER = "amber", _("Amber")
    INDIGO = "indigo", _("Indigo")
    PLUM = "plum", _("Plum")
    MAUVE = "mauve", _("Mauve")
    RUST = "rust", _("Rust")
    SAGE = "sage", _("Sage")
    OLIVE = "olive", _("Olive")


class WaitingStatus(TextChoices):
    """How an entry of the waiting list stands. The first two are live."""

    WAITING = "waiting", _("Waiting")
    PAUSED = "paused", _("Paused")
    BOOKED = "booked", _("Got a time")
    LEFT = "left", _("Left the list")
    REMOVED = "removed", _("Removed by the clinic")
    OVER = "over", _("The wished days are over")


class OfferStatus(TextChoices):
    OPEN = "open", _("Not answered yet")
    ACCEPTED = "accepted", _("Accepted")
    REFUSED = "refused", _("Refused")
    SILENT = "silent", _("Not answered in time")
    LOST = "lost", _("The time was lost")


class LeadUnit(TextChoices):
    """What the lead of a reminder counts; the values are timedelta's words."""

    DAYS = "days", _("days")
    HOURS = "hours", _("hours")


class SeriesUnit(TextChoices):
    """What "every n" of a series counts."""

    DAYS = "days", pgettext_lazy("every n", "days")
    WEEKS = "weeks", pgettext_lazy("every n", "weeks")


class SeriesScope(TextChoices):
    """How much of a series one change is about."""

    ONE = "one", _("Only this appointment")
    FOLLOWING = "following", _("This and all later ones")
    ALL = "all", _("All that are ahead")


class DateState(TextChoices):
    """Whether a date of a series can be booked, and what stands against it."""

    FREE = "free", pgettext_lazy("a date", "free")
    TAKEN = "taken", pgettext_lazy("a date", "taken")
    OUTSIDE = "outside", _("outside opening hours")
    HOLIDAY = "holiday", _("public holiday")
    ABSENT = "absent", pgettext_lazy("a calendar", "absent")
    OWN = "own", _("patient has another appointment")
    PAST = "past", pgettext_lazy("a date", "over")
    EXPIRED = "expired", _("after the end of the prescription")


class CalendarView(TextChoices):
    """How calendars are looked at; the values are parts of addresses."""

    DAY = "day", pgettext_lazy("calendar view", "Day")
    WORK_WEEK = "work-week", pgettext_lazy("calendar view", "Work week")
    WEEK = "week", pgettext_lazy("calendar view", "Week")
    MONTH = "month", pgettext_lazy("calendar view", "Month")
    LIST = "list", pgettext_lazy("calendar view", "List")
    TODAY = "today", pgettext_lazy("calendar view", "Check-in")


class Colouring(TextChoices):
    """What the colour of a card's edge stands for."""

    REASON = "reason", pgettext_lazy("what colours stand for", "Reason")
    CALENDAR = "calendar", pgettext_lazy("what colours stand for", "Calendar")
    STATUS = "status", pgettext_lazy("what colours stand for", "Status")


class AbsenceReach(TextChoices):
    """What a change of one absence of a series is about."""

    ONE = "one", _("Only this absence")
    FOLLOWING = "following", _("This and the following ones")
    ALL = "all", _("All of the series")


class NoticeKind(TextChoices):
    """What a clinic may tell patients once about one visit, beside reminders."""

    CHECK_IN = "check_in", _("Check-in notice")
    FOLLOW_UP = "follow_up", _("Follow-up notice")


class Step(TextChoices):
    """How statistics divide a period. Weeks begin on Monday."""

    DAY = "day", _("by day")
    WEEK = "week", _("by week")
    MONTH = "month", _("by month")
    QUARTER = "quarter", _("by quarter")
    YEAR = "year", _("by year")


class Preset(TextChoices):
    """A period of statistics that is named instead of dated."""

    THIS_WEEK = "this-week", _("this week")
    LAST_WEEK = "last-week", _("last week")
    THIS_MONTH = "this-month", _("this month")
    LAST_MONTH = "last-month", _("last month")
    THIS_QUARTER = "this-quarter", _("this quarter")
    LAST_QUARTER = "last-quarter", _("last quarter")
    THIS_YEAR = "this-year", _("this year")
    LAST_YEAR = "last-year", _("last year")
    DATES = "dates", _("between two dates")


class Breakdown(TextChoices):
    """What statistics are listed by, beside time."""

    CALENDAR = "calendar", _("by calendar")
    UNIT = "unit", _("by unit")
    REASON = "reason", _("by reason")
