"""The time that staff wish for."""

from dataclasses import dataclass
from datetime import datetime

Kind = tuple[int, int, int | None]


@dataclass(frozen=True, slots=True)
class Slot:
    """A visit for a reason in a calendar from a moment (UTC) on. ``minutes``: None for as long as usual. ``room_id``:
    the room or device that it must have; None for any that fits."""

    calendar_id: int
    reason_id: int
    starts_at: datetime
    minutes: int | None = None
    room_id: int | None = None

    @property
    def kind(self) -> Kind:
        """Slots of one kind are looked at by one statement."""
        return self.calendar_id, self.reason_id, self.minutes
