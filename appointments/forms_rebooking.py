"""What somebody chooses for the appointments that an absence strikes: one select each, or one button for all."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from appointments.selectors.rebooking import Place, Places
from appointments.selectors.struck import Struck
from appointments.selectors.times import read_time_value
from appointments.services.rebooking import Choice, Fate

LEAVE, CANCEL = "leave", "cancel"


def choices_of(sent: Mapping[str, str]) -> list[Choice]:
    """Each appointment on the list that was sent. Nonsense is left as it is."""
    found = []
    for name, value in sent.items():
        if not name.startswith("was-"):
            continue
        try:
            appointment_id = UUID(name.removeprefix("was-"))
        except ValueError:
            continue
        if was := _place(value):
            found.append(_choice(appointment_id, was, sent.get(f"act-{appointment_id}", LEAVE)))
    return found


def _choice(appointment_id: UUID, was: tuple[int, datetime], act: str) -> Choice:
    if act == CANCEL:
        return Choice(appointment_id, was, Fate.CANCELLED)
    if to := _place(act):
        return Choice(appointment_id, was, Fate.MOVED, to)
    return Choice(appointment_id, was)


def _place(value: str) -> tuple[int, datetime] | None:
    read = read_time_value(value)
    return (read[0], read[1]) if read and read[0] is not None else None


@dataclass(frozen=True, slots=True)
class Row:
    """An appointment with its options, by groups."""

    appointment: Struck
    groups: list[tuple[str, list[tuple[str, Place]]]]
    chosen: str

    @property
    def name(self) -> str:
        return f"act-{self.appointment.id}"


class Presets:
    """The buttons for all: ``all`` in what was sent."""

    NAMES = ("leave", "move-same", "move-any", "cancel")

    def __init__(self, sent: Mapping[str, Any]) -> None:
        self.sent = sent
        self.all = sent.get("all", "")

    @classmethod
    def asked(cls, sent: Mapping[str, Any]) -> bool:
        return sent.get("all", "") in cls.NAMES

    def rows(self, struck: Sequence[Struck], places: Mapping[UUID, Places]) -> list[Row]:
        return [self._row(each, places.get(each.id, Places())) for each in struck]

    def _row(self, appointment: Struck, places: Places) -> Row:
        same, others = self._options(places.same), self._options(places.others)
        groups = []
        if appointment.may_change:
            groups = [(_("Move in the same calendar"), same), (_("Move to another calendar"), others)]
        values = {value for _title, options in groups for value, _place in options}
        chosen = self._chosen(appointment, places)
        if chosen not in values and not (chosen == CANCEL and appointment.may_change):
            chosen = LEAVE
        return Row(appointment, [group for group in groups if group[1]], chosen)

    def _chosen(self, appointment: Struck, places: Places) -> str:
        if not self.all:
            return self.sent.get(f"act-{appointment.id}", LEAVE)
        if self.all == "move-same":
            return places.next_same.value if places.next_same else LEAVE
        if self.all == "move-any":
            return places.next_any.value if places.next_any else LEAVE
        return self.all

    @staticmethod
    def _options(places: Iterable[Place]) -> list[tuple[str, Place]]:
        return [(place.value, place) for place in places]
