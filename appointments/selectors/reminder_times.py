"""When a reminder is due, and when it may leave. Plain arithmetic: no database, no clock."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from appointments.enums import LeadUnit


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Local times; from the first one on, until before the second. The same twice: never quiet."""

    begin: time
    end: time
    zone: ZoneInfo

    def allowed_from(self, moment: datetime) -> datetime:
        """The moment itself, or the end of the quiet hours that it lies in."""
        local = moment.astimezone(self.zone)
        if not self._is_quiet(local.time()):
            return moment
        day = local.date() if local.time() < self.end else local.date() + timedelta(days=1)
        # In the night in which an hour comes twice the end may, too: the next one counts.
        ends = (datetime.combine(day, self.end, self.zone).replace(fold=fold).astimezone(UTC) for fold in (0, 1))
        return next(end for end in ends if end > moment)

    def _is_quiet(self, clock: time) -> bool:
        if self.begin <= self.end:
            return self.begin <= clock < self.end
        return clock >= self.begin or clock < self.end


def due_moment(starts_at: datetime, *, amount: int, unit: str, zone: ZoneInfo) -> datetime:
    """Days before: at the visit's own local time. Hours before: so many hours that really pass."""
    if unit == LeadUnit.HOURS:
        return starts_at - timedelta(hours=amount)
    wall = starts_at.astimezone(zone).replace(tzinfo=None) - timedelta(days=amount)
    return wall.replace(tzinfo=zone).astimezone(UTC)


def leaves_at(moment: datetime, *, starts_at: datetime, now: datetime, quiet: QuietHours) -> datetime | None:
    """When a reminder that is due at ``moment`` may leave; None: not before the visit begins."""
    allowed = quiet.allowed_from(max(moment, now))
    return allowed if allowed < starts_at else None
