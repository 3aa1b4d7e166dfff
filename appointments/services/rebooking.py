"""What becomes of appointments that an absence strikes: they stay, move, or are cancelled with a message.

Each is a transaction of its own: what cannot be done for one stands in nobody's way. Doing it again, by a second click
or a reload, says the same and changes nothing, because each appointment is compared with where it was listed. What was
moved is undone as one, and so is what was cancelled; while the absence is there, it stands against that.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Organisation, User
from appointments.enums import AppointmentStatus, ChangeKind, Whole
from appointments.models import Appointment
from appointments.rules import may_cancel, may_change
from appointments.selectors.struck import Struck
from appointments.selectors.visible import bookable_calendars, visible_appointments
from doctolib.tenancy.scopes import organisation_scope

from .booking import cancel_appointment, move_appointment
from .refusals import AlreadyCancelled, BookingRefused, NotOffered, SlotTaken, TooLate
from .staff.changes import note_change, states_of

WORDS: dict[type[BookingRefused], Promise] = {
    SlotTaken: gettext_lazy("Somebody else has taken the new time meanwhile."),
    NotOffered: gettext_lazy("The new time is not free any more."),
    TooLate: gettext_lazy("The appointment is over."),
    AlreadyCancelled: gettext_lazy("The appointment was cancelled meanwhile."),
}


class Fate(StrEnum):
    LEFT = "left"
    MOVED = "moved"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Choice:
    """What shall become of an appointment. ``was``: calendar and start as listed; ``to``: the new ones."""

    appointment_id: UUID
    was: tuple[int, datetime]
    fate: Fate = Fate.LEFT
    to: tuple[int, datetime] | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    fate: Fate
    appointment: Struck | None  # as it is now; None: not to be seen any more
    message: str = ""


@dataclass(frozen=True, slots=True)
class _Actions:
    """What is undone together: a row for each appointment, numbered as they are done."""

    user_id: UUID
    now: datetime
    ids: dict[ChangeKind, UUID] = field(default_factory=dict)
    parts: Counter = field(default_factory=Counter)

    def note(self, kind: ChangeKind, appointment: Appointment, before: dict[str, Any]) -> None:
        action = self.ids.setdefault(kind, uuid4())
        together: dict[str, Any] = {"action": action, "whole": Whole.CHOSEN, "part": self.parts[kind]}
        note_change(kind, appointment, before=before, user_id=self.user_id, now=self.now, **together)
        self.parts[kind] += 1


def carry_out(*, organisation: Organisation, user: User, choices: Iterable[Choice], now: datetime) -> list[Outcome]:
    """Do what was chosen for each appointment. Enters the organisation's scope for each: never inside another
    transaction."""
    actions = _Actions(user.pk, now)
    return [_carry_out(organisation, user, choice, actions) for choice in choices]


def _carry_out(organisation: Organisation, user: User, choice: Choice, actions: _Actions) -> Outcome:
    with organisation_scope(organisation, actor=user.actor):
        appointments = visible_appointments(user).select_related("calendar", "reason", "patient")
        # A second click waits here for the first.
        found = appointments.select_for_update(of=("self",), no_key=True).filter(pk=choice.appointment_id).first()
        if found is None:
            return Outcome(Fate.FAILED, None, _("The appointment is not there any more."))
        done = _done_before(found, choice)
        if done or choice.fate == Fate.LEFT:
            return done or Outcome(Fate.LEFT, Struck.of(found))
        if not may_change(user, found):
            return Outcome(Fate.FAILED, Struck.of(found), _("You may see this appointment, but not change it."))
        return _act(user, found, choice, actions)


def _done_before(appointment: Appointment, choice: Choice) -> Outcome | None:
    """What was done already: by the same form, or by somebody else."""
    struck = Struck.of(appointment)
    if appointment.status == AppointmentStatus.CANCELLED:
        if choice.fate == Fate.CANCELLED:
            return Outcome(Fate.CANCELLED, struck)
        return Outcome(Fate.FAILED, struck, str(WORDS[AlreadyCancelled]))
    place = (appointment.calendar_id, appointment.starts_at)
    if choice.fate == Fate.MOVED and place == choice.to:
        return Outcome(Fate.MOVED, struck)
    if place != choice.was:
        return Outcome(Fate.FAILED, struck, _("Somebody else has moved the appointment meanwhile."))
    return None


def _act(user: User, appointment: Appointment, choice: Choice, actions: _Actions) -> Outcome:
    now, before = actions.now, Struck.of(appointment)
    state = states_of([appointment])[appointment.pk]
    try:
        if choice.fate == Fate.CANCELLED:
            if not may_cancel(user, appointment):
                return Outcome(Fate.FAILED, before, _("The patient has arrived already."))
            cancelled = cancel_appointment(appointment=appointment, now=now, reason=_("Absence"))
            actions.note(ChangeKind.CANCELLED, cancelled, state)
            return Outcome(Fate.CANCELLED, before)
        assert choice.to is not None
        calendar_id, starts_at = choice.to
        if not bookable_calendars(user).filter(pk=calendar_id).exists():
            return Outcome(Fate.FAILED, before, _("You may not book in the new calendar."))
        moved = move_appointment(
            appointment=appointment, calendar_id=calendar_id, starts_at=starts_at, now=now, online=False
        )
        actions.note(ChangeKind.MOVED, moved, state)
    except BookingRefused as refusal:
        return Outcome(Fate.FAILED, before, str(WORDS.get(type(refusal), refusal.message)))
    there = Appointment.objects.select_related("calendar", "reason", "patient").get(pk=appointment.pk)
    return Outcome(Fate.MOVED, Struck.of(there))
