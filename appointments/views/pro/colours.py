"""What the colour of a card's edge stands for, and the legend that says it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from appointments.enums import AppointmentStatus, Colouring, Edge
from appointments.models import Calendar
from doctolib.templatetags.ui import STATUS

STATUS_EDGES: dict[str, str] = {
    AppointmentStatus.BOOKED: Edge.SKY,
    AppointmentStatus.ARRIVED: Edge.AMBER,
    AppointmentStatus.IN_TREATMENT: Edge.INDIGO,
    AppointmentStatus.DONE: Edge.SAGE,
    AppointmentStatus.NO_SHOW: Edge.RUST,
    AppointmentStatus.CANCELLED: Edge.MAUVE,
}


@dataclass(frozen=True, slots=True)
class Key:
    """A line of the legend. ``code``: the letters that stand for it on paper."""

    edge: str
    name: str
    code: str = ""
    repeats: bool = False  # more things than colours: they come round again, dashed


def legend(colours: str, data: Mapping[str, Any], calendars: Sequence[Calendar]) -> list[Key]:
    """The colours on a page and what they mean; of reasons only those that are there."""
    if colours == Colouring.STATUS:
        return [Key(edge, str(STATUS[status][1])) for status, edge in STATUS_EDGES.items()]
    if colours == Colouring.CALENDAR:
        return [Key(each.edge, each.name, repeats=at >= len(Edge)) for at, each in enumerate(calendars)]
    used = {event["reason"] for event in data["events"]}
    reasons = [(number, each) for number, each in data["reasons"].items() if number in used]
    return [Key(each["edge"], each["name"], each["code"]) for _number, each in sorted(reasons, key=_by_name)]


def _by_name(item: tuple[int, Mapping[str, str]]) -> tuple[str, int]:
    return item[1]["name"], item[0]


def edge_of(colours: str, event: Mapping[str, Any], reasons: Mapping[int, Any], calendar: Calendar) -> str:
    """The edge of one appointment's card."""
    if colours == Colouring.STATUS:
        return STATUS_EDGES[event["status"]]
    if colours == Colouring.CALENDAR or event["reason"] not in reasons:
        return calendar.edge
    return reasons[event["reason"]]["edge"]
