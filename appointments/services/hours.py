"""Opening hours of a calendar: add, change from a day on, end, copy. In an organisation scope.

A change keeps what was: a block that has begun ends the day before, and a new one begins. Times held by somebody who is
booking stay theirs: a hold was made by the hours of its moment, and confirming it does not ask again.
"""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from appointments.models import Appointment, Calendar, CalendarReason, OpeningHours, OpeningHoursReason
from appointments.selectors.blocks import WEEK, first_meeting, is_its_week, monday_of, share_a_reason
from appointments.selectors.struck import Struck, appointments_outside
from doctolib import audit
from doctolib.tenancy.scopes import require_scope

from .taking import claim_exactly, current_organisation

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds in a block, apart from when it is valid. ``reasons``: ids with their share in percent, if any."""

    starts: time
    ends: time
    every_weeks: int = 1
    on_holidays: bool = False
    site_id: int | None = None
    is_online: bool = True
    late_share: int = 0
    late_hours: int = 24
    reasons: tuple[tuple[int, int | None], ...] = ()


class HoursRefused(Exception):
    """``message`` says why, in words for whoever sets the hours."""

    def __init__(self, message: str) -> None:
        super().__init__(type(self).__name__)
        self.message = message


class Meeting(HoursRefused):
    """Two blocks of one calendar would be open at one time, for the same reason."""

    def __init__(self, new: OpeningHours, other: OpeningHours, day: date) -> None:
        super().__init__("")
        self.new, self.other, self.day = new, other, day


class TooEarly(HoursRefused):
    """What has been is not changed."""


class LeavesOutside(Exception):
    """Coming appointments would lie outside the opening hours; nothing was changed. ``appointments`` lists them."""

    def __init__(self, appointments: list[Struck]) -> None:
        super().__init__(type(self).__name__)
        self.appointments = appointments


def add_blocks(
    *, calendar: Calendar, weekdays: Iterable[int], terms: Terms, valid_from: date, valid_until: date | None
) -> list[OpeningHours]:
    """A block on each of these ISO weekdays. Raises Meeting."""
    with _editing([calendar]):
        made = [_make(calendar, weekday, terms, valid_from, valid_until) for weekday in sorted(set(weekdays))]
        _refuse_meetings(calendar, made)
        for block in made:
            _note("hours.added", block)
    return made


def change_block(
    *,
    block: OpeningHours,
    weekday: int,
    terms: Terms,
    since: date,
    valid_until: date | None,
    now: datetime,
    accepted: Collection[UUID] = (),
) -> OpeningHours:
    """What holds from ``since`` on; before it, all stays as it was. Returns the block that holds then.

    ``accepted``: appointments that may lie outside afterwards. Raises Meeting, TooEarly, LeavesOutside.
    """
    with _editing([block.calendar], now=now, accepted=accepted):
        current = _locked(block)
        was = _facts(current)
        if since <= current.valid_from:
            _refuse_past(current.valid_from, now)
            changed = _rewrite(current, weekday, terms, since, valid_until)
        else:
            _refuse_past(since, now)
            begins = _in_rhythm(current, since) if terms.every_weeks == current.every_weeks else since
            if valid_until and begins > valid_until:
                raise HoursRefused(_("The change would begin after the last day. Choose an earlier or a later one."))
            _end(current, since)
            changed = _make(current.calendar, weekday, terms, begins, valid_until)
        _refuse_meetings(current.calendar, [changed])
        _note("hours.changed", changed, was=was)
    return changed


def end_block(*, block: OpeningHours, since: date, now: datetime, accepted: Collection[UUID] = ()) -> None:
    """Closed from ``since`` on; a block that has not begun by then is gone. Raises TooEarly, LeavesOutside."""
    with _editing([block.calendar], now=now, accepted=accepted):
        current = _locked(block)
        was = _facts(current)
        _refuse_past(max(since, current.valid_from), now)
        if since <= current.valid_from:
            audit.record("hours.removed", current, about=current.calendar, details={"was": was})
            current.delete()
        else:
            _end(current, since)
            _note("hours.ended", current, was=was)


def copy_hours(
    *,
    calendar: Calendar,
    weekday: int | None,
    to_weekdays: Collection[int],
    targets: Collection[Calendar],
    since: date,
    replaces: bool,
    now: datetime,
    accepted: Collection[UUID] = (),
) -> int:
    """Copy a weekday (None: the week) to other weekdays and calendars from a day on; returns how many blocks it made.

    ``replaces``: what the targets had on these weekdays ends. Raises HoursRefused, Meeting, LeavesOutside.
    """
    today = _today(now)
    with _editing([calendar, *targets], now=now, accepted=accepted):
        _refuse_past(since, now)
        source = [block for block in _blocks(calendar) if _lasts(block, since)]
        if weekday is not None:
            source = [block for block in source if block.weekday == weekday]
        made: list[OpeningHours] = []
        for target in targets:
            for day in sorted(to_weekdays) if weekday is not None else range(1, 8):
                if target == calendar and day == weekday:
                    continue
                taken = [block for block in source if weekday is not None or block.weekday == day]
                if replaces:
                    _end_day(target, day, max(since, today))
                made += filter(None, [_copy(block, target, day, since) for block in taken])
        for target in targets:
            _refuse_meetings(target, [block for block in made if block.calendar_id == target.pk])
        for block in made:
            _note("hours.added", block)
    return len(made)


@contextmanager
def _editing(
    calendars: Collection[Calendar], *, now: datetime | None = None, accepted: Collection[UUID] = ()
) -> Iterator[None]:
    """All or nothing, behind the bookings under way in these calendars: each sees the new hours, or is looked at here.

    With ``now``, appointments that lay inside and would not any more are refused unless accepted.
    """
    organisation, ids = current_organisation(), {calendar.pk for calendar in calendars}
    with transaction.atomic(using=require_scope("organisation").database):
        claim_exactly(ids)
        before = appointments_outside(organisation, ids, now=now) if now else {}
        yield
        if now:
            after = appointments_outside(organisation, ids, now=now)
            fresh = [after[pk] for pk in after.keys() - before.keys()]
            if not {appointment.pk for appointment in fresh} <= set(accepted):
                in_order = sorted(fresh, key=lambda each: (each.starts_at, each.pk))
                raise LeavesOutside([Struck.of(appointment) for appointment in in_order])
            _mark([appointment.pk for appointment in fresh], is_outside=True)
            _mark(before.keys() - after.keys(), is_outside=False)


def _mark(appointment_ids: Collection[UUID], *, is_outside: bool) -> None:
    """Whether they lie outside opening hours now: their cards say so. Who has one open sees that it changed."""
    if appointment_ids:
        changed = Appointment.objects.filter(pk__in=appointment_ids).exclude(is_outside=is_outside)
        changed.update(is_outside=is_outside, version=F("version") + 1)


def _make(calendar: Calendar, weekday: int, terms: Terms, valid_from: date, valid_until: date | None) -> OpeningHours:
    fields = {name: getattr(terms, name) for name in _COLUMNS}
    block = OpeningHours.objects.create(
        calendar=calendar, weekday=weekday, valid_from=valid_from, valid_until=valid_until, **fields
    )
    _allow(block, terms.reasons)
    return block


def _rewrite(
    block: OpeningHours, weekday: int, terms: Terms, valid_from: date, valid_until: date | None
) -> OpeningHours:
    for name in _COLUMNS:
        setattr(block, name, getattr(terms, name))
    block.weekday, block.valid_from, block.valid_until = weekday, valid_from, valid_until
    block.save()
    block.allowed.all().delete()
    _allow(block, terms.reasons)
    return block


_COLUMNS = [name for name in Terms.__dataclass_fields__ if name != "reasons"]


def _allow(block: OpeningHours, reasons: Iterable[tuple[int, int | None]]) -> None:
    OpeningHoursReason.objects.bulk_create(
        OpeningHoursReason(hours=block, reason_id=reason_id, share=share) for reason_id, share in reasons
    )


def _end(block: OpeningHours, since: date) -> None:
    """The day before is the last."""
    if block.valid_until is None or block.valid_until >= since:
        block.valid_until = since - DAY
        block.save(update_fields=["valid_until"])


def _end_day(calendar: Calendar, weekday: int, since: date) -> None:
    for block in _blocks(calendar):
        if block.weekday != weekday or not _lasts(block, since):
            continue
        was = _facts(block)
        if since <= block.valid_from:
            audit.record("hours.removed", block, about=calendar, details={"was": was})
            block.delete()
        else:
            _end(block, since)
            _note("hours.ended", block, was=was)


def _copy(block: OpeningHours, target: Calendar, weekday: int, since: date) -> OpeningHours | None:
    reasons = tuple((allowed.reason_id, allowed.share) for allowed in block.allowed.all())
    if reasons and target.pk != block.calendar_id:
        offered = set(CalendarReason.objects.filter(calendar=target).values_list("reason_id", flat=True))
        reasons = tuple(pair for pair in reasons if pair[0] in offered)
        if not reasons:
            text = _("%(calendar)s offers none of the reasons that a block allows. Nothing was copied.")
            raise HoursRefused(text % {"calendar": target.name})
    terms = replace(terms_of(block), reasons=reasons)
    begins = _in_rhythm(block, since) if since > block.valid_from else block.valid_from
    if block.valid_until and begins > block.valid_until:
        return None  # no week of it is left
    return _make(target, weekday, terms, begins, block.valid_until)


def terms_of(block: OpeningHours) -> Terms:
    reasons = tuple((allowed.reason_id, allowed.share) for allowed in block.allowed.all())
    return Terms(**{name: getattr(block, name) for name in _COLUMNS}, reasons=reasons)


def _in_rhythm(block: OpeningHours, since: date) -> date:
    """``since``, or the Monday of the block's next week: n weeks are counted from a block's first one."""
    day = since
    while not is_its_week(block, day):
        day = monday_of(day) + WEEK
    return day


def _refuse_past(since: date, now: datetime) -> None:
    if since < _today(now):
        raise TooEarly(_("A change can count from today on, not earlier. What has been stays as it was."))


def _refuse_meetings(calendar: Calendar, made: Collection[OpeningHours]) -> None:
    blocks = {block.pk: block for block in _blocks(calendar)}
    for new in (blocks[block.pk] for block in made):
        for other in blocks.values():
            day = first_meeting(new, other) if other.pk != new.pk else None
            if day and share_a_reason(_reasons(new), _reasons(other)):
                raise Meeting(new, other, day)


def _reasons(block: OpeningHours) -> list[int]:
    return [allowed.reason_id for allowed in block.allowed.all()]


def _blocks(calendar: Calendar) -> list[OpeningHours]:
    return list(OpeningHours.objects.filter(calendar=calendar).prefetch_related("allowed").order_by("pk"))


def _lasts(block: OpeningHours, since: date) -> bool:
    return block.valid_until is None or block.valid_until >= since


def _locked(block: OpeningHours) -> OpeningHours:
    """As it is now, behind whoever changed it. Raises HoursRefused when it is gone."""
    current = OpeningHours.objects.filter(pk=block.pk).select_related("calendar").first()
    if current is None:
        raise HoursRefused(_("Somebody else has removed this block meanwhile."))
    return current


def _today(now: datetime) -> date:
    return now.astimezone(current_organisation().zone).date()


def _facts(block: OpeningHours) -> dict[str, Any]:
    """What the audit trail keeps of a block."""
    facts = {"weekday": block.weekday, "valid_from": block.valid_from, "valid_until": block.valid_until}
    said = {**facts, **asdict(terms_of(block))}
    return {name: value.isoformat() if isinstance(value, (date, time)) else value for name, value in said.items()}


def _note(action: str, block: OpeningHours, **more: Any) -> None:
    current = OpeningHours.objects.prefetch_related("allowed").select_related("calendar").get(pk=block.pk)
    audit.record(action, block, about=current.calendar, details={**more, "now": _facts(current)})
