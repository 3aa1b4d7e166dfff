"""Why a booking is refused, in words for the person who reads it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from appointments.selectors.spans import counted
from appointments.selectors.spans import minutes_text as ahead
from doctolib.templatetags.ui import date_text
from patients.enums import Insurance

INSURED = {
    Insurance.STATUTORY: _("people with statutory health insurance"),
    Insurance.PRIVATE: _("people with private health insurance"),
    Insurance.SELF_PAYER: _("people who pay themselves"),
}


@dataclass(frozen=True, slots=True)
class NearSlot:
    """A free time near the one that was asked for."""

    calendar_id: int
    starts_at: datetime


class BookingRefused(Exception):
    """A rule or someone else stands against it. ``nearest`` are free times to choose from instead."""

    message: Promise | str = _("You cannot book this appointment online. Please call the clinic.")
    other_time = False  # whether another time could be had

    def __init__(self, nearest: tuple[NearSlot, ...] = ()) -> None:
        super().__init__(type(self).__name__)
        self.nearest = nearest


class SlotTaken(BookingRefused):
    """Someone else holds or has booked this time."""

    other_time = True

    message = _("Someone else has just booked this time. Your answers are saved. Choose another time.")


class NotOffered(BookingRefused):
    """The calendar does not offer this reason at this time: past, closed, too soon, too far, not online."""

    other_time = True

    message = _("This time is not offered. Choose another time.")


class HoldExpired(BookingRefused):
    """The hold has ended. ``still_free``: nobody has taken the time meanwhile."""

    other_time = True

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


class NotAnswered(BookingRefused):
    """A question of the clinic is not answered, or with what is no answer to it."""

    message = _("Please answer the clinic's questions.")


class AlreadyCancelled(BookingRefused):
    message = _("This appointment is already cancelled.")


class TooLate(BookingRefused):
    message = _("This appointment has begun or is over. It can no longer be changed online.")


class NoLongerOnline(BookingRefused):
    """It stands, but may not be moved or cancelled online (any more). Staff may."""


class MoveTooLate(NoLongerOnline):
    def __init__(self, minutes: int) -> None:
        super().__init__()
        self.message = said(_("You can move this appointment online only up to %(time)s before."), time=ahead(minutes))


class CancelTooLate(NoLongerOnline):
    def __init__(self, minutes: int) -> None:
        super().__init__()
        self.message = said(
            _("You can cancel this appointment online only up to %(time)s before."), time=ahead(minutes)
        )


class MovedTooOften(NoLongerOnline):
    message: Promise | str = _("You cannot move this appointment online.")

    def __init__(self, most: int) -> None:
        super().__init__()
        if most:
            self.message = counted(
                most,
                ngettext_lazy(
                    "You can move an appointment online only %(count)d time.",
                    "You can move an appointment online only %(count)d times.",
                    "count",
                ),
            )


class OnlyNew(BookingRefused):
    message = _("This appointment is only for new patients.")


class OnlyKnown(BookingRefused):
    message = _("This appointment is only for patients who have been here before.")


class NotSeenLately(BookingRefused):
    """The last visit is too long ago."""

    def __init__(self, months: int) -> None:
        super().__init__()
        self.message = counted(
            months,
            ngettext_lazy(
                "This appointment is only for patients whose last visit here was in the last month.",
                "This appointment is only for patients whose last visit here was in the last %(count)d months.",
                "count",
            ),
        )


class OtherInsurance(BookingRefused):
    """``kinds``: values of Insurance that may book."""

    def __init__(self, kinds: Sequence[str]) -> None:
        super().__init__()
        named = [words for kind, words in INSURED.items() if kind in kinds]
        if named:
            self.message = said(
                _("This appointment is only for %(kinds)s."), kinds=str(_(" and ")).join(map(str, named))
            )


class OtherAge(BookingRefused):
    """Years on the day of the visit, both ends included; one of them may be open."""

    def __init__(self, youngest: int | None, oldest: int | None) -> None:
        super().__init__()
        if oldest is None:
            words = _("This appointment is only for patients aged %(youngest)d or over on the day of the visit.")
        elif youngest is None:
            words = _("This appointment is only for patients aged %(oldest)d or under on the day of the visit.")
        else:
            words = _("This appointment is only for patients aged %(youngest)d to %(oldest)d on the day of the visit.")
        self.message = said(words, youngest=youngest, oldest=oldest)


class OnlyAfterVisit(BookingRefused):
    message = _("This appointment can only be booked as a follow-up of an earlier visit.")


class OutsideFollowUp(BookingRefused):
    """The follow-up's local days, both included."""

    other_time = True

    def __init__(self, first_day: date, last_day: date) -> None:
        super().__init__()
        self.message = said(
            _("You can book this follow-up for a day from %(first)s to %(last)s."),
            first=date_text(first_day),
            last=date_text(last_day),
        )


class EnoughOfThese(BookingRefused):
    """As many coming appointments for this reason as one person may have."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.message = counted(
            most,
            ngettext_lazy(
                "For this reason one person can have only %(count)d coming appointment.",
                "For this reason one person can have only %(count)d coming appointments.",
                "count",
            ),
        )


class EnoughThatDay(BookingRefused):
    """As many visits on this day as one person may have."""

    other_time = True

    def __init__(self, most: int) -> None:
        super().__init__()
        self.message = counted(
            most,
            ngettext_lazy(
                "Online, one person can have only %(count)d appointment a day at this clinic. Choose another day.",
                "Online, one person can have only %(count)d appointments a day at this clinic. Choose another day.",
                "count",
            ),
        )


class AtTheSameTime(BookingRefused):
    """Staff are told, too."""

    other_time = True

    message = _("There is another appointment for this person at this time. Choose another time.")


class OnlyByPhone(BookingRefused):
    """The clinic has blocked the record for bookings online."""

    message = _("The clinic makes appointments with you by phone only.")


class MissedTooMany(BookingRefused):
    message = _("Several of your appointments here were missed. Please make the next one by phone.")


class OfferOver(BookingRefused):
    """A time that was kept for someone of the waiting list is not kept any more."""

    other_time = True


class OfferEnded(OfferOver):
    message = _("You can no longer accept this offer: it has ended. You stay on the waiting list.")


class OfferLost(OfferOver):
    message = _("The clinic can no longer keep this time. You stay on the waiting list.")


class NotWaiting(BookingRefused):
    """The entry is paused, closed, or has an offer already."""

    message = _("This entry cannot get an offer at the moment.")


class TooNear(BookingRefused):
    """Too little time would be left to answer."""

    message = _("This time is too near: nobody could answer an offer in time. Please call the patient.")


class CannotReplace(BookingRefused):
    message = _("This appointment cannot be replaced by an earlier one.")


def said(words: Promise, **values: Any) -> str:
    return str(words) % values
