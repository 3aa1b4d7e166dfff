"""Who may: every question about calendars and appointments is answered here, from the account's level on a calendar.

Whether a time lies inside opening hours is asked by the caller (``inside``). It counts where an appointment goes to;
taking one away is the same wherever it lies.
"""

from collections.abc import Collection
from typing import TYPE_CHECKING
from uuid import UUID

from accounts.enums import Level
from accounts.rights import rights_of
from accounts.rules import may_administer
from appointments.enums import AppointmentStatus

if TYPE_CHECKING:
    from accounts.models import User
    from appointments.models import Appointment, Calendar, Selection


def level_on(user: "User", calendar: "Calendar") -> Level:
    return rights_of(user, calendar.organisation_id).on(calendar.pk)


def may_see_calendars(user: "User", organisation_id: UUID | None) -> bool:
    """Whether there can be any calendar of this organisation for the user to see."""
    return rights_of(user, organisation_id).highest >= Level.READ


def may_view(user: "User", calendar: "Calendar") -> bool:
    return level_on(user, calendar) >= Level.READ


def may_create(user: "User", calendar: "Calendar", *, inside: bool) -> bool:
    """Put an appointment there."""
    return level_on(user, calendar) >= (Level.INSIDE if inside else Level.APPOINTMENTS)


def may_overbook(user: "User", calendar: "Calendar") -> bool:
    """Put an appointment beside what is there already. Never by accident: it is asked for by a button of its own."""
    return level_on(user, calendar) >= Level.APPOINTMENTS


def may_go_on(user: "User", calendar: "Calendar") -> list[str]:
    """Against what of services/staff/places.py's ALLOW the user may book in this calendar."""
    allowed = {"outside": may_create(user, calendar, inside=False), "overbook": may_overbook(user, calendar)}
    return [name for name, may in allowed.items() if may]


def may_change(user: "User", appointment: "Appointment") -> bool:
    """Move or cancel it, as far as the calendar it is in is concerned."""
    return rights_of(user, appointment.organisation_id).on(appointment.calendar_id) >= Level.INSIDE


def may_cancel(user: "User", appointment: "Appointment") -> bool:
    """Cancel what is only booked. The service looks at the time."""
    return may_change(user, appointment) and appointment.status == AppointmentStatus.BOOKED


def may_move(user: "User", appointment: "Appointment", to: "Calendar", *, inside: bool) -> bool:
    return may_change(user, appointment) and may_create(user, to, inside=inside)


def may_duplicate(user: "User", appointment: "Appointment", to: "Calendar", *, inside: bool) -> bool:
    """Book the same again: whoever may see it may, where they may book."""
    seen = rights_of(user, appointment.organisation_id).on(appointment.calendar_id) >= Level.READ
    return seen and may_create(user, to, inside=inside)


def may_set_absences(user: "User", calendar: "Calendar") -> bool:
    return level_on(user, calendar) >= Level.ABSENCES


def may_set_hours(user: "User", calendar: "Calendar") -> bool:
    return level_on(user, calendar) >= Level.FULL


def may_set_up_hours(user: "User", organisation_id: UUID | None) -> bool:
    """Open the pages of opening hours and absences: whoever may set either in any calendar."""
    return rights_of(user, organisation_id).highest >= Level.ABSENCES


def may_see_figures(user: "User", calendar: "Calendar", *, leads: Collection[int]) -> bool:
    """Whether statistics count this calendar for the user: who may book in it, and who leads its unit (``leads``: ids
    of units). Reading alone is not enough: figures of a calendar are figures of somebody's work.
    """
    return level_on(user, calendar) >= Level.INSIDE or calendar.unit_id in leads


def may_open_statistics(user: "User", organisation_id: UUID | None, *, leads: Collection[int]) -> bool:
    """Whether there can be any calendar to count."""
    return rights_of(user, organisation_id).highest >= Level.INSIDE or bool(leads)


def may_steer_waiting_list(user: "User", organisation_id: UUID | None) -> bool:
    """See who waits, offer times and change the order: whoever may book in any calendar."""
    return rights_of(user, organisation_id).highest >= Level.INSIDE


def may_set_up_waiting_list(user: "User") -> bool:
    """Say how long a time is kept."""
    return may_administer(user, user.organisation_id)


def may_share_with_any_unit(user: "User") -> bool:
    """Show a selection to any unit, not only to one's own."""
    return may_administer(user, user.organisation_id)


def may_change_selection(user: "User", selection: "Selection") -> bool:
    """Its maker; of a shared one also the administrators."""
    is_shared = selection.unit_id is not None
    return selection.user_id == user.pk or (is_shared and may_administer(user, selection.organisation_id))


def may_see_any(user: "User") -> bool:
    """There can be a calendar for the user to see."""
    return may_see_calendars(user, user.organisation_id)


def may_book_anywhere(user: "User") -> bool:
    return may_steer_waiting_list(user, user.organisation_id)


def may_steer(user: "User") -> bool:
    """The waiting list of the user's own organisation."""
    return may_steer_waiting_list(user, user.organisation_id)
