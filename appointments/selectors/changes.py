"""Until when, and how often, a patient may change an appointment online."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from appointments.models import Appointment, VisitReason


@dataclass(frozen=True, slots=True)
class Changes:
    """The windows of one appointment. ``move_before`` and ``cancel_before`` are minutes before it begins."""

    starts_at: datetime
    moves: int
    move_before: int
    cancel_before: int
    most_moves: int | None

    @property
    def move_until(self) -> datetime:
        """The last instant."""
        return self.starts_at - timedelta(minutes=self.move_before)

    @property
    def moves_left(self) -> int | None:
        """None: as many as they like."""
        return None if self.most_moves is None else max(0, self.most_moves - self.moves)

    @property
    def cancel_until(self) -> datetime:
        """The last instant."""
        return self.starts_at - timedelta(minutes=self.cancel_before)


def changes_of(appointment: Appointment) -> Changes:
    """Reads the appointment's reason: select them together."""
    return changes_for(appointment.reason, appointment.starts_at, moves=appointment.moves)


def changes_for(reason: VisitReason, starts_at: datetime, *, moves: int = 0) -> Changes:
    """The windows of a visit for this reason at this time, also of one that is not booked yet."""
    return Changes(
        starts_at=starts_at,
        moves=moves,
        move_before=reason.move_until,
        cancel_before=reason.cancel_until,
        most_moves=reason.most_moves,
    )
