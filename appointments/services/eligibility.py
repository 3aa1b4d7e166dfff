"""Who may book what online. Each rule is one small function: a refusal that names it, or None.

Rules of the first kind (RULES) ask what people say of themselves, so pages can ask them as soon as it is said. Those of
the second kind (RECORD_RULES) ask the patient's record, inside the booking's transaction. docs/booking.md explains both
to the clinic.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from appointments.enums import AppointmentStatus, Audience
from appointments.models import Appointment, BookingRules, VisitReason
from appointments.selectors.local_days import months_before
from appointments.selectors.visits import (
    FollowUp,
    Visit,
    counts,
    follow_ups_after,
    is_coming,
    limits_and_visits,
    took_place,
)
from doctolib.queues import queue_for
from doctolib.tenancy.scopes import require_scope
from patients.models import Patient

from .refusals import (
    AtTheSameTime,
    BookingRefused,
    EnoughOfThese,
    EnoughThatDay,
    MissedTooMany,
    NotSeenLately,
    OnlyAfterVisit,
    OnlyByPhone,
    OnlyKnown,
    OnlyNew,
    OtherAge,
    OtherInsurance,
    OutsideFollowUp,
)

YEAR = timedelta(days=365)


# What they say -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Said:
    """What is known so far; None: not asked yet."""

    insurance: str | None = None
    known: bool | None = None
    birth_date: date | None = None
    day: date | None = None


def said_audience(reason: VisitReason, said: Said) -> BookingRefused | None:
    if said.known is True and reason.audience == Audience.NEW:
        return OnlyNew()
    if said.known is False and is_for_known(reason):
        return OnlyKnown()
    return None


def said_insurance(reason: VisitReason, said: Said) -> BookingRefused | None:
    if said.insurance is None or said.insurance in reason.insurances:
        return None
    return OtherInsurance(reason.insurances)


def said_age(reason: VisitReason, said: Said) -> BookingRefused | None:
    if said.birth_date is None or said.day is None:
        return None
    years = age(said.birth_date, said.day)
    too_young = reason.age_from is not None and years < reason.age_from
    too_old = reason.age_until is not None and years > reason.age_until
    return OtherAge(reason.age_from, reason.age_until) if too_young or too_old else None


def said_follow_up(reason: VisitReason, said: Said) -> BookingRefused | None:
    return OnlyAfterVisit() if reason.only_as_follow_up and said.known is False else None


RULES = (said_insurance, said_audience, said_follow_up, said_age)


def stated_refusal(
    reason: VisitReason,
    *,
    insurance: str | None = None,
    known: bool | None = None,
    birth_date: date | None = None,
    day: date | None = None,
) -> BookingRefused | None:
    """Why someone who says this may not book the reason, or None. Nothing is looked up.

    ``known``: says to have been at the clinic before; ``day``: the clinic's local day of the visit.
    """
    said = Said(insurance, known, birth_date, day)
    return next((refusal for rule in RULES if (refusal := rule(reason, said))), None)


def is_for_known(reason: VisitReason) -> bool:
    """Only for patients who were there before: by its audience, or because it asks when."""
    return reason.audience == Audience.KNOWN or (reason.seen_within is not None and reason.audience != Audience.NEW)


def age(birth_date: date, day: date) -> int:
    """Full years. Who was born on 29 February turns a year older on 1 March of other years."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


# What the record says ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wish:
    """A visit that someone wants, and what their record tells. ``visits`` has not the one that is moved."""

    reason: VisitReason
    starts_at: datetime
    ends_at: datetime
    zone: ZoneInfo
    now: datetime
    limits: BookingRules
    is_blocked: bool = False
    visits: Iterable[Visit] = ()
    follow_ups: Iterable[FollowUp] = ()  # windows that earlier visits opened for this reason

    @property
    def day(self) -> date:
        return self.day_of(self.starts_at)

    def day_of(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()


class Times(Protocol):
    """A hold, an appointment, a fit: what has a beginning and an end."""

    @property
    def starts_at(self) -> datetime: ...
    @property
    def ends_at(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Span:
    starts_at: datetime
    ends_at: datetime


def blocked(wish: Wish) -> BookingRefused | None:
    return OnlyByPhone() if wish.is_blocked else None


def missed(wish: Wish) -> BookingRefused | None:
    if not wish.limits.no_shows:
        return None
    recent = wish.now - YEAR
    count = sum(v.status == AppointmentStatus.NO_SHOW and v.starts_at > recent for v in wish.visits)
    return MissedTooMany() if count >= wish.limits.no_shows else None


def audience(wish: Wish) -> BookingRefused | None:
    known = any(counts(visit) for visit in wish.visits)
    if known and wish.reason.audience == Audience.NEW:
        return OnlyNew()
    return OnlyKnown() if not known and is_for_known(wish.reason) else None


def seen_within(wish: Wish) -> BookingRefused | None:
    """Counted in calendar months back from today, not from the day of the new visit."""
    months = wish.reason.seen_within
    if months is None or wish.reason.audience == Audience.NEW:
        return None
    since = months_before(wish.day_of(wish.now), months)
    seen = any(took_place(v, wish.now) and wish.day_of(v.starts_at) >= since for v in wish.visits)
    return None if seen else NotSeenLately(months)


def follow_up(wish: Wish) -> BookingRefused | None:
    windows = list(wish.follow_ups)
    if not wish.reason.only_as_follow_up or any(w.first_day <= wish.day <= w.last_day for w in windows):
        return None
    if not windows:
        return OnlyAfterVisit()
    last = max(windows, key=lambda window: window.last_day)
    return OutsideFollowUp(last.first_day, last.last_day)


def opened(wish: Wish) -> BookingRefused | None:
    """A follow-up needs a visit before it, on whatever day."""
    return OnlyAfterVisit() if wish.reason.only_as_follow_up and not list(wish.follow_ups) else None


def most_live(wish: Wish) -> BookingRefused | None:
    most = wish.reason.most_live
    if most is None:
        return None
    live = sum(v.reason_id == wish.reason.pk and is_coming(v, wish.now) for v in wish.visits)
    return EnoughOfThese(most) if live >= most else None


def most_a_day(wish: Wish) -> BookingRefused | None:
    most = wish.limits.most_a_day
    if most is None:
        return None
    that_day = sum(counts(v) and wish.day_of(v.starts_at) == wish.day for v in wish.visits)
    return EnoughThatDay(most) if that_day >= most else None


def same_time(wish: Wish) -> BookingRefused | None:
    """Visits may touch. Buffers do not count: the patient is not there for them."""
    clash = any(counts(v) and v.starts_at < wish.ends_at and wish.starts_at < v.ends_at for v in wish.visits)
    return AtTheSameTime() if clash else None


RECORD_RULES = (blocked, missed, audience, seen_within, follow_up, most_live, most_a_day, same_time)
# Whoever asks for an earlier time, before there is one.
JOIN_RULES = (blocked, missed, audience, seen_within, opened, most_live)
# A new time for what is booked already: whoever may come may also come at another time.
MOVE_RULES = (follow_up, most_a_day, same_time)
STAFF_RULES = (same_time,)


def record_refusal(wish: Wish, rules=RECORD_RULES) -> BookingRefused | None:
    return next((refusal for rule in rules if (refusal := rule(wish))), None)


@dataclass(frozen=True, slots=True)
class NewTimes:
    """What stands against a new time of what is booked already; read once, asked for each time."""

    seen: Wish  # with the appointment's own time
    birth_date: date | None  # None: staff, who are held to STAFF_RULES

    @property
    def windows(self) -> list[FollowUp]:
        """Of a follow-up: within which the new day must be; empty when any day is fine."""
        return list(self.seen.follow_ups)

    @property
    def most_a_day(self) -> int | None:
        return self.seen.limits.most_a_day

    def refusal(self, times: Times) -> BookingRefused | None:
        wish = replace(self.seen, starts_at=times.starts_at, ends_at=times.ends_at)
        if self.birth_date is None:
            return record_refusal(wish, STAFF_RULES)
        stated = stated_refusal(wish.reason, birth_date=self.birth_date, day=wish.day)
        return stated or record_refusal(wish, MOVE_RULES)

    def allows(self, starts_at: datetime, minutes: int) -> bool:
        return self.refusal(Span(starts_at, starts_at + timedelta(minutes=minutes))) is None


def new_times(appointment: Appointment, *, zone: ZoneInfo, now: datetime, waiting: bool) -> NewTimes:
    """Inside the patient's scope or the organisation's. ``waiting``: see ``read_wish``."""
    patient, reason = appointment.patient, appointment.reason
    seen = read_wish(patient, reason, appointment, zone=zone, now=now, besides=appointment.pk, waiting=waiting)
    is_staff = require_scope().kind == "organisation"
    return NewTimes(seen, None if is_staff else date.fromisoformat(patient.name["birth_date"]))


def read_wish(
    patient: Patient,
    reason: VisitReason,
    times: Times,
    *,
    zone: ZoneInfo,
    now: datetime,
    besides: UUID | None = None,
    is_new: bool = False,
    waiting: bool = True,
) -> Wish:
    """The wish with what the record tells, after waiting for others who book for it.

    ``besides``: the appointment that is moved. ``is_new``: the record was made in this transaction and tells nothing.
    Not ``waiting``: pages, which write nothing, and who has waited already.
    """
    wish = Wish(reason, times.starts_at, times.ends_at, zone, now, limits=BookingRules())
    if is_new:
        return wish
    if waiting:
        queue_for(patient.pk)
    limits, visits = limits_and_visits(patient.pk, besides=besides)
    return replace(
        wish,
        is_blocked=patient.is_blocked_online,
        visits=visits,
        limits=limits,
        follow_ups=_windows(reason, visits, zone, now) if reason.only_as_follow_up else (),
    )


def _windows(reason: VisitReason, visits: Iterable[Visit], zone: ZoneInfo, now: datetime) -> list[FollowUp]:
    return follow_ups_after(visits, VisitReason.objects.filter(follow_up_id=reason.pk), zone, now)
