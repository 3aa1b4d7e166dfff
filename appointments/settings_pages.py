"""This room's pages under "Settings"."""

from django.utils.translation import gettext_lazy as _

from accounts.enums import ProArea
from accounts.models import User
from accounts.own_pages import administers
from accounts.pro_pages import ProPage, register_page
from accounts.selectors import leads_a_unit
from accounts.set_up_steps import Step, register_step
from appointments.models import Calendar, CalendarReason, OpeningHours
from appointments.rules import may_set_up_hours, may_set_up_waiting_list

HOURS_PAGE = "hours-set-up"  # where opening hours are set


def who_gives_rights(user: User) -> bool:
    return administers(user) or leads_a_unit(user)


def sets_hours_or_absences(user: User) -> bool:
    return may_set_up_hours(user, user.organisation_id)


def register_pages() -> None:
    for name, title, text, may in (
        ("rights", _("Rights"), _("Who may do what in which calendar."), who_gives_rights),
        ("clinic-units", _("Units"), _("Departments: names, who works there, who leads it."), administers),
        ("clinic-calendars", _("Calendars"), _("Calendars, rooms and devices."), administers),
        ("reasons", _("Visit reasons"), _("What patients come for: duration, rules, rooms, questions."), administers),
        (
            "hours-set-up",
            _("Opening hours and absences"),
            _("When a calendar is open, and when somebody or something is not there."),
            sets_hours_or_absences,
        ),
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


def register_steps() -> None:
    text = _("What patients are booked into, usually one practitioner’s.")
    register_step(Step(30, _("A calendar"), text, "clinic-calendars", lambda: Calendar.objects.exists()))
    text = _("What patients come for, and which calendars offer it.")
    register_step(Step(40, _("A visit reason"), text, "reasons", lambda: CalendarReason.objects.exists()))
    text = _("When the calendar is open.")
    register_step(Step(50, _("Opening hours"), text, HOURS_PAGE, lambda: OpeningHours.objects.exists()))
