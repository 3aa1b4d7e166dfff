"""Why a time is, or is not, offered: every rule in words for the clinic's staff."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from appointments.models import Calendar, CalendarReason, OpeningHours, VisitReason

from .availability import what_rules_say
from .blocks import is_its_week
from .horizon import last_day
from .local_days import is_holiday

WORDS: dict[str, Promise] = {
    "grid": _("The time is on the grid of the opening hours."),
    "run": _("The visit ends within the opening hours."),
    "notice": _("The minimum notice is kept."),
    "busy": _("Nothing else is in the calendar then, buffers and ways between sites included."),
    "late": _("The time is not held back for short notice."),
    "share": _("The reason's share of the opening hours is not used up."),
    "daily": _("The calendar's most visits for this reason on this day are not reached."),
    "absence": _("There is no absence."),
    "requirement": _("The rooms and devices that are needed are free."),
    "shared": _("There are enough of them, where several are needed."),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One rule; ``holds`` is None when it could not be asked, because something before it fails."""

    words: str | Promise
    holds: bool | None


@dataclass(frozen=True, slots=True)
class Explanation:
    steps: tuple[Step, ...]

    @property
    def is_offered(self) -> bool:
        return all(step.holds for step in self.steps)


def explain_time(
    *,
    organisation: Organisation,
    calendar: Calendar,
    reason: VisitReason,
    starts_at: datetime,
    now: datetime,
    online: bool = True,
) -> Explanation:
    """Walk all rules for one start. Inside an organisation scope. ``online``: as patients are offered it."""
    zone = organisation.zone
    day = starts_at.astimezone(zone).date()
    before = list(_set_up(organisation, calendar, reason, day, now.astimezone(zone), online))
    question = {"reason_id": reason.pk, "calendar_id": calendar.pk, "starts_at": starts_at, "now": now}
    said = what_rules_say(**question, online=online)
    rules = [Step(words, said.get(name)) for name, words in WORDS.items()]
    return Explanation((*before, Step(_("The time has not passed."), starts_at >= now), *rules))


def _set_up(
    organisation: Organisation, calendar: Calendar, reason: VisitReason, day: date, local: datetime, online: bool
) -> Iterator[Step]:
    yield Step(_("The calendar is in use."), calendar.is_active)
    offered = CalendarReason.objects.filter(calendar_id=calendar.pk, reason=reason).exists()
    yield Step(_("The calendar offers the reason."), offered)
    if online:
        yield Step(_("The calendar can be booked online."), calendar.is_online)
        yield Step(_("The reason can be booked online."), reason.is_online)
        yield Step(_("The day is within the horizon."), day <= last_day(reason, local))
    hours = OpeningHours.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gte=day),
        calendar_id=calendar.pk,
        weekday=day.isoweekday(),
        valid_from__lte=day,
    )
    blocks = [block for block in hours.prefetch_related("allowed") if is_its_week(block, day)]
    yield Step(_("The calendar has opening hours that day."), bool(blocks))
    if organisation.closed_on_holidays and is_holiday(organisation.federal_state, day):
        some, blocks = bool(blocks), [block for block in blocks if block.on_holidays]
        yield Step(_("The opening hours count on public holidays."), bool(blocks) if some else None)
    some, blocks = bool(blocks), [block for block in blocks if reason.pk in _reasons(block) or not _reasons(block)]
    yield Step(_("The opening hours are for this reason."), bool(blocks) if some else None)
    if online:
        released = any(block.is_online for block in blocks)
        yield Step(_("The opening hours are released online."), released if blocks else None)


def _reasons(block: OpeningHours) -> set[int]:
    return {allowed.reason_id for allowed in block.allowed.all()}
