"""Why a booking is refused, in words for the person who reads it."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class NearSlot:
    """A free time near the one that was asked for."""

    calendar_id: int
    starts_at: datetime


class BookingRefused(Exception):
    """A rule or someone else stands against it. ``nearest`` are free times to choose from instead."""

    message: Promise | str = _("You cannot book this appointment online. Please call the clinic.")

    def __init__(self, nearest: tuple[NearSlot, ...] = ()) -> None:
        super().__init__(type(self).__name__)
        self.nearest = nearest


class SlotTaken(BookingRefused):
    """Someone else holds or has booked this time."""

    message = _("Someone else has just booked this time. Your answers are saved. Choose another time.")


class NotOffered(BookingRefused):
    """The calendar does not offer this reason at this time: past, closed, too soon, too far, not online."""

    message = _("This time is not offered. Choose another time.")


class HoldExpired(BookingRefused):
    """The hold has ended. ``still_free``: nobody has taken the time meanwhile."""

    def __init__(self, nearest: tuple[NearSlot, ...] = (), *, still_free: bool = False) -> None:
        super().__init__(nearest)
        self.still_free = still_free
        self.message = (
            _("Your hold has ended. The time is still free. You can hold it again.")
            if still_free
            else _("Your hold has ended and the time is taken. Choose another time.")
        )


class NoMoreExtensions(BookingRefused):
    """The hold was extended as often as allowed."""

    message = _("This hold cannot be extended again. Please finish your booking.")


class TooManyHolds(BookingRefused):
    """Too many times are held from this network. ``retry_at``: the aware instant from which another try counts."""

    message = _(
        "Too many times are being held from your network. Please try again in a few minutes, or call the clinic."
    )

    def __init__(self, retry_at: datetime) -> None:
        super().__init__()
        self.retry_at = retry_at


class NoAgreement(BookingRefused):
    """The clinic has no processing agreement in force; the database refuses its rows."""

    message = _("This clinic does not offer online booking at the moment. Please call the clinic.")


class AlreadyCancelled(BookingRefused):
    message = _("This appointment is already cancelled.")


class TooLate(BookingRefused):
    message = _("This appointment has begun or is over. It can no longer be changed online.")
