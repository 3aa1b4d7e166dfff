"""This room's pages under "Settings"."""

from django.utils.translation import gettext_lazy as _

from accounts.enums import ProArea
from accounts.models import User
from accounts.own_pages import administers
from accounts.pro_pages import ProPage, register_page
from accounts.selectors import leads_a_unit
from appointments.rules import may_set_up_waiting_list


def who_gives_rights(user: User) -> bool:
    return administers(user) or leads_a_unit(user)


def register_pages() -> None:
    for name, title, text, may in (
        ("rights", _("Rights"), _("Who may do what in which calendar."), who_gives_rights),
        ("clinic-units", _("Units"), _("Who works in which unit, and who leads it."), administers),
        ("clinic-calendars", _("Calendars"), _("Calendars, rooms and devices."), administers),
        (
            "reminders",
            _("Reminders"),
            _("When patients are reminded, and quiet hours."),
            administers,
        ),
        ("recalls", _("Invitations"), _("After which visits patients are asked to come again."), administers),
        (
            "notices",
            _("Check-in and follow-up"),
            _("Ask patients to check in, and write to them after a visit."),
            administers,
        ),
        ("texts", _("Texts of messages"), _("Your own words for text messages and emails."), administers),
        ("rights-review", _("Who may what"), _("Look through all rights once a year."), administers),
    ):
        register_page(ProPage(ProArea.CLINIC, name, title, text, may))
    text = _("How long a time is kept for someone who waits.")
    register_page(ProPage(ProArea.CLINIC, "waiting-set-up", _("Waiting list"), text, may_set_up_waiting_list))
    register_page(
        ProPage(
            ProArea.CLINIC,
            "calendar-why",
            _("Why is this time offered?"),
            _("Walk through the booking rules for one calendar, reason and time."),
        )
    )
