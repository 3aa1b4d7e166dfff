"""Why a change by staff is refused. ``kind`` is for scripts, ``message`` for people."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from django.utils import timezone
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from appointments.models import Appointment
from appointments.services.refusals import BookingRefused
from doctolib.templatetags.ui import STATUS, clock_text, day_text, moment_text


class StaffRefusal(BookingRefused):
    kind: ClassVar[str]
    override: ClassVar[str] = ""  # what of places.ALLOW lets it be done nevertheless


class TimeTaken(StaffRefusal):
    """Someone else is there; ``busy`` is from when until when, None when it is the rooms or devices."""

    kind, override, other_time = "taken", "overbook", True

    def __init__(self, busy: tuple[datetime, datetime] | None = None) -> None:
        super().__init__()
        self.message = (
            gettext("This time is taken: %(when)s.") % {"when": span_words(*busy)}
            if busy
            else gettext("The rooms or devices that are needed are taken at this time.")
        )


class OutsideHours(StaffRefusal):
    kind, override, other_time = "outside", "outside", True
    message = _("This time is outside the opening hours.")


class Absent(StaffRefusal):
    kind, override, other_time = "absent", "outside", True

    def __init__(self, until: datetime | None = None) -> None:
        super().__init__()
        self.message = (
            gettext("There is an absence until %(when)s.") % {"when": moment_text(until)}
            if until
            else gettext("There is an absence at this time.")
        )


class NotOfferedHere(StaffRefusal):
    kind = "not_offered"
    message = _("This calendar does not offer this reason.")


class WrongRoom(StaffRefusal):
    kind = "wrong_room"

    def __init__(self, fitting: Sequence[str]) -> None:
        super().__init__()
        self.message = (
            gettext("This reason needs another room or device: %(names)s.") % {"names": ", ".join(fitting)}
            if fitting
            else gettext("This reason needs no room and no device.")
        )


class RoomTaken(StaffRefusal):
    kind, other_time = "taken", True
    message = _("This room or device is taken at this time.")


class TimeOver(StaffRefusal):
    kind, other_time = "over", True
    message = _("This time is over.")


class NotYet(StaffRefusal):
    kind = "early"

    def __init__(self, starts_at: datetime) -> None:
        super().__init__()
        self.message = gettext("The appointment is not before %(day)s.") % {"day": day_text(starts_at)}


class IsCancelled(StaffRefusal):
    kind = "cancelled"
    message = _("This appointment is cancelled.")


class StaleEdit(StaffRefusal):
    """Somebody else has changed it since. ``current`` is what it is now."""

    kind = "stale"

    def __init__(self, current: Appointment) -> None:
        super().__init__()
        self.current = current
        self.message = gettext("Somebody has changed this appointment meanwhile. It is now: %(state)s.") % {
            "state": state_words(current)
        }


class NotAll(StaffRefusal):
    """One of several appointments cannot have its time, so none was changed."""

    kind = "not_all"

    def __init__(self, starts_at: datetime, why: BookingRefused) -> None:
        super().__init__()
        self.message = gettext("Nothing was changed. %(when)s: %(why)s") % {
            "when": moment_text(starts_at),
            "why": why.message,
        }


class NothingToUndo(StaffRefusal):
    kind = "nothing"
    message = _("There is nothing to undo.")


def span_words(starts_at: datetime, ends_at: datetime) -> str:
    """``10:00 bis 10:30 Uhr``."""
    return pgettext("time range", "%(start)s to %(end)s") % {
        "start": timezone.localtime(starts_at).strftime("%H:%M"),
        "end": clock_text(ends_at),
    }


def state_words(appointment: Appointment) -> str:
    """``Dienstag, 24. November 2026, 10:00 Uhr, Dr. Kaya, gebucht``."""
    word = str(STATUS[appointment.status][1])
    return ", ".join([moment_text(appointment.starts_at), appointment.calendar.name, word])
