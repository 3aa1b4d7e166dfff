"""Why many appointments at once, or one of a prescription, are refused."""

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from appointments.selectors.series_dates import PlannedDate
from doctolib.templatetags.ui import date_text, moment_short

from .refusals import BookingRefused, counted, said


class NothingChosen(BookingRefused):
    message = _("Choose at least one date.")


class TooManyChosen(BookingRefused):
    def __init__(self, most: int) -> None:
        super().__init__()
        self.message = said(_("At most %(most)d dates can be booked at once."), most=most)


class DatesRefused(BookingRefused):
    """Some of many dates cannot be had (any more). ``dates``: which, and what stands against them."""

    other_time = True

    def __init__(self, dates: Sequence[PlannedDate]) -> None:
        super().__init__()
        self.dates = dates
        named = [f"{moment_short(planned.starts_at)} ({planned.state.label})" for planned in dates]
        self.message = said(
            _(
                "Nothing was changed, because these dates cannot be had: %(dates)s."
                " Choose other times or leave them out."
            ),
            dates=", ".join(named),
        )


class NotInSeries(BookingRefused):
    message = _("The series has changed meanwhile. Look at it again.")


class ChainBroken(BookingRefused):
    other_time = True

    message = _("The parts of a visit must follow each other, with no more time between two than chosen.")


class PrescriptionUsedUp(BookingRefused):
    """More sessions than the prescription has left."""

    def __init__(self, left: int, wanted: int) -> None:
        super().__init__()
        self.message = said(
            _("Nothing was booked: the prescription has %(left)s left, and %(wanted)d were chosen."),
            left=counted(left, ngettext_lazy("%(count)d session", "%(count)d sessions", "count")),
            wanted=wanted,
        )


class AfterPrescription(BookingRefused):
    def __init__(self, day: date) -> None:
        super().__init__()
        self.message = said(_("The prescription is valid until %(day)s only."), day=date_text(day))


class OtherPatient(BookingRefused):
    message = _("This prescription is another patient’s.")
